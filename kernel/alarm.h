/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ALARM_H
#define KERNEL_ALARM_H
/*
 * Alarms: SIGALRM to a process at a time.  A process has at most one.  All of them are in one tree, with one timeout for the
 * first; the timeout's function may not take process_lock (kernel/lockorder.h), so it only says that one is due, and alarm_tick() does
 * the rest after the timer's interrupt has released its lock.
 */
#include <stdint.h>
#include <sys/tree.h>

struct process;

struct alarm {
	RB_ENTRY(alarm) link;
	uint64_t deadline; /* ns since boot; 0: not set */
	uint64_t interval; /* ns; 0: once */
};

/* process_lock held.  Deadline 0 or TIME_FOREVER: none.  An interval too short is made longer. */
void alarm_set(struct process *p, uint64_t deadline, uint64_t interval);
void alarm_clear(struct process *p);
/* From the timer's interrupt, no lock held: sends what is due. */
void alarm_tick(void);

#endif
