// SPDX-License-Identifier: Apache-2.0
/*
 * Small objects. Every object lives in a page of equals; the page's header
 * tells the size class, so kfree() needs no size. Freed objects are poisoned:
 * who still looks at one finds 0x6b.
 */
#include <pebble/bug.h>
#include <pebble/mm.h>
#include <pebble/string.h>

#define POISON_FREE 0x6b
#define SLAB_MAGIC 0x51ab51ab

struct slab {
	u32 magic;
	u32 object_size;
};

/* Kept at the end of a free object, where few fields live. */
struct free_object {
	struct free_object *next;
};

static const u32 class_size[] = { 32, 64, 128, 256, 512, 1024, 2040, 4088 };
static struct free_object *free_objects[ARRAY_SIZE(class_size)];

static int size_class(size_t size)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(class_size); i++)
		if (size <= class_size[i])
			return i;
	return -EINVAL;
}

static struct free_object *to_free(void *object, u32 size)
{
	return object + size - sizeof(struct free_object);
}

static void push_free(int class, void *object)
{
	struct free_object *free = to_free(object, class_size[class]);

	free->next = free_objects[class];
	free_objects[class] = free;
}

static bool grow_class(int class)
{
	u32 size = class_size[class];
	struct slab *slab = alloc_page();
	u32 offset;

	if (!slab)
		return false;
	slab->magic = SLAB_MAGIC;
	slab->object_size = size;
	for (offset = sizeof(*slab); offset + size <= PAGE_SIZE; offset += size)
		push_free(class, (char *)slab + offset);
	return true;
}

void *kzalloc(size_t size)
{
	int class = size_class(size);
	struct free_object *free;
	void *object;

	if (class < 0 || (!free_objects[class] && !grow_class(class)))
		return NULL;
	free = free_objects[class];
	free_objects[class] = free->next;
	object = (char *)(free + 1) - class_size[class];
	return memset(object, 0, class_size[class]);
}

void kfree(void *object)
{
	struct slab *slab = (struct slab *)((u32)object & ~(PAGE_SIZE - 1));

	if (!object)
		return;
	BUG_ON(slab->magic != SLAB_MAGIC);
	memset(object, POISON_FREE, slab->object_size);
	push_free(size_class(slab->object_size), object);
}
