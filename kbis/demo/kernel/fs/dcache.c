// SPDX-License-Identifier: Apache-2.0
/* Paths that were looked up before, hashed with a secret of this boot. */
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/string.h>

#define DCACHE_BUCKETS 8
#define PATH_LEN 32

#define FNV_PRIME 0x01000193u

struct dentry {
	struct dentry *next;
	u32 hash;
	struct device *dev;
	char path[PATH_LEN];
};

static struct dentry *buckets[DCACHE_BUCKETS];
static u32 secret;

/* FNV-1a from a secret start; the last steps bring every bit to the bucket. */
static u32 hash_path(const char *path)
{
	u32 hash = secret;

	while (*path)
		hash = (hash ^ (u8)*path++) * FNV_PRIME;
	hash = (hash ^ hash >> 16) * 0x85ebca6bu;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
	return hash ^ hash >> 16;
}

static struct dentry *d_lookup(u32 hash, const char *path)
{
	struct dentry **head = &buckets[hash % DCACHE_BUCKETS];
	struct dentry *d;

	for (d = *head; d; d = d->next) {
		if (d->hash != hash)
			continue;
		if (!strcmp(d->path, path))
			break;
	}
	return d;
}

static void d_add(u32 hash, const char *path, struct device *dev)
{
	struct dentry **head = &buckets[hash % DCACHE_BUCKETS];
	struct dentry *d;

	if (strlen(path) >= PATH_LEN)
		return;
	d = kzalloc(sizeof(*d));
	if (!d)
		return;
	d->hash = hash;
	d->dev = dev;
	strscpy(d->path, path, PATH_LEN);
	d->next = *head;
	*head = d;
}

struct device *path_lookup(const char *path)
{
	u32 hash = hash_path(path);
	struct dentry *d = d_lookup(hash, path);
	struct device *dev;

	if (d)
		return d->dev;
	dev = find_device(path);
	if (dev)
		d_add(hash, path, dev);
	return dev;
}

static int dcache_init(void)
{
	secret = get_random_u32();
	return 0;
}
core_initcall(dcache_init);
