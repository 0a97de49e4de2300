/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting that pthread_cancel() ends.
 *
 * A thread that sleeps on a word of its own choice cannot be woken by a flag,
 * so it says in its record which word that is, looks at the flag, and sleeps.
 * Whoever cancels sets the flag, reads the word's address, and wakes its
 * sleepers until the thread has taken the address away again (cancel.c): a
 * wake that comes between the look and the sleep is lost, the next is not.
 * Others who sleep on the same word wake without cause, which they may anyway.
 * A handler that interrupts all this, and waits itself, leaves the word as it found it.
 */
#include "wait.h"

#include <errno.h>

#include "thread.h"

/* Whether the caller is to be cancelled now. */
static bool is_cancelled(struct thread *self)
{
	/* Sequentially consistent, as the store before it and both accesses of pthread_cancel(): one sees the other. */
	return __atomic_load_n(&self->cancel, __ATOMIC_SEQ_CST) == CANCEL_PENDING;
}

int __curfew_wait_cancellable(uint32_t *word, uint32_t value, uint64_t deadline)
{
	struct thread *self = thread_self();
	uint32_t *outer = self->wait_word;
	int error = ECANCELED;

	if (__curfew_cancel_self == NULL || (self->cancel & (CANCEL_DISABLED | CANCEL_EXITING)))
		return futex_wait(word, value, deadline);
	__atomic_store_n(&self->wait_word, word, __ATOMIC_SEQ_CST);
	if (!is_cancelled(self)) {
		error = futex_wait(word, value, deadline);
		if (error != ETIMEDOUT && is_cancelled(self))
			error = ECANCELED;
	}
	/* Release: pthread_cancel() may stop waking. */
	__atomic_store_n(&self->wait_word, outer, __ATOMIC_RELEASE);
	return error;
}
