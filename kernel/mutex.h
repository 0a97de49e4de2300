/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_MUTEX_H
#define KERNEL_MUTEX_H
/*
 * Sleeping locks with priority inheritance: while a thread waits, the owner (and whoever that one waits for, and so on)
 * runs at no less than its priority.  Unlocking a contended mutex hands it to the waiter of highest priority.
 *
 * Not in interrupts, not under spinlocks.  Uncontended lock and unlock are one compare-and-swap each.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct thread;
struct waiter;

struct mutex {
	uintptr_t owner;               /* struct thread *, bit 0: there are waiters (then pi_lock) */
	TAILQ_HEAD(, waiter) waiters;  /* pi_lock */
	LIST_ENTRY(mutex) held;        /* pi_lock: owner's list of contended mutexes */
};

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m); /* by the current thread */

/* Scope guard: unlocks when the variable leaves its scope, early returns included. */
static inline void mutex_guard_exit(struct mutex **m)
{
	mutex_unlock(*m);
}
#define MUTEX_GUARD(m) \
	__attribute__((cleanup(mutex_guard_exit), unused)) struct mutex *guard_ = (mutex_lock(m), (m))

#endif
