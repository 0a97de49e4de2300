/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader-writer locks: see rwlock.h.
 *
 * `state` changes from 0 to WRITER, or from WRITER to 0 or 1 reader, only by the owner of the mutex; while WRITER is
 * set nobody adds a reader, so the writer's stores to `state` need no compare.
 */
#include "kernel/log.h"
#include "kernel/rwlock.h"

void rwlock_init(struct rwlock *l)
{
	l->state = 0;
	mutex_init(&l->writer);
	waitqueue_init(&l->drain);
}

bool rwlock_held_write(const struct rwlock *l)
{
	return __atomic_load_n(&l->state, __ATOMIC_RELAXED) == RWLOCK_WRITER && mutex_held(&l->writer);
}

bool rwlock_held(const struct rwlock *l)
{
	return rwlock_held_write(l) || __atomic_load_n(&l->state, __ATOMIC_RELAXED) & ~RWLOCK_WRITER;
}

/* A writer is there, or other readers disturbed the compare-and-swap.  With the mutex in hand there is no writer. */
void rwlock_read_slow(struct rwlock *l)
{
	uint32_t state = __atomic_load_n(&l->state, __ATOMIC_RELAXED);

	while (!(state & RWLOCK_WRITER))
		if (__atomic_compare_exchange_n(&l->state, &state, state + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
	mutex_lock(&l->writer);
	__atomic_fetch_add(&l->state, 1, __ATOMIC_ACQUIRE);
	mutex_unlock(&l->writer);
}

/* The writer looks at `state` with the queue's lock held, the last reader takes that lock after its change: no wake
 * is lost. */
static void wait_for_readers(struct rwlock *l)
{
	struct waiter w;
	uint64_t flags = spin_lock_irq(&l->drain.lock);

	while (__atomic_load_n(&l->state, __ATOMIC_ACQUIRE) != RWLOCK_WRITER) { /* pairs with rwlock_read_unlock() */
		wait_sleep(&l->drain, &w, flags, TIME_FOREVER, WAIT_UNKILLABLE);
		flags = spin_lock_irq(&l->drain.lock);
	}
	spin_unlock_irq(&l->drain.lock, flags);
}

void rwlock_write(struct rwlock *l)
{
	mutex_lock(&l->writer);
	/* Acquire: pairs with rwlock_read_unlock(), if no reader is left. */
	if (__atomic_fetch_or(&l->state, RWLOCK_WRITER, __ATOMIC_ACQUIRE) != 0)
		wait_for_readers(l);
}

/* From the last reader that a writer waits for.  The lock outlives this: the reader has a right to what it guards. */
void rwlock_drained(struct rwlock *l)
{
	uint64_t flags = spin_lock_irq(&l->drain.lock);

	wait_wake_all(&l->drain);
	spin_unlock_irq(&l->drain.lock, flags);
}

void rwlock_write_unlock(struct rwlock *l)
{
	DEBUG_ASSERT(rwlock_held_write(l));
	__atomic_store_n(&l->state, 0, __ATOMIC_RELEASE);
	mutex_unlock(&l->writer);
}

void rwlock_downgrade(struct rwlock *l)
{
	DEBUG_ASSERT(rwlock_held_write(l));
	__atomic_store_n(&l->state, 1, __ATOMIC_RELEASE);
	mutex_unlock(&l->writer);
}
