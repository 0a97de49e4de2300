/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_RWLOCK_H
#define KERNEL_RWLOCK_H
/*
 * Sleeping reader-writer locks, which a writer can turn into a reader's lock without letting another writer in between.
 *
 * Built on a mutex.  A writer owns it, sets WRITER, and waits until the readers that came before have left.  A reader
 * that finds no WRITER is counted by one compare-and-swap; one that does waits for the mutex like a writer, so the
 * writer inherits its priority.  Readers have no names here: nobody lends them priority, so what is done as a reader
 * must be short.
 *
 * Writers cannot starve (a waiting one stops new readers), nor can readers (the mutex is handed on in turn).  A reader
 * must not take the same lock again: a writer that came in between would wait for it, and it for the writer.
 *
 * Not in interrupts, not under spinlocks.
 */
#include <stdbool.h>
#include <stdint.h>
#include "kernel/mutex.h"
#include "kernel/wait.h"

struct rwlock {
	uint32_t state;         /* atomic: readers inside | RWLOCK_WRITER */
	struct mutex writer;    /* the writer's, from before WRITER is set until after it is gone */
	struct waitqueue drain; /* where the writer waits for the last reader */
};

#define RWLOCK_WRITER (1u << 31)

void rwlock_init(struct rwlock *l);
void rwlock_write(struct rwlock *l);
void rwlock_write_unlock(struct rwlock *l);
/* The caller, a writer, is a reader from here on; others may read too. */
void rwlock_downgrade(struct rwlock *l);
bool rwlock_held_write(const struct rwlock *l); /* by the current thread */
bool rwlock_held(const struct rwlock *l);       /* by it as a writer, or by somebody as a reader: for assertions */

void rwlock_read_slow(struct rwlock *l);
void rwlock_drained(struct rwlock *l);

static inline void rwlock_read(struct rwlock *l)
{
	uint32_t state = __atomic_load_n(&l->state, __ATOMIC_RELAXED);

	/* Acquire: pairs with the release in rwlock_write_unlock() and rwlock_downgrade(). */
	if (state & RWLOCK_WRITER ||
	    !__atomic_compare_exchange_n(&l->state, &state, state + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		rwlock_read_slow(l);
}

static inline void rwlock_read_unlock(struct rwlock *l)
{
	/* Release: pairs with the writer's acquire in rwlock_write(). */
	if (__atomic_sub_fetch(&l->state, 1, __ATOMIC_RELEASE) == RWLOCK_WRITER)
		rwlock_drained(l);
}

/* Scope guards, as MUTEX_GUARD. */
static inline void rwlock_read_exit(struct rwlock **l)
{
	rwlock_read_unlock(*l);
}
static inline void rwlock_write_exit(struct rwlock **l)
{
	rwlock_write_unlock(*l);
}
#define READ_GUARD(l) \
	__attribute__((cleanup(rwlock_read_exit), unused)) struct rwlock *guard_ = (rwlock_read(l), (l))
#define WRITE_GUARD(l) \
	__attribute__((cleanup(rwlock_write_exit), unused)) struct rwlock *guard_ = (rwlock_write(l), (l))

#endif
