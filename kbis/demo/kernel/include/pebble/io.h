/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_IO_H
#define PEBBLE_IO_H

#include <pebble/types.h>

static __inline void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static __inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static __inline u64 rdtsc(void)
{
	u64 tsc;

	asm volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

#endif
