/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working directory's name (path.h).
 *
 * open() and its like read it, in signal handlers, too, and in children of vfork(): so reading takes no lock, but is
 * done again if the name changed meanwhile.  Whoever changes it holds the lock, with signals blocked, so
 * that no handler waits for the thread that it interrupted.
 */
#include <string.h>

#include "path.h"
#include "signal.h"

static char directory[PATH_MAX];
static uint32_t changes; /* odd: it is being changed (directory lock) */

void __curfew_directory_get(char name[PATH_MAX])
{
	uint32_t before;

	do {
		char c;

		/* Acquire: pairs with the last store of __curfew_directory_set(): what is read is that name, or a later one. */
		before = __atomic_load_n(&changes, __ATOMIC_ACQUIRE);
		for (size_t i = 0; i < PATH_MAX; i++) {
			name[i] = c = __atomic_load_n(&directory[i], __ATOMIC_RELAXED);
			if (c == '\0')
				break;
		}
		/* Acquire: pairs with the release fence there: whoever read a byte of a new name sees the change. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while ((before & 1) || __atomic_load_n(&changes, __ATOMIC_RELAXED) != before);
}

void __curfew_directory_set(const char *name)
{
	sigset_t mask = signals_block();
	size_t i = 0;

	__curfew_directory_lock();
	__atomic_store_n(&changes, changes + 1, __ATOMIC_RELAXED);
	/* Release: pairs with the acquire fence of __curfew_directory_get(). */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	do
		__atomic_store_n(&directory[i], name[i], __ATOMIC_RELAXED);
	while (name[i++] != '\0');
	/* Release: pairs with the first load of __curfew_directory_get(). */
	__atomic_store_n(&changes, changes + 1, __ATOMIC_RELEASE);
	__curfew_directory_unlock();
	signals_restore(mask);
}
