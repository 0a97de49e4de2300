/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alarms: see alarm.h.
 */
#include <signal.h>
#include <stddef.h>
#include <curfew/abi.h>
#include "arch/arm64/devices.h"
#include "kernel/alarm.h"
#include "kernel/process.h"
#include "kernel/timeout.h"

static int compare(const struct alarm *a, const struct alarm *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return a < b ? -1 : a > b;
}

RB_HEAD(alarm_tree, alarm);
RB_GENERATE_STATIC(alarm_tree, alarm, link, compare)

static struct alarm_tree tree = RB_INITIALIZER(&tree); /* process_lock, as the next two */
static struct timeout first;
static uint64_t first_deadline;                        /* what `first` was set for last; 0: never set, or taken back */
static uint32_t is_due;                                /* (a) */

/* In the timer's interrupt, under timeouts.lock.  alarm_tick() follows on the same CPU. */
static void due(void *unused)
{
	(void)unused;
	__atomic_store_n(&is_due, 1, __ATOMIC_RELAXED);
}

/* Sets the timeout for the first of the tree. */
static void arm(void)
{
	struct alarm *a = RB_MIN(alarm_tree, &tree);
	uint64_t deadline = a ? a->deadline : 0;

	if (first_deadline)
		timeout_cancel(&first);
	first_deadline = deadline;
	if (deadline)
		timeout_set(&first, deadline, due, NULL);
}

static void insert(struct alarm *a, uint64_t deadline)
{
	a->deadline = deadline;
	RB_INSERT(alarm_tree, &tree, a);
}

static void take_out(struct alarm *a)
{
	RB_REMOVE(alarm_tree, &tree, a);
	a->deadline = 0;
}

void alarm_set(struct process *p, uint64_t deadline, uint64_t interval)
{
	struct alarm *a = &p->alarm;

	if (a->deadline)
		take_out(a);
	a->interval = interval && interval < CURFEW_ALARM_LEAST ? CURFEW_ALARM_LEAST : interval;
	if (deadline && deadline != TIME_FOREVER && !p->dying)
		insert(a, deadline);
	arm();
}

void alarm_clear(struct process *p)
{
	if (p->alarm.deadline)
		alarm_set(p, 0, 0);
}

/* The next time after `now`; 0: there is none. */
static uint64_t next(uint64_t deadline, uint64_t interval, uint64_t now)
{
	uint64_t missed = (now - deadline) / (interval ? interval : 1);

	if (!interval || __builtin_add_overflow(deadline + missed * interval, interval, &deadline))
		return 0;
	return deadline;
}

void alarm_tick(void)
{
	uint64_t now, again, flags;
	struct alarm *a;

	if (__builtin_expect(!__atomic_load_n(&is_due, __ATOMIC_RELAXED), 1))
		return;
	flags = spin_lock_irq(&process_lock);
	__atomic_store_n(&is_due, 0, __ATOMIC_RELAXED);
	now = timer_now();
	while ((a = RB_MIN(alarm_tree, &tree)) && a->deadline <= now) {
		again = next(a->deadline, a->interval, now);
		take_out(a);
		if (again)
			insert(a, again);
		signal_post((struct process *)((char *)a - offsetof(struct process, alarm)), SIGALRM);
	}
	arm();
	spin_unlock_irq(&process_lock, flags);
}
