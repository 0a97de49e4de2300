/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TIMEOUT_H
#define KERNEL_TIMEOUT_H
/*
 * Timeouts: one-shot calls at a time, kept in a tree on each CPU; the CPU's timer is programmed for the first of
 * them or for the end of the running thread's slice, whichever comes sooner, and off when there is neither.
 *
 * The function runs in the timer's interrupt on the CPU where the timeout was set, interrupts masked: it may
 * take _irq spinlocks below `timeouts` in the lock order, and may not sleep.
 */
#include <stdint.h>
#include <sys/tree.h>
#include "kernel/spinlock.h"

#define TIME_FOREVER UINT64_MAX

struct percpu;

struct timeout {
	RB_ENTRY(timeout) link;
	uint64_t deadline;         /* ns since boot */
	void (*fn)(void *arg);
	void *arg;
	struct percpu *percpu;     /* whose tree it is in */
	bool armed;                /* lock of that tree */
};

struct timeouts {
	struct spinlock lock;
	RB_HEAD(timeout_tree, timeout) tree;
	uint64_t first;            /* (a) earliest deadline in the tree; written under the lock */
	uint64_t slice_end;        /* own CPU; TIME_FOREVER: nobody waits for this CPU */
	uint64_t programmed;       /* own CPU: what the hardware was told last */
};

void timeouts_init(struct percpu *cpu);
/* Sets it on this CPU.  Not armed before. */
void timeout_set(struct timeout *t, uint64_t deadline, void (*fn)(void *), void *arg);
/* After it returns the function is not running and will not run. */
void timeout_cancel(struct timeout *t);
/* This CPU, interrupts masked, no lock held: tells the hardware what the first timeout or the end of the slice is now. */
void timeout_program(void);

#endif
