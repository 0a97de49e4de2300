/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_SIGNAL_H
#define CURFEW_LIB_SIGNAL_H
/*
 * Masks, for those parts of the library in which no handler may run, and what a child sets before it executes a program.
 * The bits of a sigset_t are the kernel's.
 */
#include <curfew/syscall.h>
#include <signal.h>

/* Blocks what can be blocked; returns the mask before. */
static inline sigset_t signals_block(void)
{
	return (sigset_t)curfew_syscall(SYS_signal_mask, CURFEW_MASK_SET, CURFEW_SIGNALS_ALL);
}

static inline void signals_restore(sigset_t mask)
{
	curfew_syscall(SYS_signal_mask, CURFEW_MASK_SET, mask);
}

/* In a child that is about to exec, by the kernel's record alone, since the table may be its parent's: what exec would do
 * to handlers, done now, and the default for those of the set that are ignored. */
static inline void signals_exec(sigset_t defaults)
{
	struct curfew_signal_actions actions;

	curfew_syscall(SYS_signal_actions, 0, &actions);
	actions.handled = actions.on_stack = actions.entry = 0;
	actions.ignored &= ~defaults;
	if (!(actions.ignored & 1ul << SIGCHLD))
		actions.flags = 0;
	curfew_syscall(SYS_signal_actions, &actions, 0);
}

#endif
