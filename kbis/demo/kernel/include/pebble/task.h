/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_TASK_H
#define PEBBLE_TASK_H

#include <pebble/types.h>

/* There is one task: the kernel's start, which becomes the program. */
struct task {
	u32 pid;
	const char *comm;
};

extern struct task current;

#endif
