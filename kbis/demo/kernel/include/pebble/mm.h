/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_MM_H
#define PEBBLE_MM_H

#include <pebble/types.h>

#define PAGE_SIZE 4096u
#define PAGE_ALIGN(addr) (((addr) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))

/* Physical memory is mapped one to one, so a page's address serves as both. */
void page_init(void);
void *alloc_page(void);
void free_page(void *page);

/* Objects of up to PAGE_SIZE bytes, zeroed; NULL when memory is short. */
void *kzalloc(size_t size);
void kfree(void *object);

#endif
