// SPDX-License-Identifier: Apache-2.0
/* Physical pages: those behind the kernel in order, returned ones first. */
#include <pebble/init.h>
#include <pebble/mm.h>
#include <pebble/string.h>

struct free_page {
	struct free_page *next;
};

static struct free_page *returned;
static u32 next_page;

void page_init(void)
{
	next_page = PAGE_ALIGN(boot_info.reserved_end);
}

/* A zeroed page, or NULL. */
void *alloc_page(void)
{
	void *page = returned;

	if (page) {
		returned = returned->next;
	} else {
		if (next_page + PAGE_SIZE > boot_info.memory_end)
			return NULL;
		page = (void *)next_page;
		next_page += PAGE_SIZE;
	}
	return memset(page, 0, PAGE_SIZE);
}

void free_page(void *page)
{
	struct free_page *free = page;

	free->next = returned;
	returned = free;
}
