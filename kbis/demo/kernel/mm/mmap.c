// SPDX-License-Identifier: Apache-2.0
/* Program memory: a window of pages, in which mappings get a random base. */
#include <pebble/init.h>
#include <pebble/machine.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>

#define MMAP_START 0x40000000u
#define MMAP_PAGES 64u

static int mmap_init(void)
{
	u32 i;

	for (i = 0; i < MMAP_PAGES; i++) {
		void *page = alloc_page();

		if (!page)
			return -ENOMEM;
		map_page(MMAP_START + i * PAGE_SIZE, (u32)page);
	}
	return 0;
}
core_initcall(mmap_init);

/* First page of the mapping, such that all of it lies in the window. */
static u32 mmap_base(u32 npages)
{
	u32 choices = MMAP_PAGES - npages + 1;

	return MMAP_START + get_random_u32_below(choices) * PAGE_SIZE;
}

/* Writes the owner's mark into every page, so that none is shared unseen. */
static void mmap_populate(u32 base, u32 npages)
{
	u32 i;

	for (i = 0; i < npages; i++)
		*(volatile u32 *)(base + i * PAGE_SIZE) = base;
}

static long sys_mmap(u32 npages, u32 b, u32 c)
{
	u32 base;

	if (!npages || npages > MMAP_PAGES)
		return -EINVAL;
	base = mmap_base(npages);
	mmap_populate(base, npages);
	return base;
}
SYSCALL(mmap, sys_mmap);
