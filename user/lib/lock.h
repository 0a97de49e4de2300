/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_LOCK_H
#define CURFEW_LIB_LOCK_H
/*
 * Locks inside the library.
 *
 * struct __lock is also newlib's lock (retargetable locking): a futex word
 * with three states, and an owner and a depth for the recursive kind.  Taking
 * a free lock and giving one back that nobody waits for is one atomic
 * operation, without a system call.
 *
 * Order, outermost first; fork() takes them all in it:
 *   atexit, at_quick_exit, tz, sfp (list of streams), sinit (first use of
 *   stdio), env, files (who changes the working directory), threads (list of threads,
 *   stacks, keys), malloc, heap (sbrk), pool (locks of streams), signals (handlers).
 * A stream's own lock is outside of all these but atexit.
 */
#include <stdbool.h>
#include <stdint.h>

/* Words of a lock: free, taken, taken and perhaps waited for. */
#define LOCK_FREE      0u
#define LOCK_TAKEN     1u
#define LOCK_CONTENDED 2u

struct __lock {
	uint32_t word;
	uint32_t depth;      /* of the recursive kind; the owner's */
	void *owner;         /* struct thread; read by others only to compare with themselves */
	struct __lock *next; /* pool's list of free locks */
};

/* The slow ways: sleep until the word is ours (now contended); wake one who sleeps on it. */
void __curfew_lock_wait(uint32_t *word);
void __curfew_lock_wake(uint32_t *word);

static inline bool word_trylock(uint32_t *word)
{
	uint32_t free = LOCK_FREE;

	/* Acquire: pairs with the release in word_unlock(). */
	return __atomic_compare_exchange_n(word, &free, LOCK_TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void word_lock(uint32_t *word)
{
	if (!word_trylock(word))
		__curfew_lock_wait(word);
}

static inline void word_unlock(uint32_t *word)
{
	/* Release: pairs with the acquire in word_trylock() and __curfew_lock_wait(). */
	if (__atomic_exchange_n(word, LOCK_FREE, __ATOMIC_RELEASE) == LOCK_CONTENDED)
		__curfew_lock_wake(word);
}

/* The library's own locks, beside newlib's. */
extern struct __lock __curfew_files_lock;
extern struct __lock __curfew_threads_lock;
extern struct __lock __curfew_heap_lock;
extern struct __lock __curfew_signals_lock; /* all signals blocked */

/* fork() with other threads, all signals blocked: takes every lock of the list above, and gives them back; in the child
 * also the locks of streams whose owners are gone. */
void __curfew_locks_take(void);
void __curfew_locks_give(void);
void __curfew_locks_child(void);

#endif
