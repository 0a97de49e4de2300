/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exit path: E1 to E8 of docs/protocol.md, in order.
 *
 *   E1 thread_exit        user-memory duties, the last access to user memory
 *   E2                    interrupts and preemption on, no lock held, may sleep
 *   E3 give_up_vmspace    no right, then parked, then counted out
 *   E4-E6 vmspace_leave   (mm/vmspace.c) the last one out flushes, purges, proves it
 *      leave_process      the last one also closes handles and gives children away
 *   E8 exit_finish        on the next thread's stack: the dead one's stack is freed
 *   E7 make_zombie        when that was the process's last: only now can wait see it
 *
 * Nobody waits for anybody on this way: each thread walks it alone, and whoever is last does what is left to do.
 */
#include <signal.h>
#include <sys/errno.h>
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/futex.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/oom.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/kstack.h"
#include "mm/asid.h"
#include "mm/vmspace.h"

/* E1.  When the whole process goes nobody is left to be told. */
static void user_duties(struct thread *t)
{
	uint32_t zero = 0;
	uint64_t addr = t->tid_addr;

	if (!addr || t->process->dying)
		return;
	t->tid_addr = 0;
	if (copy_to_user(addr, &zero, sizeof(zero)) == 0)
		futex_wake(addr, UINT32_MAX);
}

/* Takes the thread out of those that use p's vmspace; true: it was the last, and does the process's own leaving. */
static bool begin_leaving(struct process *p)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	uint64_t peak = pmap_peak(&p->vmspace->pmap);
	uint32_t left = p->n_threads - 1;
	bool last = left == 0;

	/* Release: who is left may find itself alone without the lock; pairs with handle_peek_locked(). */
	__atomic_store_n(&p->n_threads, left, __ATOMIC_RELEASE);
	if (peak > p->usage.max_resident)
		p->usage.max_resident = peak;
	if (last) {
		p->vmspace = NULL;
		p->dying = true; /* by thread_exit of the last thread: status 0 unless it was set */
		alarm_clear(p);
	}
	signal_leave();
	if (p->execing && p->n_threads == 1)
		process_wake(p->execing);
	spin_unlock_irq(&process_lock, flags);
	return last;
}

/* E3: no right, then parked, then counted. */
static void give_up_vmspace(struct thread *t)
{
	struct vmspace *vs = t->vmspace;

	/*
	 * No right from here on: a switch back to this thread loads the zero table.  So a preemption between this and the park does no
	 * harm, and comes as it may.
	 */
	__atomic_store_n(&t->vmspace, NULL, __ATOMIC_RELAXED);
	protocol_window();
#ifdef BUG_COUNT_BEFORE_PARK /* the reason why OpenBSD spins: the last one out may find a root still loaded */
	vmspace_leave(vs);
	pmap_park();
#elif defined(BUG_FLUSH_BEFORE_PARK) /* zephyr #37600: TLBI first, TTBR0 rewritten after */
	if (asid_number(&vs->pmap))
		tlb_flush_asid(asid_number(&vs->pmap), false);
	pmap_park();
	vmspace_leave(vs);
#else
	pmap_park();
	count(PARK_EXIT);
	protocol_window();
	vmspace_leave(vs);
#endif
}

/* process_lock held. */
static void give_to_init(struct process *c)
{
	TAILQ_REMOVE(&c->parent->children, c, sibling);
	c->parent = init_process;
	__atomic_store_n(&c->ppid, init_process->pid, __ATOMIC_RELAXED);
	TAILQ_INSERT_TAIL(&init_process->children, c, sibling);
}

static void adopt_children(struct process *p)
{
	struct process *c;
	bool zombies = false;

	while ((c = TAILQ_FIRST(&p->children))) {
		give_to_init(c);
		zombies |= c->zombie;
	}
	if (zombies) {
		signal_post(init_process, SIGCHLD);
		process_wake(init_process);
	}
}

