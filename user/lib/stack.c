/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks of threads: mapped when needed, kept for the next thread.
 *
 * A free stack is taken only when its tid word is 0: until the kernel has
 * written that, the thread that left it may still run on it.  A thread that
 * has gone leaves its record in place, with the fields from `map` to `stack`
 * and all its keys' values NULL, so a used stack costs no system call.
 *
 * At most KEPT free stacks are kept; more are unmapped, oldest first, by
 * whoever puts one back: never by the thread that runs on it.
 */
#include <curfew/syscall.h>
#include <errno.h>
#include <string.h>

#include "lock.h"
#include "mman.h"
#include "thread.h"

#define PAGE 4096ul
#define KEPT 16

static struct thread_list free_stacks = TAILQ_HEAD_INITIALIZER(free_stacks); /* oldest first (threads lock) */
static unsigned free_count;                                                  /* (threads lock) */

struct thread *__curfew_stack_place(char *high)
{
	size_t align = __curfew_tls.align > 64 ? __curfew_tls.align : 64;
	unsigned long tcb = ((unsigned long)high - tls_above()) & -align;

	return (struct thread *)tcb - 1;
}

/* Whether the thread that last ran on it has gone. */
static bool is_unused(struct thread *thread)
{
	/* Acquire: the kernel's store of 0 comes after all that the thread did. */
	return __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE) == 0;
}

/* Threads lock held.  Unmaps what is too much and no longer in use. */
static void trim(void)
{
	struct thread *thread, *next;

	TAILQ_FOREACH_SAFE (thread, &free_stacks, link, next) {
		if (free_count <= KEPT)
			return;
		if (!is_unused(thread))
			continue;
		TAILQ_REMOVE(&free_stacks, thread, link);
		free_count--;
		curfew_syscall(SYS_munmap, thread->map, thread->map_size);
	}
}

void __curfew_stack_put(struct thread *thread)
{
	if (thread->map == NULL)
		return;
	TAILQ_INSERT_TAIL(&free_stacks, thread, link);
	if (++free_count > KEPT)
		trim();
}

/* Threads lock held. */
static struct thread *take_free(size_t map_size, size_t guard)
{
	struct thread *thread;

	TAILQ_FOREACH_REVERSE(thread, &free_stacks, thread_list, link)
	{
		if (thread->map_size == map_size && thread->guard_size == guard && is_unused(thread)) {
			TAILQ_REMOVE(&free_stacks, thread, link);
			free_count--;
			return thread;
		}
	}
	return NULL;
}

struct thread *__curfew_stack_get(size_t size, size_t guard)
{
	struct thread *thread;
	size_t map_size;
	char *map;

	guard = (guard + PAGE - 1) & -PAGE;
	if (__builtin_add_overflow(size, tls_above() + guard + 2 * PAGE - 1, &map_size))
		return NULL;
	map_size &= -PAGE;
	word_lock(&__curfew_threads_lock.word);
	thread = take_free(map_size, guard);
	word_unlock(&__curfew_threads_lock.word);
	if (thread)
		return thread;

	map = (char *)curfew_syscall(SYS_mmap, 0, map_size, CURFEW_PROT_READ | CURFEW_PROT_WRITE,
		CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS, 0, 0);
	if (mmap_failed(map))
		return NULL;
	if (guard && curfew_syscall(SYS_mprotect, map, guard, CURFEW_PROT_NONE) < 0) {
		curfew_syscall(SYS_munmap, map, map_size);
		return NULL;
	}
	thread = __curfew_stack_place(map + map_size);
	thread->map = map;
	thread->map_size = map_size;
	thread->guard_size = guard;
	thread->stack = map + guard;
	return thread;
}
