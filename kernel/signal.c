/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: whom they go to, and what becomes of them.  See signal.h for the idea; how a thread's registers get on
 * its stack and back is in arch/arm64/upcall.c.
 *
 * Against a sleep: poke() sets TW_SIGNAL and then looks whether the thread sleeps so that it may be woken; wait_sleep()
 * says that it sleeps and then looks at the flag.  Against exit and kill: TW_KILL is looked at first on the way to EL0, and nothing is
 * sent to a process that is dying.
 */
#include <signal.h>
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

#define BIT(sig)    (1u << (sig))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))

bool signal_sendable(uint32_t sig)
{
	return sig == 0 || (sig < 32 && !(CURFEW_SIGNALS_STOP & BIT(sig)));
}

/* Those that do nothing to it. */
static uint32_t silent(const struct signal_actions *a)
{
	return a->ignored | ((uint32_t)CURFEW_SIGNALS_NOTHING & ~a->handled);
}

bool signal_kills(const struct process *p, uint32_t sig)
{
	return sig && !((silent(&p->actions) | p->actions.handled) & BIT(sig));
}

/* Flag first, then the look at killable: pairs with wait_sleep(). */
static void poke(struct thread *t)
{
	__atomic_fetch_or(&t->head.work, TW_SIGNAL, __ATOMIC_SEQ_CST);
	if (t == current())
		return;
	if (__atomic_load_n(&t->killable, __ATOMIC_SEQ_CST) == WAIT_INTERRUPTIBLE)
		sched_wake(t);
	sched_poke(t);
}

static bool accepts(const struct thread *t, uint32_t bit)
{
	return (t->awaited | ~t->blocked) & bit;
}

/* Who acts on it; the current thread before others, so that what it sends to its own process has come when the call returns. */
static struct thread *choose(struct process *p, uint32_t bit)
{
	struct thread *t = current();

	if (t->process == p && accepts(t, bit))
		return t;
	TAILQ_FOREACH(t, &p->threads, proc_link)
		if (accepts(t, bit))
			return t;
	return NULL;
}

/* No thread need do this.  Nothing ends init but itself. */
static void end(struct process *p, int sig)
{
	if (p != init_process)
		process_kill(p, sig);
}

void signal_post(struct process *p, int sig)
{
	uint32_t bit = BIT(sig);
	struct thread *t;

	DEBUG_ASSERT(spin_held(&process_lock));
	if (!sig || p->dying)
		return;
	if (sig == SIGKILL) {
		end(p, sig);
		return;
	}
	t = choose(p, bit);
	if (!t) {
		p->pending |= bit;
	} else if ((t->awaited | p->actions.handled) & bit) {
		t->assigned |= bit;
		poke(t);
	} else if (!(silent(&p->actions) & bit)) {
		end(p, sig);
	}
}

void signal_direct(struct thread *t, int sig)
{
	struct process *p = t->process;
	uint32_t bit = BIT(sig);

	if (!sig || p->dying)
		return;
	if (sig != SIGKILL && (t->blocked | t->awaited | p->actions.handled) & bit) {
		t->directed |= bit;
		if (accepts(t, bit))
			poke(t);
	} else if (!(silent(&p->actions) & bit)) {
		end(p, sig);
	}
}

void signal_set_actions(struct process *p, const struct signal_actions *actions)
{
	uint32_t gone = silent(actions) & ~silent(&p->actions);
	struct thread *t;

	p->actions = *actions;
	p->pending &= ~gone;
	TAILQ_FOREACH(t, &p->threads, proc_link) {
		t->directed &= ~gone;
		t->assigned &= ~gone;
	}
}

void signal_exec(struct process *p)
{
	p->actions = (struct signal_actions){
		.ignored = p->actions.ignored,
		.no_zombies = p->actions.no_zombies && p->actions.ignored & BIT(SIGCHLD),
	};
	current()->stack_size = 0;
}

/* What the current thread is to act on now; TW_SIGNAL says whether there is anything. */
static uint32_t ready(struct thread *t)
{
	uint32_t set = (t->directed | t->assigned) & ~t->blocked;

	if (set)
		__atomic_fetch_or(&t->head.work, TW_SIGNAL, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&t->head.work, ~TW_SIGNAL, __ATOMIC_SEQ_CST);
	return set;
}

void signal_set_blocked(uint32_t mask)
{
	struct thread *t = current();
	struct process *p = t->process;
	uint32_t take, back;

	DEBUG_ASSERT(spin_held(&process_lock) && !t->awaited);
	t->blocked = mask & ~UNBLOCKABLE;
	back = t->assigned & t->blocked;
	t->assigned &= ~back;
	for (; back; back &= back - 1)
		signal_post(p, __builtin_ctz(back));

	take = p->pending & ~t->blocked;
	p->pending &= ~take;
	t->assigned |= take & ~silent(&p->actions);
	t->directed &= ~(silent(&p->actions) & ~t->blocked);
	ready(t);
}

