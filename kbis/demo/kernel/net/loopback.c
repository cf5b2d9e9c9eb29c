// SPDX-License-Identifier: Apache-2.0
/*
 * /dev/net/lo: a connection to itself. Writes are sent in segments, two of
 * them in flight; the far end acknowledges them one by one.
 */
#include <pebble/bug.h>
#include <pebble/fs.h>
#include <pebble/init.h>
#include <pebble/random.h>

#define SEGMENT_LEN 1024u
#define WINDOW (2 * SEGMENT_LEN)

/* Sequence numbers count bytes and wrap around. */
static struct {
	u16 unacked;	/* oldest byte not acknowledged */
	u16 next;	/* next byte to send */
} conn;

/* True if a comes after b. */
static bool seq_after(u16 a, u16 b)
{
	return (s16)(a - b) > 0;
}

static u16 bytes_in_flight(void)
{
	return conn.next - conn.unacked;
}

static void loop_ack(u16 ack)
{
	/* Nobody can acknowledge what was not sent. */
	if (WARN_ON_ONCE(seq_after(ack, conn.next)))
		return;
	conn.unacked = ack;
}

static void loop_xmit(u16 len)
{
	while (bytes_in_flight() + len > WINDOW)
		loop_ack(conn.unacked + SEGMENT_LEN);
	conn.next += len;
}

static long loop_write(struct file *file, size_t len)
{
	size_t done;

	for (done = 0; done < len; done += SEGMENT_LEN)
		loop_xmit(SEGMENT_LEN);
	while (bytes_in_flight())
		loop_ack(conn.unacked + SEGMENT_LEN);
	return len;
}

static int loop_open(struct file *file)
{
	/* A random start keeps an old connection's segments from fitting. */
	conn.next = get_random_u32();
	conn.unacked = conn.next;
	return 0;
}

static const struct file_ops loop_ops = { .open = loop_open, .write = loop_write };

static struct device loop_device = { .path = "/dev/net/lo", .ops = &loop_ops };

static int loop_init(void)
{
	register_device(&loop_device);
	return 0;
}
device_initcall(loop_init);
