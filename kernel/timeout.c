/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timeouts: a red-black tree by deadline on each CPU (see timeout.h), and the CPU's one hardware timer for the first
 * of them and for the scheduler's slice.  Tickless: with neither, the timer is off.
 */
#include "arch/arm64/devices.h"
#include "kernel/alarm.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/timeout.h"

static int compare(const struct timeout *a, const struct timeout *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return a < b ? -1 : a > b;
}

RB_GENERATE_STATIC(timeout_tree, timeout, link, compare)

void timeouts_init(struct percpu *cpu)
{
	RB_INIT(&cpu->timeouts.tree);
	cpu->timeouts.slice_end = TIME_FOREVER;
	cpu->timeouts.programmed = TIME_FOREVER;
	cpu->timeouts.first = TIME_FOREVER;
}

/* Own CPU, interrupts masked: tells the hardware if the next event changed. */
static void program(struct timeouts *ts)
{
	uint64_t first = __atomic_load_n(&ts->first, __ATOMIC_RELAXED);
	uint64_t next = first < ts->slice_end ? first : ts->slice_end;

	if (next != ts->programmed) {
		ts->programmed = next;
		timer_program(next);
	}
}

/* The tree changed; its lock is held. */
static void update_first(struct timeouts *ts)
{
	struct timeout *t = RB_MIN(timeout_tree, &ts->tree);

	__atomic_store_n(&ts->first, t ? t->deadline : TIME_FOREVER, __ATOMIC_RELAXED);
}

void timeout_set(struct timeout *t, uint64_t deadline, void (*fn)(void *), void *arg)
{
	uint64_t flags = irq_save();
	struct timeouts *ts = &this_cpu()->timeouts;

	t->deadline = deadline;
	t->fn = fn;
	t->arg = arg;
	t->percpu = this_cpu();
	t->armed = true;
	spin_acquire(&ts->lock);
	RB_INSERT(timeout_tree, &ts->tree, t);
	update_first(ts);
	spin_release(&ts->lock);
	program(ts);
	irq_restore(flags);
}

/*
 * The function is called with the lock held, so that once the lock is ours it is neither pending nor running.  Another
 * CPU's timer is left as it is: it fires once for nothing.
 */
void timeout_cancel(struct timeout *t)
{
	uint64_t flags = irq_save();
	struct timeouts *ts = &t->percpu->timeouts;

	spin_acquire(&ts->lock);
	if (t->armed) {
		RB_REMOVE(timeout_tree, &ts->tree, t);
		t->armed = false;
		update_first(ts);
	}
	spin_release(&ts->lock);
	if (t->percpu == this_cpu())
		program(ts);
	irq_restore(flags);
}

void timeout_program(void)
{
	program(&this_cpu()->timeouts);
}

/* Thousands may come at once: then other interrupts are heard in between. */
#define BATCH 64
#define PAUSE 2000 /* ns */

void timer_fired(void)
{
	struct timeouts *ts = &this_cpu()->timeouts;
	struct timeout *t;
	uint64_t now = timer_now();
	unsigned done = 0;

	spin_acquire(&ts->lock);
	ts->programmed = TIME_FOREVER; /* it has fired: program() must set it anew */
	while ((t = RB_MIN(timeout_tree, &ts->tree)) && t->deadline <= now && done++ < BATCH) {
		RB_REMOVE(timeout_tree, &ts->tree, t);
		t->armed = false;
		t->fn(t->arg);
	}
	update_first(ts);
	if (done > BATCH)
		__atomic_store_n(&ts->first, timer_now() + PAUSE, __ATOMIC_RELAXED);
	spin_release(&ts->lock);
	alarm_tick();
	sched_tick();
}
