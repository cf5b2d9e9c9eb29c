// SPDX-License-Identifier: Apache-2.0
/* Crashes to order, for testing whoever watches: one system call each. */
#include <pebble/bug.h>
#include <pebble/machine.h>
#include <pebble/printk.h>
#include <pebble/syscall.h>

#define BAD_ADDRESS 0xdead0000u
#define BAD_SELECTOR 0xfff8u

static volatile u32 zero;

#define CRASH(call)					\
	static long lkdtm_##call(u32 a, u32 b, u32 c);	\
	SYSCALL(call, lkdtm_##call);			\
	static long lkdtm_##call(u32 a, u32 b, u32 c)

CRASH(bug)
{
	BUG();
}

CRASH(warn)
{
	return WARN_ON(true);
}

CRASH(null)
{
	return *(volatile u32 *)(zero + a);
}

CRASH(fault)
{
	return *(volatile u32 *)(BAD_ADDRESS + a);
}

CRASH(divide)
{
	return a / zero;
}

CRASH(gpf)
{
	asm volatile("mov %0, %%fs" : : "r"(BAD_SELECTOR + a));
	return 0;
}

CRASH(panic)
{
	panic("dumptest");
}

CRASH(hang)
{
	while (!zero)
		;
	return 0;
}

CRASH(reboot)
{
	machine_restart();
}

CRASH(triple)
{
	machine_triple_fault();
}
