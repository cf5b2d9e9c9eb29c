/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_SYSCALL_H
#define PEBBLE_SYSCALL_H

#include <pebble/types.h>

#define SYSCALL_ARGS 3

struct syscall {
	const char *name;
	long (*fn)(u32 a, u32 b, u32 c);
};

extern const struct syscall __syscalls_start[], __syscalls_end[];

/* The number of a call is its place in the table. */
#define SYSCALL(call, handler)						\
	static const struct syscall __syscall_##call			\
		__section(".syscalls") = { #call, handler }

/* Runs the program that came with the boot loader; returns its status. */
int run_program(const char *text, u32 len);

#endif
