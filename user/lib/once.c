/* SPDX-License-Identifier: BSD-2-Clause */
/* pthread_once(): not done, running, running and waited for, done.  A routine that is cancelled was not run. */
#include <curfew/syscall.h>
#include <pthread.h>

#include "wait.h"

#define ONCE_NEW     0u
#define ONCE_RUNNING 1u
#define ONCE_WAITED  2u
#define ONCE_DONE    3u

static void finish(uint32_t *state, uint32_t value)
{
	/* Release: pairs with the acquires in pthread_once(): what the routine did is seen. */
	if (__atomic_exchange_n(state, value, __ATOMIC_RELEASE) == ONCE_WAITED)
		futex_wake(state, UINT32_MAX);
}

static void give_up(void *state)
{
	finish(state, ONCE_NEW);
}

/* Returns when the state, running before, has changed. */
static void wait_for_other(uint32_t *state)
{
	uint32_t seen = ONCE_RUNNING;

	if (__atomic_compare_exchange_n(state, &seen, ONCE_WAITED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
		seen == ONCE_WAITED)
		futex_wait(state, ONCE_WAITED, CURFEW_FOREVER);
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
	uint32_t *state = &once->__state;

	while (__atomic_load_n(state, __ATOMIC_ACQUIRE) != ONCE_DONE) {
		uint32_t seen = ONCE_NEW;

		if (!__atomic_compare_exchange_n(
			    state, &seen, ONCE_RUNNING, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			if (seen != ONCE_DONE)
				wait_for_other(state);
			continue;
		}
		pthread_cleanup_push(give_up, state);
		routine();
		pthread_cleanup_pop(0);
		finish(state, ONCE_DONE);
	}
	return 0;
}
