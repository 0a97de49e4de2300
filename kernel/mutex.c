/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes with priority inheritance: see mutex.h.
 *
 * owner is 0, the owner, or the owner | 1 when somebody waits.  Bit 0, the waiters and all inherited priorities are changed
 * under one global pi_lock: contention is rare, chains may cross many mutexes, and one lock makes walking them plain.
 *
 * Acquire: the compare-and-swap in mutex_lock() pairs with the release one in mutex_unlock(); for a hand-over, pi_lock.
 */
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

#define CONTENDED 1ul

static struct spinlock pi_lock;

void mutex_init(struct mutex *m)
{
	m->owner = 0;
	TAILQ_INIT(&m->waiters);
}

static struct thread *owner_of(const struct mutex *m)
{
	return (struct thread *)(__atomic_load_n(&m->owner, __ATOMIC_RELAXED) & ~CONTENDED);
}

bool mutex_held(const struct mutex *m)
{
	return owner_of(m) == current();
}

static struct waiter *best_waiter(struct mutex *m)
{
	struct waiter *w, *best = TAILQ_FIRST(&m->waiters);

	TAILQ_FOREACH(w, &m->waiters, link)
		if (w->thread->priority > best->thread->priority)
			best = w;
	return best;
}

/* What a thread must run at: its own priority, or that of the best thread that waits for it, by a mutex or a message.  pi_lock held. */
static unsigned inherited(struct thread *t)
{
	unsigned priority = t->message.lent > t->base_priority ? t->message.lent : t->base_priority;
	struct mutex *m;
	struct waiter *w;

	LIST_FOREACH(m, &t->contended, held)
		if ((w = best_waiter(m)) && w->thread->priority > priority)
			priority = w->thread->priority;
	return priority;
}

/* From a thread that begins to wait along the chain of owners. */
static void boost(struct mutex *m, unsigned priority)
{
	while (m) {
		struct thread *owner = owner_of(m);

		if (!owner || owner->priority >= priority)
			return;
		sched_set_priority(owner, priority);
		m = owner->blocked_on;
	}
}

/* pi_lock held: marks m contended if it is owned; false if it was free and is now ours. */
static bool mark_contended(struct mutex *m)
{
	uintptr_t owner = __atomic_load_n(&m->owner, __ATOMIC_RELAXED);

	for (;;) {
		if (owner == 0) {
			if (__atomic_compare_exchange_n(&m->owner, &owner, (uintptr_t)current(), false,
							__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
				return false;
		} else if (owner & CONTENDED) {
			return true;
		} else if (__atomic_compare_exchange_n(&m->owner, &owner, owner | CONTENDED, false,
						       __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			LIST_INSERT_HEAD(&((struct thread *)owner)->contended, m, held);
			return true;
		}
	}
}

static void lock_slow(struct mutex *m)
{
	struct thread *t = current();
	uint64_t flags = spin_lock_irq(&pi_lock);
	struct waiter w = { .thread = t, .queued = true };

	if (!mark_contended(m)) {
		spin_unlock_irq(&pi_lock, flags);
		return;
	}
	TAILQ_INSERT_TAIL(&m->waiters, &w, link);
	t->blocked_on = m;
	boost(m, t->priority);
	while (w.queued) {
		__atomic_store_n(&t->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
		t->voluntary++;
		spin_unlock_irq(&pi_lock, flags);
		schedule();
		flags = spin_lock_irq(&pi_lock);
	}
	spin_unlock_irq(&pi_lock, flags);
}

void mutex_lock(struct mutex *m)
{
	uintptr_t free = 0;

	DEBUG_ASSERT(!mutex_held(m));
	DEBUG_ASSERT(current()->head.preempt_count == 0);
	if (!__atomic_compare_exchange_n(&m->owner, &free, (uintptr_t)current(), false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		lock_slow(m);
}

/* Hands the mutex to the best waiter, and gives back what was inherited through it. */
static void unlock_slow(struct mutex *m)
{
	struct thread *t = current(), *next;
	uint64_t flags = spin_lock_irq(&pi_lock);
	struct waiter *w = best_waiter(m);

	LIST_REMOVE(m, held);
	next = w->thread;
	TAILQ_REMOVE(&m->waiters, w, link);
	w->queued = false;
	next->blocked_on = NULL;
	if (TAILQ_EMPTY(&m->waiters)) {
		__atomic_store_n(&m->owner, (uintptr_t)next, __ATOMIC_RELEASE);
	} else {
		__atomic_store_n(&m->owner, (uintptr_t)next | CONTENDED, __ATOMIC_RELEASE);
		LIST_INSERT_HEAD(&next->contended, m, held);
		if (inherited(next) != next->priority)
			sched_set_priority(next, inherited(next));
	}
	sched_wake(next);
	if (inherited(t) != t->priority)
		sched_set_priority(t, inherited(t));
	spin_unlock_irq(&pi_lock, flags);
}

void mutex_unlock(struct mutex *m)
{
	uintptr_t mine = (uintptr_t)current();

	DEBUG_ASSERT(mutex_held(m));
	if (!__atomic_compare_exchange_n(&m->owner, &mine, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		unlock_slow(m);
}

void thread_set_base_priority(struct thread *t, unsigned priority)
{
	uint64_t flags = spin_lock_irq(&pi_lock);

	t->base_priority = priority;
	if (inherited(t) != t->priority)
		sched_set_priority(t, inherited(t));
	spin_unlock_irq(&pi_lock, flags);
}

void thread_lend_priority(struct thread *t, unsigned priority)
{
	uint64_t flags = spin_lock_irq(&pi_lock);

	t->message.lent = priority;
	if (inherited(t) != t->priority)
		sched_set_priority(t, inherited(t));
	spin_unlock_irq(&pi_lock, flags);
}
