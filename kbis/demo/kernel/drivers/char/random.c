// SPDX-License-Identifier: Apache-2.0
/*
 * Random numbers from the jitter of the time stamp counter across port reads,
 * stirred with SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", OOPSLA 2014). Good for experiments, not for secrets.
 */
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/io.h>
#include <pebble/random.h>

#define SPLITMIX_GAMMA 0x9e3779b97f4a7c15ull
#define SEED_ROUNDS 64
#define DELAY_PORT 0x80

static u64 state;

static u64 stir(u64 z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void random_init(void)
{
	int i;

	for (i = 0; i < SEED_ROUNDS; i++) {
		inb(DELAY_PORT);
		state = stir(state + SPLITMIX_GAMMA + rdtsc());
	}
}

u32 get_random_u32(void)
{
	state += SPLITMIX_GAMMA;
	return stir(state) >> 32;
}

/* The bias is below ceil / 2^32. */
u32 get_random_u32_below(u32 ceil)
{
	return (u64)get_random_u32() * ceil >> 32;
}

static long random_read(struct file *file, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += sizeof(u32))
		get_random_u32();
	return len;
}

static long random_write(struct file *file, size_t len)
{
	state = stir(state + len + rdtsc());
	return len;
}

static const struct file_ops random_ops = {
	.read = random_read,
	.write = random_write,
};

static struct device random_device = { .path = "/dev/random", .ops = &random_ops };

static int random_register(void)
{
	register_device(&random_device);
	return 0;
}
device_initcall(random_register);
