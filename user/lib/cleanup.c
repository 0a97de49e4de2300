/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cleanup handlers: a list on the thread's stack, newest first; each record is
 * in the frame that pushed it.
 */
#include "thread.h"

void _pthread_cleanup_push(struct _pthread_cleanup_context *context, void (*routine)(void *), void *argument)
{
	struct thread *self = thread_self();

	context->_routine = routine;
	context->_arg = argument;
	context->_previous = self->cleanup;
	self->cleanup = context;
}

void _pthread_cleanup_pop(struct _pthread_cleanup_context *context, int execute)
{
	thread_self()->cleanup = context->_previous;
	if (execute)
		context->_routine(context->_arg);
}
