/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_RENDEZVOUS_H
#define KERNEL_RENDEZVOUS_H
#include <stdbool.h>
/*
 * Holding all other CPUs still, away from any mapping that may have to be broken (I13).
 *
 * rendezvous(fn, arg) runs fn(arg) on this CPU, interrupts masked, while every other CPU stands in a loop that touches nothing
 * but kernel text, its own kernel stack, and one page of the image.  When it returns all of them have left, behind an ISB.
 *
 * The caller holds no spinlock, and preemption is on; mutexes it may hold.  May sleep (one rendezvous at a time).
 *
 * fn may touch: the image, the block of per-CPU data, its own stack, and what it knows not to lie in what it breaks.  current() is a
 * stand-in whose head is right (percpu, preempt_count, work) and whose process is NULL: the running thread's own
 * struct thread may lie anywhere in the direct map.  fn may not sleep, wait for another CPU, or allocate.  It may panic.
 */
void rendezvous(void (*fn)(void *arg), void *arg);

/* This CPU holds the others itself: an IPI_HOLD that comes to it is a late one of another's. */
bool rendezvous_calls(unsigned cpu);
/* IPI_HOLD: this CPU is wanted.  Interrupts masked. */
void rendezvous_hold(void);

#endif
