// SPDX-License-Identifier: Apache-2.0
/* The segment table, and the slots in it that programs use as thread areas. */
#include <pebble/machine.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>
#include <pebble/tls.h>

#define SEGMENT_CODE 0x00cf9a000000ffffull	/* flat 4 GiB, ring 0 */
#define SEGMENT_DATA 0x00cf92000000ffffull

/* A power of two; the CPU is told of the first GDT_ENTRIES only. */
static u64 gdt[16] __attribute__((aligned(8))) = {
	[GDT_KERNEL_CS] = SEGMENT_CODE,
	[GDT_KERNEL_DS] = SEGMENT_DATA,
};

static u32 tls_used;	/* bit n: slot n is taken */

void gdt_init(void)
{
	struct __attribute__((packed)) {
		u16 limit;
		u32 base;
	} gdtr = { GDT_ENTRIES * sizeof(gdt[0]) - 1, (u32)gdt };

	asm volatile("lgdt %0\n"
		     "\tljmp %1, $1f\n"
		     "1:\tmov %2, %%ds\n"
		     "\tmov %2, %%es\n"
		     "\tmov %2, %%ss\n"
		     "\tmov %3, %%fs\n"
		     "\tmov %3, %%gs\n"
		     : : "m"(gdtr), "i"(GDT_KERNEL_CS * 8), "r"(GDT_KERNEL_DS * 8), "r"(0));
}

static u64 tls_descriptor(u32 base)
{
	u64 high = (base & 0xff000000) | (base >> 16 & 0xff);
	u64 low = base << 16;

	return SEGMENT_DATA | high << 32 | low;
}

static void load_tls(u32 entry)
{
	u32 selector = entry * 8;

	asm volatile("mov %0, %%gs" : : "r"(selector));
}

/* Programs must not count on a certain slot, so the search starts anywhere. */
static int find_slot(void)
{
	u32 start = get_random_u32_below(TLS_SLOTS);
	u32 i;

	for (i = 0; i < TLS_SLOTS; i++) {
		u32 slot = (start + i) % TLS_SLOTS;

		if (!(tls_used & 1u << slot))
			return slot;
	}
	return -EBUSY;
}

static long sys_set_thread_area(u32 base, u32 b, u32 c)
{
	int slot = find_slot();

	if (slot < 0)
		return slot;
	tls_used |= 1u << slot;
	gdt[GDT_TLS + slot] = tls_descriptor(base);
	load_tls(GDT_TLS + slot);
	return GDT_TLS + slot;
}
SYSCALL(set_thread_area, sys_set_thread_area);
