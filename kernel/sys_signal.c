/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on signals.
 */
#include <signal.h>
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/layout.h"
#include "arch/arm64/trap.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "mm/vmspace.h"

#define NEVER (1ull << SIGKILL | 1ull << SIGSTOP) /* neither handled nor ignored */

static bool actions_good(const struct curfew_signal_actions *a)
{
	if ((a->handled | a->ignored) & (~CURFEW_SIGNALS_ALL | NEVER) || a->handled & a->ignored)
		return false;
	if (a->on_stack & ~CURFEW_SIGNALS_ALL || a->flags & ~(uint64_t)CURFEW_ACTIONS_NO_ZOMBIES)
		return false;
	return !a->handled || (a->entry && a->entry < USER_TOP && !(a->entry & 3));
}

static struct curfew_signal_actions shown(const struct signal_actions *a)
{
	return (struct curfew_signal_actions){
		.entry = a->entry, .handled = a->handled, .ignored = a->ignored, .on_stack = a->on_stack,
		.flags = a->no_zombies ? CURFEW_ACTIONS_NO_ZOMBIES : 0,
	};
}

SYSCALL(sys_signal_actions)
{
	struct process *p = current()->process;
	struct curfew_signal_actions new, old;
	uint64_t from = arg[0], to = arg[1], flags;
	int error = from ? copy_from_user(&new, from, sizeof(new)) : 0;

	if (!error && from && !actions_good(&new))
		error = -EINVAL;
	if (!error && to)
		error = vm_prefault(to, sizeof(old));
	if (error)
		return error;
	flags = spin_lock_irq(&process_lock);
	old = shown(&p->actions);
	if (from)
		signal_set_actions(p, &(struct signal_actions){
			.entry = new.entry, .handled = new.handled, .ignored = new.ignored, .on_stack = new.on_stack,
			.no_zombies = new.flags & CURFEW_ACTIONS_NO_ZOMBIES,
		});
	spin_unlock_irq(&process_lock, flags);
	if (to)
		copy_to_user(to, &old, sizeof(old));
	return 0;
}

SYSCALL(sys_signal_mask)
{
	struct thread *t = current();
	uint32_t op = arg[0], mask = arg[1] & CURFEW_SIGNALS_ALL, old;
	uint64_t flags;

	if (op > CURFEW_MASK_PENDING)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	old = t->blocked;
	if (op == CURFEW_MASK_PENDING)
		old = t->directed | t->assigned | t->process->pending;
	else
		signal_set_blocked(op == CURFEW_MASK_SET ? mask : op == CURFEW_MASK_BLOCK ? old | mask : old & ~mask);
	spin_unlock_irq(&process_lock, flags);
	return old;
}

/* The result is x0 of what was interrupted; syscall_dispatch() knows that it says nothing about this call. */
SYSCALL(sys_signal_return)
{
	struct trapframe *f = thread_user_frame(current());
	uint64_t mask, flags;
	int error = upcall_return(f, arg[0], &mask);

	if (error)
		return error;
	flags = spin_lock_irq(&process_lock);
	signal_set_blocked(mask & CURFEW_SIGNALS_ALL);
	spin_unlock_irq(&process_lock, flags);
	return f->x[0];
}

SYSCALL(sys_signal_suspend)
{
	return signal_suspend(arg[0] & CURFEW_SIGNALS_ALL);
}

SYSCALL(sys_signal_wait)
{
	return signal_wait(arg[0] & CURFEW_SIGNALS_ALL, arg[1]);
}

SYSCALL(sys_signal_stack)
{
	uint64_t base = arg[0], size = arg[1];

	if (size && (size < sizeof(struct curfew_signal_frame) || size > USER_TOP || base > USER_TOP - size))
		return -EINVAL;
	current()->stack_base = base;
	current()->stack_size = size;
	return 0;
}

SYSCALL(sys_thread_kill)
{
	uint32_t sig = arg[1];
	struct thread *t;
	uint64_t flags;

	if (!signal_sendable(sig))
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	t = thread_find(arg[0]);
	if (t)
		signal_direct(t, sig);
	spin_unlock_irq(&process_lock, flags);
	return t ? 0 : -ESRCH;
}

SYSCALL(sys_alarm)
{
	struct process *p = current()->process;
	struct curfew_alarm new, old;
	uint64_t from = arg[0], to = arg[1], flags;
	int error = from ? copy_from_user(&new, from, sizeof(new)) : 0;

	if (!error && to)
		error = vm_prefault(to, sizeof(old));
	if (error)
		return error;
	flags = spin_lock_irq(&process_lock);
	old = (struct curfew_alarm){ p->alarm.deadline, p->alarm.interval };
	if (from)
		alarm_set(p, new.deadline, new.interval);
	spin_unlock_irq(&process_lock, flags);
	if (to)
		copy_to_user(to, &old, sizeof(old));
	return 0;
}
