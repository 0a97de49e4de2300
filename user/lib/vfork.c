/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vfork() does before and after the system call, in the parent.
 *
 * The child runs on the parent's memory, locks included.  If a sibling of its parent held one and the whole process
 * were killed, the child would wait for ever; and if the child were killed with one taken, the parent would.
 * So the parent's thread takes the lock of the working directory, so that nobody is changing that while the child reads it for
 * its exec; the child finds it taken on its behalf, and the parent gives it back.  Whatever else comes before an exec takes no lock.
 */
#include <curfew/syscall.h>

#include "lock.h"
#include "path.h"
#include "thread.h"

void __curfew_vfork_begin(void);
long __curfew_vfork_end(long result);

void __curfew_directory_lock(void)
{
	if (!thread_self()->vforks)
		word_lock(&__curfew_files_lock.word);
}

void __curfew_directory_unlock(void)
{
	if (!thread_self()->vforks)
		word_unlock(&__curfew_files_lock.word);
}

/* Called by vfork() before its frame is gone.  A handler that runs between the two finds the lock its own, and never waits
 * for it. */
void __curfew_vfork_begin(void)
{
	if (thread_self()->vforks++ == 0)
		word_lock(&__curfew_files_lock.word);
}

/* In a copy of the memory, made by fork() in the child: here nobody is lent anything. */
void __curfew_vfork_forget(void)
{
	thread_self()->vforks = 0;
	word_unlock(&__curfew_files_lock.word);
}

/* In the parent, with what the system call returned. */
long __curfew_vfork_end(long result)
{
	if (thread_self()->vforks == 1)
		word_unlock(&__curfew_files_lock.word);
	thread_self()->vforks--;
	return curfew_result(result);
}
