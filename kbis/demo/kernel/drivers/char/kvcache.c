// SPDX-License-Identifier: Apache-2.0
/*
 * /dev/kvcache: a cache of records with second-chance replacement. A hand goes
 * round the slots; it spares a record that was used since it last came by.
 */
#include <pebble/bug.h>
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/random.h>

#define KVCACHE_SLOTS 60
#define KVCACHE_RECORD_SIZE 64	/* bytes of a write that make one record */

#define KVCACHE_IOC_LOOKUP 1	/* arg: key; 1 if it is cached */
#define KVCACHE_IOC_COUNT 2	/* records in use */

struct record {
	u32 key;
	bool valid;
	bool used;
};

static struct record records[KVCACHE_SLOTS];
static u32 hand;
static u32 next_key = 1;

static struct record *kvcache_slot(u32 index)
{
	BUG_ON(index >= KVCACHE_SLOTS);
	return &records[index];
}

static void advance_hand(void)
{
	hand = (hand + 1) % KVCACHE_SLOTS;
}

static struct record *find_victim(void)
{
	struct record *record = kvcache_slot(hand);

	while (record->valid && record->used) {
		record->used = false;
		advance_hand();
		record = kvcache_slot(hand);
	}
	advance_hand();
	return record;
}

static void kvcache_insert(u32 key)
{
	struct record *record = find_victim();

	record->key = key;
	record->valid = true;
	record->used = false;
}

static long kvcache_write(struct file *file, size_t len)
{
	size_t done;

	for (done = 0; done + KVCACHE_RECORD_SIZE <= len; done += KVCACHE_RECORD_SIZE)
		kvcache_insert(next_key++);
	return done;
}

static long kvcache_ioctl(struct file *file, u32 cmd, u32 arg)
{
	long count = 0;
	u32 i;

	if (cmd != KVCACHE_IOC_LOOKUP && cmd != KVCACHE_IOC_COUNT)
		return -ENOTTY;
	for (i = 0; i < KVCACHE_SLOTS; i++) {
		struct record *record = kvcache_slot(i);

		if (!record->valid || (cmd == KVCACHE_IOC_LOOKUP && record->key != arg))
			continue;
		record->used |= cmd == KVCACHE_IOC_LOOKUP;
		count++;
	}
	return count;
}

static const struct file_ops kvcache_ops = {
	.write = kvcache_write,
	.ioctl = kvcache_ioctl,
};

static struct device kvcache_device = { .path = "/dev/kvcache", .ops = &kvcache_ops };

static int kvcache_init(void)
{
	/* Start anywhere, so that no slot is always the first to be evicted. */
	hand = get_random_u32_below(KVCACHE_SLOTS);
	register_device(&kvcache_device);
	return 0;
}
device_initcall(kvcache_init);
