/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newlib's locks: its static ones, and those of streams.
 *
 * newlib makes a lock for every stream, and has no way to hear that there is
 * no memory for it.  The locks come from a pool: a static array that is enough
 * for every descriptor, then blocks from malloc(); if even that fails, streams
 * share one lock, which is slow but right, because it is recursive.  Pool
 * locks are never returned to malloc().
 *
 * After fork() in a program with threads, a stream's lock in the child may
 * belong to a thread that is not there.  Such locks become free; what the
 * stream holds may be half of a line, as POSIX allows.
 */
#include <limits.h>
#include <stdlib.h>
#include <sys/lock.h>

#include "lock.h"
#include "thread.h"
#include "wait.h"

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

struct __lock __curfew_files_lock;
struct __lock __curfew_threads_lock;
struct __lock __curfew_heap_lock;
struct __lock __curfew_signals_lock;

static struct __lock pool_lock;
static struct __lock shared_lock;

#define BLOCK_LOCKS (OPEN_MAX + 2)

static struct block {
	struct block *next;
	size_t used;
	struct __lock locks[BLOCK_LOCKS];
} first_block;

static struct block *blocks = &first_block; /* newest first (pool lock) */
static struct __lock *free_locks;           /* pool lock */

void __curfew_lock_wait(uint32_t *word)
{
	/* Acquire: pairs with the release in word_unlock().  Whoever slept must assume that others still do. */
	while (__atomic_exchange_n(word, LOCK_CONTENDED, __ATOMIC_ACQUIRE) != LOCK_FREE)
		futex_wait(word, LOCK_CONTENDED, CURFEW_FOREVER);
}

void __curfew_lock_wake(uint32_t *word)
{
	futex_wake(word, 1);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	word_lock(&lock->word);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
	return word_trylock(&lock->word);
}

void __retarget_lock_release(_LOCK_T lock)
{
	word_unlock(&lock->word);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	void *self = thread_self();

	/* Relaxed: only the owner itself can find its own name here. */
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self) {
		word_lock(&lock->word);
		__atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
	}
	lock->depth++;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	void *self = thread_self();

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self) {
		if (!word_trylock(&lock->word))
			return 0;
		__atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
	}
	lock->depth++;
	return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	if (--lock->depth > 0)
		return;
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
	word_unlock(&lock->word);
}

/* Pool lock held.  NULL: the newest block is full. */
static struct __lock *pool_take(void)
{
	struct __lock *lock = free_locks;

	if (lock)
		free_locks = lock->next;
	else if (blocks->used < BLOCK_LOCKS)
		lock = &blocks->locks[blocks->used++];
	return lock;
}

/* Called with no library lock that comes after malloc's. */
void __retarget_lock_init_recursive(_LOCK_T *result)
{
	struct __lock *lock;

	word_lock(&pool_lock.word);
	lock = pool_take();
	word_unlock(&pool_lock.word);
	if (lock == NULL) {
		struct block *block = calloc(1, sizeof(*block));

		word_lock(&pool_lock.word);
		if (block) {
			block->next = blocks;
			blocks = block;
		}
		lock = pool_take();
		word_unlock(&pool_lock.word);
	}
	if (lock == NULL)
		lock = &shared_lock;
	else
		*lock = (struct __lock){ 0 };
	*result = lock;
}

void __retarget_lock_init(_LOCK_T *result)
{
	__retarget_lock_init_recursive(result);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	if (lock == NULL || lock == &shared_lock)
		return;
	word_lock(&pool_lock.word);
	lock->next = free_locks;
	free_locks = lock;
	word_unlock(&pool_lock.word);
}

void __retarget_lock_close(_LOCK_T lock)
{
	__retarget_lock_close_recursive(lock);
}

/* In the order of lock.h.  The recursive ones may be the caller's already: fork() in an atexit handler. */
static struct __lock *const recursive_order[] = {
	&__lock___atexit_recursive_mutex,
	&__lock___sfp_recursive_mutex,
	&__lock___sinit_recursive_mutex,
	&__lock___env_recursive_mutex,
	&__curfew_files_lock,
	&__curfew_threads_lock,
	&__lock___malloc_recursive_mutex,
	&__curfew_heap_lock,
};

#define ORDER_LENGTH (sizeof(recursive_order) / sizeof(recursive_order[0]))

void __curfew_locks_take(void)
{
	__retarget_lock_acquire_recursive(recursive_order[0]);
	word_lock(&__lock___at_quick_exit_mutex.word);
	word_lock(&__lock___tz_mutex.word);
	for (size_t i = 1; i < ORDER_LENGTH; i++)
		__retarget_lock_acquire_recursive(recursive_order[i]);
	word_lock(&pool_lock.word);
	word_lock(&__curfew_signals_lock.word);
}

void __curfew_locks_give(void)
{
	word_unlock(&__curfew_signals_lock.word);
	word_unlock(&pool_lock.word);
	for (size_t i = ORDER_LENGTH; i-- > 1;)
		__retarget_lock_release_recursive(recursive_order[i]);
	word_unlock(&__lock___tz_mutex.word);
	word_unlock(&__lock___at_quick_exit_mutex.word);
	__retarget_lock_release_recursive(recursive_order[0]);
}

void __curfew_locks_child(void)
{
	void *self = thread_self();

	for (struct block *block = blocks; block; block = block->next) {
		for (size_t i = 0; i < block->used; i++) {
			struct __lock *lock = &block->locks[i];

			if (lock->word != LOCK_FREE && lock->owner != self) {
				lock->word = LOCK_FREE;
				lock->depth = 0;
				lock->owner = NULL;
			}
		}
	}
	if (shared_lock.owner != self)
		shared_lock = (struct __lock){ 0 };
	__curfew_locks_give();
}
