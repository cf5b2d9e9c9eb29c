/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_TYPES_H
#define PEBBLE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define min(a, b) ((a) < (b) ? (a) : (b))

#define __inline inline __attribute__((always_inline))
#define __noreturn __attribute__((noreturn))
#define __section(name) __attribute__((section(name), used))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Error numbers, as in every Unix. System calls return them negated. */
enum {
	ENOENT = 2,
	EBADF = 9,
	EAGAIN = 11,
	ENOMEM = 12,
	EBUSY = 16,
	EINVAL = 22,
	EMFILE = 24,
	ENOTTY = 25,
	ENOSYS = 38,
};

#endif
