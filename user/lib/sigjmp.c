/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jumps that keep the signal mask (<setjmp.h>).
 */
#include <setjmp.h>

#include "signal.h"
#include "thread.h"

void __curfew_sigsetjmp(sigjmp_buf buffer, int save)
{
	buffer->__saved = save;
	if (save)
		buffer->__mask = (sigset_t)curfew_syscall(SYS_signal_mask, CURFEW_MASK_BLOCK, 0);
}

void siglongjmp(sigjmp_buf buffer, int value)
{
	/* Whatever a handler that is left so had interrupted, nobody sleeps on it any more (wait.c). */
	__atomic_store_n(&thread_self()->wait_word, NULL, __ATOMIC_RELEASE);
	if (buffer->__saved)
		signals_restore(buffer->__mask);
	longjmp(buffer->__registers, value);
}
