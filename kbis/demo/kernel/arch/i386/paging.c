// SPDX-License-Identifier: Apache-2.0
/*
 * Page tables. RAM is mapped one to one: the first 4 MiB, which hold the
 * kernel, page by page, the rest in large pages. Page 0 stays unmapped so that
 * a NULL pointer faults, code and constants are read-only.
 */
#include <pebble/bug.h>
#include <pebble/init.h>
#include <pebble/machine.h>
#include <pebble/mm.h>
#include <pebble/printk.h>

#define PRESENT 0x001
#define WRITABLE 0x002
#define LARGE 0x080

#define ENTRIES 1024
#define LARGE_SIZE (ENTRIES * PAGE_SIZE)

#define CR0_WP 0x00010000
#define CR0_PG 0x80000000
#define CR4_PSE 0x00000010

static u32 page_directory[ENTRIES] __attribute__((aligned(4096)));
static u32 low_table[ENTRIES] __attribute__((aligned(4096)));

extern char _stext[], _erodata[], stack_guard[];

void paging_init(void)
{
	u32 addr, cr;

	for (addr = PAGE_SIZE; addr < LARGE_SIZE; addr += PAGE_SIZE) {
		bool readonly = addr >= (u32)_stext && addr < (u32)_erodata;

		low_table[addr / PAGE_SIZE] = addr | PRESENT | (readonly ? 0 : WRITABLE);
	}
	low_table[(u32)stack_guard / PAGE_SIZE] = 0;

	page_directory[0] = (u32)low_table | PRESENT | WRITABLE;
	for (addr = LARGE_SIZE; addr < boot_info.memory_end; addr += LARGE_SIZE)
		page_directory[addr / LARGE_SIZE] = addr | PRESENT | WRITABLE | LARGE;

	asm volatile("mov %%cr4, %0" : "=r"(cr));
	asm volatile("mov %0, %%cr4" : : "r"(cr | CR4_PSE));
	asm volatile("mov %0, %%cr3" : : "r"(page_directory));
	asm volatile("mov %%cr0, %0" : "=r"(cr));
	asm volatile("mov %0, %%cr0" : : "r"(cr | CR0_PG | CR0_WP));
}

void map_page(u32 addr, u32 phys)
{
	u32 *entry = &page_directory[addr / LARGE_SIZE];
	u32 *table;

	if (!(*entry & PRESENT)) {
		table = alloc_page();
		if (!table)
			panic("Out of memory: no page for a page table");
		*entry = (u32)table | PRESENT | WRITABLE;
	}
	BUG_ON(*entry & LARGE);
	table = (u32 *)(*entry & ~(PAGE_SIZE - 1));
	table[addr / PAGE_SIZE % ENTRIES] = phys | PRESENT | WRITABLE;
	asm volatile("invlpg (%0)" : : "r"(addr) : "memory");
}
