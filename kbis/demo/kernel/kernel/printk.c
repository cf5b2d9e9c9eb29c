// SPDX-License-Identifier: Apache-2.0
/* Messages for people, each line with the time since boot. */
#include <pebble/machine.h>
#include <pebble/printk.h>
#include <pebble/serial.h>

#define LINE_MAX 256
#define USEC_PER_SEC 1000000u

static bool in_line;	/* the last message did not end its line */

static void print_time(void)
{
	u64 us = sched_clock_us();
	u32 seconds = div_u64(us, USEC_PER_SEC);
	char stamp[24];
	int len;

	len = snprintf(stamp, sizeof(stamp), "[%5u.%06u] ", seconds,
		       (u32)us - seconds * USEC_PER_SEC);
	console_write(stamp, len);
}

void console_write(const char *text, size_t len)
{
	while (len--)
		serial_putc(*text++);
}

void printk(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	if (!in_line)
		print_time();
	console_write(line, len);
	in_line = len && line[len - 1] != '\n';
}
