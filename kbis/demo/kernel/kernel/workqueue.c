// SPDX-License-Identifier: Apache-2.0
/* Workers that take queued work in turn. */
#include <pebble/bug.h>
#include <pebble/init.h>
#include <pebble/mm.h>
#include <pebble/random.h>
#include <pebble/syscall.h>

#define NR_WORKERS 32

struct worker {
	u32 done;
	u32 last_work;
};

static struct worker *workers[NR_WORKERS];
static u32 turn;

static int workqueue_init(void)
{
	u32 i;

	for (i = 0; i < NR_WORKERS; i++) {
		workers[i] = kzalloc(sizeof(*workers[i]));
		if (!workers[i])
			return -ENOMEM;
	}
	/* Not always the first: short runs would wear out the same worker. */
	turn = get_random_u32_below(NR_WORKERS);
	return 0;
}
core_initcall(workqueue_init);

static void process_work(struct worker *worker, u32 work)
{
	worker->last_work = work;
	worker->done++;
}

static struct worker *next_worker(void)
{
	struct worker *worker = workers[turn];

	turn = (turn + 1) % NR_WORKERS;
	return worker;
}

static long sys_schedule_work(u32 work, u32 b, u32 c)
{
	process_work(next_worker(), work);
	return 0;
}
SYSCALL(schedule_work, sys_schedule_work);
