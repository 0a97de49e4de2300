/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Racy windows of the protocol, in checking builds: see mm/check.h.
 *
 * protocol_window() stands where two CPUs, or a preemption, could meet.  Left alone such a place is a few
 * instructions long and next to never hit; here it is held open now and then, as this CPU's generator says
 * (kernel/seed.c: with SEED the same each time, without it another each time):
 *
 *   mostly    nothing
 *   a delay   some hundred to some thousand instructions.  Each YIELD in it ends this CPU's turn under QEMU's
 *             -icount, and the others run theirs; with a host thread for each CPU it is the time that passes
 *   a switch  where preemption is allowed, and another thread waits for this CPU: to the end of the queue
 *
 * protocol_entered() counts that the race behind a window was really run.  Any context; takes no lock of its own.
 */
#include "mm/check.h"

#if CURFEW_CHECK
#include "boot/platform.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/sched.h"
#include "kernel/seed.h"
#include "kernel/system.h"
#include "kernel/thread.h"

#define YIELD_EVERY 256

const char *const check_window_names[WINDOW_MAX] = {
#define X(id, name) [WINDOW_##id] = name,
	WINDOWS(X)
#undef X
};

static uint64_t entered[PLATFORM_MAX_CPUS][WINDOW_MAX] __attribute__((aligned(128))); /* (a) */

static void delay(unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		if (i % YIELD_EVERY == 0)
			cpu_relax();
		__asm__ volatile(""); /* a round is a round */
	}
}

/* Where a preemption could take place right now, and would not put a thread to sleep that is about to look once more. */
static bool may_switch(const struct thread *t)
{
	return !irqs_disabled() && t->head.preempt_count == 0 && t != t->head.percpu->idle &&
	       __atomic_load_n(&t->state, __ATOMIC_RELAXED) == THREAD_RUNNABLE;
}

void protocol_window(void)
{
	uint64_t flags = irq_save(), draw = seed_draw();
	bool others = this_cpu()->rq.count;

	irq_restore(flags);
	switch (draw >> 32 & 15) {
	case 0:
		delay(draw & 0x7ff);
		break;
	case 1:
	case 2:
		delay(draw & 0xff);
		break;
	case 3:
	case 4:
		if (others && may_switch(current()))
			sched_yield();
		else
			delay(draw & 0xff);
		break;
	default:
		break;
	}
}

void protocol_entered(enum window w)
{
	uint64_t flags = irq_save();

	__atomic_fetch_add(&entered[this_cpu()->id][w], 1, __ATOMIC_RELAXED);
	irq_restore(flags);
}

uint64_t check_window_count(enum window w)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < PLATFORM_MAX_CPUS; i++)
		sum += __atomic_load_n(&entered[i][w], __ATOMIC_RELAXED);
	return sum;
}

void check_window_report(void)
{
	char line[64];

	for (unsigned w = 0; w < WINDOW_MAX; w++)
		system_report(line, ksnprintf(line, sizeof(line), "window %s %lu\n", check_window_names[w],
					      check_window_count(w)));
}
#endif
