// SPDX-License-Identifier: Apache-2.0
/*
 * One message queue. When it grows long, some messages are dropped early and
 * at random, so that senders slow down before it is full (the idea is RED's:
 * Floyd and Jacobson, "Random early detection gateways", 1993).
 */
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>

#define MSG_QUEUE_MARK 4	/* longer than this is long */
#define MSG_QUEUE_MAX 16
#define MSG_DROP_PERCENT 40

struct msg {
	u32 size;
	struct msg *next;
};

static struct {
	struct msg *head, *tail;
	u32 count;
	u32 bytes;
} queue;

static struct msg *msg_unlink_head(void)
{
	struct msg *msg = queue.head;

	queue.head = msg->next;
	if (!queue.head)
		queue.tail = NULL;
	return msg;
}

static void msg_drop_oldest(void)
{
	struct msg *msg = msg_unlink_head();

	queue.count--;
	queue.bytes -= msg->size;
	kfree(msg);
}

static long msg_receive(void)
{
	struct msg *msg;
	long size;

	if (!queue.head)
		return -EAGAIN;
	size = queue.head->size;
	msg = msg_unlink_head();
	queue.count--;
	queue.bytes -= size;
	kfree(msg);
	return size;
}

static bool too_long(void)
{
	return queue.count > MSG_QUEUE_MARK &&
	       get_random_u32_below(100) < MSG_DROP_PERCENT;
}

static long sys_msgsnd(u32 size, u32 b, u32 c)
{
	struct msg *msg;

	if (queue.count == MSG_QUEUE_MAX)
		return -EAGAIN;
	msg = kzalloc(sizeof(*msg));
	if (!msg)
		return -ENOMEM;
	msg->size = size;
	if (queue.tail)
		queue.tail->next = msg;
	else
		queue.head = msg;
	queue.tail = msg;
	queue.count++;
	queue.bytes += size;
	if (too_long())
		msg_drop_oldest();
	return 0;
}
SYSCALL(msgsnd, sys_msgsnd);

static long sys_msgrcv(u32 a, u32 b, u32 c)
{
	return msg_receive();
}
SYSCALL(msgrcv, sys_msgrcv);
