// SPDX-License-Identifier: Apache-2.0
/* One-shot timers, in a list sorted by when they expire. */
#include <pebble/bug.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>
#include <pebble/timer.h>

#define TIMER_SLACK 16	/* ticks a timer may be late */

struct timer {
	u32 expires;
	void (*fn)(void);
	struct timer *next;
};

u32 jiffies;

static struct timer *timers;
static u32 alarms_seen;

/* Timers of the same tick run in the order in which they were added. */
static void enqueue_timer(struct timer *t)
{
	struct timer **place = &timers;

	while (*place && (*place)->expires <= t->expires)
		place = &(*place)->next;
	t->next = *place;
	*place = t;
}

int add_timer(u32 delay, void (*fn)(void))
{
	struct timer *t = kzalloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->fn = fn;
	/* The slack keeps timers that were set together from piling up. */
	t->expires = jiffies + delay + get_random_u32_below(TIMER_SLACK);
	enqueue_timer(t);
	return 0;
}

static void run_timers(void)
{
	while (timers && timers->expires <= jiffies) {
		struct timer *t = timers;

		/* A timer behind a later one would be forgotten. */
		BUG_ON(t->next && t->next->expires < t->expires);
		timers = t->next;
		t->fn();
		kfree(t);
	}
}

static void alarm_rings(void)
{
	alarms_seen++;
}

static long sys_alarm(u32 delay, u32 b, u32 c)
{
	return add_timer(delay, alarm_rings);
}
SYSCALL(alarm, sys_alarm);

/* Sleeps and tells how many alarms have rung so far. */
static long sys_sleep(u32 ticks, u32 b, u32 c)
{
	while (ticks--) {
		jiffies++;
		run_timers();
	}
	return alarms_seen;
}
SYSCALL(sleep, sys_sleep);
