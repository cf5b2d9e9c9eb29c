/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Initcalls run once at boot, by level and then in link order. Core code may
 * not rely on another initcall; drivers may rely on all core code.
 */
#ifndef PEBBLE_INIT_H
#define PEBBLE_INIT_H

#include <pebble/types.h>

typedef int (*initcall_t)(void);

#define __initcall(fn, level) \
	static const initcall_t __initcall_##fn __section(".initcall." #level) = fn

#define early_initcall(fn) __initcall(fn, 0)
#define core_initcall(fn) __initcall(fn, 1)
#define device_initcall(fn) __initcall(fn, 2)

/* The boot loader's facts that outlive its own memory. */
struct boot_info {
	char cmdline[256];
	const char *program;	/* the reproducer: first boot module, or NULL */
	u32 program_len;
	u32 memory_end;		/* first byte after RAM */
	u32 reserved_end;	/* kernel and modules lie below */
};

extern struct boot_info boot_info;

/* Value of "name=value" on the command line, or the default. */
s32 param_int(const char *name, s32 otherwise);

/* True if the bare word is on the command line. */
bool param_set(const char *name);

#endif
