/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of a thread's own, by key.
 *
 * They are an array in the thread's record.  Deleting a key sets its value in
 * all threads to NULL, so that a key made later begins with NULL everywhere,
 * and reading a value is one load.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lock.h"
#include "thread.h"

typedef void (*destructor)(void *);

/* Which keys exist, and what destroys their values; a key without a destructor has this one. */
static void no_destructor(void *value)
{
	(void)value;
}

static destructor destructors[PTHREAD_KEYS_MAX]; /* NULL: no such key (writing: threads lock) */

int pthread_key_create(pthread_key_t *result, void (*destroy)(void *))
{
	int error = EAGAIN;

	word_lock(&__curfew_threads_lock.word);
	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
		if (destructors[key] == NULL) {
			__atomic_store_n(&destructors[key], destroy ? destroy : no_destructor, __ATOMIC_RELAXED);
			*result = key;
			error = 0;
			break;
		}
	}
	word_unlock(&__curfew_threads_lock.word);
	return error;
}

int pthread_key_delete(pthread_key_t key)
{
	struct thread *thread;

	if (key >= PTHREAD_KEYS_MAX || destructors[key] == NULL)
		return EINVAL;
	word_lock(&__curfew_threads_lock.word);
	__atomic_store_n(&destructors[key], NULL, __ATOMIC_RELAXED);
	TAILQ_FOREACH (thread, &__curfew_threads, link)
		thread->values[key] = NULL;
	thread_self()->values[key] = NULL; /* before there is a list */
	word_unlock(&__curfew_threads_lock.word);
	return 0;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	struct thread *self = thread_self();

	if (key >= PTHREAD_KEYS_MAX || destructors[key] == NULL)
		return EINVAL;
	self->values[key] = (void *)value;
	self->has_values = true;
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX ? thread_self()->values[key] : NULL;
}

/* One round.  Returns whether there were any values. */
static bool destroy_values(struct thread *self)
{
	bool any = false;

	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
		void *value = self->values[key];
		destructor destroy = __atomic_load_n(&destructors[key], __ATOMIC_RELAXED);

		if (value == NULL)
			continue;
		self->values[key] = NULL;
		if (destroy) {
			any = true;
			destroy(value);
		}
	}
	return any;
}

void __curfew_values_destroy(struct thread *self)
{
	for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
		if (!destroy_values(self))
			break;
	}
	memset(self->values, 0, sizeof(self->values));
	self->has_values = false;
}
