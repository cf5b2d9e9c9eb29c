// SPDX-License-Identifier: Apache-2.0
/*
 * /dev/ram0: a disk in memory. It pretends to seek, so that programs meet the
 * delays of a real disk, and keeps the throughput of its last request.
 */
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/mm.h>
#include <pebble/random.h>

#define RAMDISK_SECTORS 256u
#define SECTOR_SIZE 512u

#define SEEK_MIN_US 10u
#define SEEK_RANGE_US 100u
#define RAMDISK_TICK_US 50u	/* the unit of the statistics */

#define RAMDISK_IOC_SIZE 1
#define RAMDISK_IOC_RATE 2	/* sectors per 100 ticks, last request */

struct request {
	u32 sector;
	u32 sectors;
	u32 service_us;
};

static u32 last_rate;

static void ramdisk_account(const struct request *rq)
{
	u32 ticks = DIV_ROUND_UP(rq->service_us, RAMDISK_TICK_US);

	last_rate = rq->sectors * 100 / ticks;
}

static long ramdisk_submit(struct file *file, size_t len)
{
	struct request rq = {
		.sector = file->pos,
		.sectors = DIV_ROUND_UP(len, SECTOR_SIZE),
		.service_us = SEEK_MIN_US + get_random_u32_below(SEEK_RANGE_US),
	};

	if (rq.sectors > RAMDISK_SECTORS - rq.sector)
		return -EINVAL;
	file->pos += rq.sectors;
	ramdisk_account(&rq);
	return len;
}

static long ramdisk_ioctl(struct file *file, u32 cmd, u32 arg)
{
	switch (cmd) {
	case RAMDISK_IOC_SIZE:
		return RAMDISK_SECTORS;
	case RAMDISK_IOC_RATE:
		return last_rate;
	default:
		return -ENOTTY;
	}
}

static const struct file_ops ramdisk_ops = {
	.read = ramdisk_submit,
	.write = ramdisk_submit,
	.ioctl = ramdisk_ioctl,
};

static struct device ramdisk_device = { .path = "/dev/ram0", .ops = &ramdisk_ops };

static int ramdisk_init(void)
{
	register_device(&ramdisk_device);
	return 0;
}
device_initcall(ramdisk_init);
