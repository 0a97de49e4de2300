/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on threads, and those that wait.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/devices.h"
#include "arch/arm64/layout.h"
#include "kernel/counters.h"
#include "kernel/futex.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "mm/user_page.h"
#include "mm/vmspace.h"

/* 0 if the process still takes threads. */
static int add_thread(struct process *p, struct thread *t)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	int error = p->dying || p->execing ? -EINTR : 0; /* this thread is to leave as well */

	if (!error) {
		__atomic_fetch_add(&t->vmspace->live, 1, __ATOMIC_RELAXED); /* the caller's own right keeps it alive */
		process_add_thread(p, t);
	}
	spin_unlock_irq(&process_lock, flags);
	return error;
}

SYSCALL(sys_thread_create)
{
	struct process *p = current()->process;
	struct curfew_thread args;
	struct trapframe frame = { 0 };
	struct thread *t;
	uint32_t tid;
	int error = copy_from_user(&args, arg[0], sizeof(args));

	if (error)
		return error;
	if (args.entry >= USER_TOP || args.entry & 3 || args.stack > USER_TOP || args.stack & 15 || args.tid_addr & 3)
		return -EINVAL;
	frame.pc = args.entry;
	frame.sp = args.stack;
	frame.x[0] = args.arg;
	t = thread_create_user(p, &frame);
	if (!t) {
		trim_caches();
		t = thread_create_user(p, &frame);
	}
	if (!t)
		return -EAGAIN;
	t->tpidr_el0 = args.tls;
	t->tid_addr = args.tid_addr;
	t->affinity = current()->affinity;
	t->priority = t->base_priority = current()->base_priority;
	t->blocked = current()->blocked;
	tid = t->tid;
	error = args.tid_addr ? copy_to_user(args.tid_addr, &tid, sizeof(tid)) : 0;
	if (!error)
		error = add_thread(p, t);
	if (error) {
		thread_discard(t);
		return error;
	}
	count(THREADS);
	sched_start(t);
	return tid;
}

SYSCALL(sys_thread_exit)
{
	thread_exit();
}

SYSCALL(sys_set_tid_address)
{
	if (arg[0] & 3 || arg[0] >= USER_TOP)
		return -EINVAL;
	current()->tid_addr = arg[0];
	return current()->tid;
}

SYSCALL(sys_gettid)
{
	return current()->tid;
}

SYSCALL(sys_set_affinity)
{
	uint64_t mask = arg[1] & (~0ull >> (64 - cpus_online)), flags;
	struct thread *t;

	if (!mask)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	t = thread_find(arg[0]);
	if (t)
		sched_set_affinity(t, mask);
	spin_unlock_irq(&process_lock, flags);
	return t ? 0 : -ESRCH;
}

SYSCALL(sys_get_affinity)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	struct thread *t = thread_find(arg[0]);
	int64_t mask = t ? (int64_t)t->affinity : -ESRCH;

	spin_unlock_irq(&process_lock, flags);
	return mask;
}

SYSCALL(sys_set_priority)
{
	uint32_t priority = arg[1];
	struct thread *t;
	int64_t old = -ESRCH;
	uint64_t flags;

	if (priority >= PRIORITIES)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	t = thread_find(arg[0]);
	if (t) {
		old = t->base_priority;
		thread_set_base_priority(t, priority);
	}
	spin_unlock_irq(&process_lock, flags);
	return old;
}

SYSCALL(sys_futex_wait)
{
	return futex_wait(arg[0], arg[1], arg[2]);
}

SYSCALL(sys_futex_wake)
{
	return futex_wake(arg[0], arg[1]);
}

SYSCALL(sys_sleep_until)
{
	return wait_until(arg[0], WAIT_INTERRUPTIBLE);
}

SYSCALL(sys_yield)
{
	sched_yield();
	return 0;
}