/* A vfork parent may go on: its child is off the shared vmspace. */
void vfork_release(struct process *p)
{
	uint64_t flags = spin_lock_irq(&process_lock);

	if (p->vfork) {
		p->vfork = false;
		process_wake(p);
	}
	spin_unlock_irq(&process_lock, flags);
}

static void leave_process(struct process *p)
{
	uint64_t flags;

	if (p == init_process)
		panic("init ended with %s %d", p->status & 0xff ? "signal" : "status", p->status & 0xff ? p->status & 0xff : p->status >> 8);
	count(EXITS);
	flags = spin_lock_irq(&process_lock);
	adopt_children(p);
	spin_unlock_irq(&process_lock, flags);
	vfork_release(p);
}

void thread_exit(void)
{
	struct thread *t = current();
	struct process *p = t->process;
	bool last;

	ASSERT_RULE("E2", !irqs_disabled() && t->head.preempt_count == 0);
	if (p) {
#ifndef BUG_TOUCH_AFTER_PURGE
		user_duties(t);
#endif
		message_leave(t);
		last = begin_leaving(p);
		if (last)
			handle_table_destroy(&p->handles); /* before the purge: who waits for this server learns it at once */
		give_up_vmspace(t);
#ifdef BUG_TOUCH_AFTER_PURGE /* asterinas #1433: clear_child_tid is written when the memory is gone */
		user_duties(t);
#endif
		if (last)
			leave_process(p);
	}
#ifdef BUG_STACK_FREED_LIVE /* phoenix PR 809: the next thread that is made gets the stack under our feet */
	kstack_free(t->kstack);
#endif
	preempt_disable(); /* from DEAD on there is no way back to this thread */
	__atomic_store_n(&t->state, THREAD_DEAD, __ATOMIC_SEQ_CST);
	schedule();
	panic("dead thread %d ran again", t->tid);
}

void process_exit(int status)
{
	uint64_t flags = spin_lock_irq(&process_lock);

	process_kill(current()->process, status);
	spin_unlock_irq(&process_lock, flags);
#ifdef BUG_EXIT_UNPREEMPTIBLE /* our own: the way out begins where it may not sleep */
	preempt_disable();
#endif
	thread_exit();
}

void process_exit_signal(int sig)
{
	process_exit(sig);
}

/* E7; process_lock held. */
static void make_zombie(struct process *p)
{
	ASSERT_RULE("E7", p->on_cpu == 0 && TAILQ_EMPTY(&p->threads)); /* all have walked E1 to E6 */
	p->zombie = true;
	processes_live--;
	oom_process_gone(p);
	signal_post(p->parent, SIGCHLD);
	process_wake(p->parent); /* in wait: either takes it, or learns that there are no more */
	if (p->parent->actions.no_zombies && p->parent != init_process) {
		give_to_init(p);
		signal_post(init_process, SIGCHLD); /* it serves, and waits only when it is told */
		process_wake(init_process);
	}
}

void exit_finish(struct thread *dead)
{
	struct process *p = dead->process;
	struct curfew_rusage usage;
	uint64_t flags;

	if (!p) {
		thread_free(dead);
		return;
	}
	usage = thread_usage(dead);
	flags = spin_lock_irq(&process_lock);
	TAILQ_REMOVE(&p->threads, dead, proc_link);
	threads_live--;
	usage_add(&p->usage, &usage);
	spin_unlock_irq(&process_lock, flags);

	thread_free(dead); /* E8, and before anyone can see the zombie (E7) */

	flags = spin_lock_irq(&process_lock);
	p->on_cpu--;
#ifdef BUG_ZOMBIE_EARLY /* our own: counts those that began to leave, one of whom may still purge */
	if (p->n_threads == 0)
#else
	if (p->on_cpu == 0)
#endif
		make_zombie(p);
	spin_unlock_irq(&process_lock, flags);
}
