/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H
/*
 * Wait queues: where threads sleep until an event.  The queue's lock also guards the condition waited for, so that
 * checking it and going to sleep is one step.  All _irq.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "kernel/spinlock.h"
#include "kernel/timeout.h"

struct thread;

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct thread *thread;
	bool queued;   /* lock */
	uint64_t key;  /* futexes: what it waits for */
	uint64_t key2;
};

struct waitqueue {
	struct spinlock lock;
	TAILQ_HEAD(waiter_list, waiter) waiters;
};

#define WAITQUEUE_INIT(q) { SPINLOCK_INIT, TAILQ_HEAD_INITIALIZER((q).waiters) }
static inline void waitqueue_init(struct waitqueue *q)
{
	q->lock = (struct spinlock)SPINLOCK_INIT;
	TAILQ_INIT(&q->waiters);
}

/* What else ends a sleep, in thread->killable. */
enum wait_mode {
	WAIT_UNKILLABLE = 0,
	WAIT_KILLABLE = 1,      /* the thread is to leave (TW_KILL) */
	WAIT_INTERRUPTIBLE = 2, /* that, or it has a signal to act on (TW_SIGNAL): only where a call may return -EINTR to the user */
};

/*
 * Sleeps on q until woken, until `deadline` (TIME_FOREVER: none) or until what `mode` names.  Called with q->lock held by
 * spin_lock_irq (`flags`), returns with it released: 0, -ETIMEDOUT or -EINTR.
 */
int wait_sleep(struct waitqueue *q, struct waiter *w, uint64_t flags, uint64_t deadline, enum wait_mode mode);
/* Wakes the first waiter, or all.  The lock is held. */
void wait_wake_one(struct waitqueue *q);
void wait_wake_all(struct waitqueue *q);
void wait_wake(struct waitqueue *q, struct waiter *w);
/* Sleeps until the deadline; -EINTR if `mode` says so. */
int wait_until(uint64_t deadline, enum wait_mode mode);

#endif
