// SPDX-License-Identifier: Apache-2.0
/* /dev/rtc: a clock chip, emulated. It runs when told to. */
#include <pebble/bug.h>
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/random.h>

#define SECONDS_PER_MINUTE 60
#define MINUTES_PER_HOUR 60
#define HOURS_PER_DAY 24

#define RTC_IOC_TICK 1		/* arg: seconds that pass */

static struct {
	u32 hour, minute, second;
} rtc;

static void rtc_tick(void)
{
	rtc.second++;
	if (rtc.second >= SECONDS_PER_MINUTE) {
		rtc.second = 0;
		rtc.minute++;
	}
	if (rtc.minute >= MINUTES_PER_HOUR) {
		rtc.minute = 0;
		rtc.hour = (rtc.hour + 1) % HOURS_PER_DAY;
	}
}

/* Seconds since midnight. */
static u32 rtc_read_time(void)
{
	WARN_ON(rtc.second >= SECONDS_PER_MINUTE);
	return (rtc.hour * MINUTES_PER_HOUR + rtc.minute) * SECONDS_PER_MINUTE + rtc.second;
}

static long rtc_read(struct file *file, size_t len)
{
	return rtc_read_time();
}

static long rtc_ioctl(struct file *file, u32 cmd, u32 arg)
{
	if (cmd != RTC_IOC_TICK)
		return -ENOTTY;
	while (arg--)
		rtc_tick();
	return rtc_read_time();
}

static const struct file_ops rtc_ops = { .read = rtc_read, .ioctl = rtc_ioctl };

static struct device rtc_device = { .path = "/dev/rtc", .ops = &rtc_ops };

static int rtc_init(void)
{
	/* There is no battery: the chip wakes up at any time of day. */
	rtc.hour = get_random_u32_below(HOURS_PER_DAY);
	rtc.minute = get_random_u32_below(MINUTES_PER_HOUR);
	rtc.second = get_random_u32_below(SECONDS_PER_MINUTE);
	register_device(&rtc_device);
	return 0;
}
device_initcall(rtc_init);
