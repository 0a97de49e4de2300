/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H
/*
 * Preemption.  A thread's preempt_count says how many reasons it has not to be switched away from; at 0 an interrupt
 * may switch.  What belongs to this CPU (this_cpu()) is stable only while it is above 0 or interrupts are masked.
 *
 * `struct thread_head` is the first part of struct thread: what this header and the vectors need of it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/cpu.h"

struct percpu;

struct thread_head {
	struct percpu *percpu;  /* where it runs; changed only at a switch */
	uint32_t preempt_count; /* own thread only */
	uint32_t work;          /* atomic: TW_* flags to look at before returning to EL0 */
};

/* Slow half of preempt_enable(): somebody wants this CPU.  Switches unless interrupts are masked.  kernel/sched.c */
void preempt_reschedule(void);
/* The same from an interrupt or on the way to EL0, interrupts masked, count 0. */
void sched_preempt(void);

static inline struct thread_head *current_head(void)
{
	return (struct thread_head *)current();
}

#define TW_RESCHED 1u /* a better thread waits here, or the slice is over */
#define TW_KILL    2u /* never return to EL0: exit */
#define TW_MIGRATE 4u /* its affinity excludes the CPU that it is on */
#define TW_SIGNAL  8u /* it has a signal to act on (signal.h) */

static inline void preempt_disable(void)
{
	volatile uint32_t *count = &current_head()->preempt_count;

	*count = *count + 1;
	__asm__ volatile("" : : : "memory");
}

/* May switch threads if it brings the count to 0 with a reschedule pending and interrupts on. */
static inline void preempt_enable(void)
{
	struct thread_head *t = current_head();

	__asm__ volatile("" : : : "memory");
	*(volatile uint32_t *)&t->preempt_count = t->preempt_count - 1;
	if (__builtin_expect(*(volatile uint32_t *)&t->work & TW_RESCHED, 0) && t->preempt_count == 0)
		preempt_reschedule();
}

/* This CPU's data.  The caller has preemption off or interrupts masked. */
static inline struct percpu *this_cpu(void)
{
	return *(struct percpu *volatile *)&current_head()->percpu;
}

#endif
