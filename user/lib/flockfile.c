/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams locked by the program: newlib leaves it to the system.  The standard streams' locks are made at first use. */
#include <reent.h>
#include <stdio.h>
#include <sys/lock.h>

extern void __sinit(struct _reent *reent);

static _LOCK_T lock_of(FILE *stream)
{
	if (!_REENT->__sdidinit)
		__sinit(_REENT);
	return stream->_lock;
}

void flockfile(FILE *stream)
{
	__lock_acquire_recursive(lock_of(stream));
}

int ftrylockfile(FILE *stream)
{
	return __lock_try_acquire_recursive(lock_of(stream)) ? 0 : -1;
}

void funlockfile(FILE *stream)
{
	__lock_release_recursive(lock_of(stream));
}
