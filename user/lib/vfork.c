/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vfork() does before and after the system call, in the parent.
 *
 * The child runs on the parent's memory, locks included.  If a sibling of its parent held one and the whole process
 * were killed, the child would wait for ever; and if the child were killed with one taken, the parent would.
 * So the parent's thread takes the files lock, the only one that exec and the calls before it need, for as long as the child
 * borrows its memory; the child finds it taken on its behalf (fd_lock()), and the parent gives it back.
 */
#include <curfew/syscall.h>

#include "fd.h"
#include "initrd.h"
#include "thread.h"

void __curfew_vfork_begin(void);
long __curfew_vfork_end(long result);

/* Called by vfork() before its frame is gone. */
void __curfew_vfork_begin(void)
{
	__curfew_initrd(); /* so that the child need not map it; if it fails now the child tries by itself */
	fd_lock();
	thread_self()->vforks++;
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
	thread_self()->vforks--;
	fd_unlock();
	return curfew_result(result);
}
