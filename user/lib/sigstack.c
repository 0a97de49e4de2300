/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's other stack, for handlers with SA_ONSTACK.
 */
#include "signal.h"

#include <errno.h>
#include <stdbool.h>

#include "thread.h"

/* Whether the caller runs on it. */
static bool is_on(const stack_t *stack)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return here - (uintptr_t)stack->ss_sp < stack->ss_size;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	stack_t *own = &thread_self()->signal_stack;
	stack_t before = *own, after;

	before.ss_flags = own->ss_size == 0 ? SS_DISABLE : is_on(own) ? SS_ONSTACK : 0;
	if (stack) {
		after = *stack;
		if (before.ss_flags == SS_ONSTACK)
			return fail(EPERM);
		if (after.ss_flags & ~SS_DISABLE)
			return fail(EINVAL);
		if (after.ss_flags & SS_DISABLE)
			after = (stack_t){ 0 };
		else if (after.ss_size < MINSIGSTKSZ)
			return fail(ENOMEM);
		if (curfew_result(curfew_syscall(SYS_signal_stack, after.ss_sp, after.ss_size)) < 0)
			return -1;
		*own = after;
	}
	if (old)
		*old = before;
	return 0;
}