void signal_leave(void)
{
	struct thread *t = current();

	if (t->assigned)
		signal_set_blocked(~0u);
	t->blocked = ~0u;
}

/* --- handlers --- */

/* The current thread is to run its handler: all are blocked from here on. */
static struct upcall begin(uint32_t sig)
{
	struct thread *t = current();
	const struct signal_actions *a = &t->process->actions;
	struct upcall u = {
		.entry = a->entry,
		.signal = sig,
		.mask = t->suspended ? t->saved_blocked : t->blocked,
		.blocked = t->blocked,
	};

	if (a->on_stack & BIT(sig)) {
		u.stack_base = t->stack_base;
		u.stack_size = t->stack_size;
	}
	t->suspended = false;
	signal_set_blocked(~0u);
	return u;
}

/* No lock held: the stack may have to grow. */
static void run(struct trapframe *f, const struct upcall *u)
{
	if (upcall_push(f, u) == 0)
		return;
	count(FAULT_KILL);
	kprintf("%s[%d]: no room for the frame of signal %u at sp %lx\n", current()->process->name, current()->tid,
		u->signal, f->sp);
	process_exit_signal(SIGSEGV);
}

bool signal_fault(struct trapframe *f, uint32_t sig, uint64_t address, uint64_t syndrome)
{
	struct thread *t = current();
	struct process *p = t->process;
	uint64_t flags = spin_lock_irq(&process_lock);
	bool handled = !p->dying && p->actions.handled & ~t->blocked & BIT(sig);
	struct upcall u;

	if (handled)
		u = begin(sig);
	spin_unlock_irq(&process_lock, flags);
	if (!handled)
		return false;
	u.code = CURFEW_SIGNAL_FAULT;
	u.address = address;
	u.syndrome = syndrome;
	run(f, &u);
	return true;
}

/* Takes the next signal that does something off the current thread; 0: there is none. */
static uint32_t take_next(struct thread *t)
{
	struct process *p = t->process;
	uint32_t set, bit;

	for (;;) {
		set = ready(t);
		if (p->dying)
			return 0;
		if (!set && t->suspended) {
			t->suspended = false;
			signal_set_blocked(t->saved_blocked);
			set = ready(t);
		}
		if (!set)
			return 0;
		bit = set & -set;
		if (t->directed & bit)
			t->directed &= ~bit;
		else
			t->assigned &= ~bit;
		if (p->actions.handled & bit || (!(silent(&p->actions) & bit) && p != init_process))
			return __builtin_ctz(bit);
	}
}

void signal_deliver(struct trapframe *f)
{
	struct thread *t = current();
	uint64_t flags = spin_lock_irq(&process_lock);
	uint32_t sig = take_next(t);
	bool handled = sig && t->process->actions.handled & BIT(sig);
	struct upcall u;

	if (handled)
		u = begin(sig);
	spin_unlock_irq(&process_lock, flags);
	if (handled)
		run(f, &u);
	else if (sig)
		process_exit_signal(sig);
}

/* --- sleeping for signals --- */

/* Whether the current thread has something to act on, or is to leave. */
static bool is_interrupted(void)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	bool yes = ready(current()) || thread_killed();

	spin_unlock_irq(&process_lock, flags);
	return yes;
}

int signal_suspend(uint32_t mask)
{
	struct thread *t = current();
	uint64_t flags = spin_lock_irq(&process_lock);

	t->saved_blocked = t->blocked;
	t->suspended = true;
	signal_set_blocked(mask);
	spin_unlock_irq(&process_lock, flags);
	do {
		wait_until(TIME_FOREVER, WAIT_INTERRUPTIBLE);
	} while (!is_interrupted());
	return -EINTR; /* signal_deliver() sees `suspended`: TW_SIGNAL is set */
}

/* Takes a signal of the set that is pending for the current thread or its process; 0: none is. */
static int take_one(struct thread *t, uint32_t set)
{
	struct process *p = t->process;
	uint32_t bit = (t->directed | t->assigned | p->pending) & set;

	if (!bit)
		return 0;
	bit &= -bit;
	if (t->directed & bit)
		t->directed &= ~bit;
	else if (t->assigned & bit)
		t->assigned &= ~bit;
	else
		p->pending &= ~bit;
	return __builtin_ctz(bit);
}

int signal_wait(uint32_t set, uint64_t deadline)
{
	struct thread *t = current();
	uint64_t flags;
	int result = 0, taken;

	for (;;) {
		flags = spin_lock_irq(&process_lock);
		t->awaited = 0;
		taken = take_one(t, set);
		signal_set_blocked(t->blocked); /* others that came for its sake go on */
		if (taken)
			result = taken;
		else if (result == -EINTR && !ready(t) && !thread_killed())
			result = 0;
		if (!result)
			t->awaited = set;
		spin_unlock_irq(&process_lock, flags);
		if (result)
			return result;
		result = wait_until(deadline, WAIT_INTERRUPTIBLE);
		if (!result)
			result = -ETIMEDOUT;
	}
}
