/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler.  See sched.h for the idea.  In short:
 *
 *   - the run queue's lock is held from the decision to switch until the next thread has released it in
 *     finish_switch(), so nobody sees a thread half switched;
 *   - a switch loads the next thread's address space, or parks this CPU on the zero table if it has none (E3: no lazy TLB);
 *   - waking prefers the CPU where the thread last ran, then an idle one; a CPU with nothing to do steals;
 *   - the timer is set only while a thread waits for the CPU: for the end of the slice, or sooner to hand a
 *     waiting thread to an idle CPU (SPREAD_NS).
 */
#include "arch/arm64/devices.h"
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/fp.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/seed.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/pmap.h"
#include "mm/vmspace.h"

/* Bit n: CPU n runs its idle thread and has not been given work yet. */
static uint64_t idle_cpus;

void thread_begin_user(struct thread *prev);
void thread_begin_message(struct thread *prev);
_Noreturn void thread_begin_kernel(struct thread *prev);

static inline uint64_t bit(unsigned n)
{
	return 1ull << n;
}

void sched_init_cpu(struct percpu *cpu)
{
	for (unsigned p = 0; p < PRIORITIES; p++)
		TAILQ_INIT(&cpu->rq.queue[p]);
	cpu->rq.running = cpu->idle;
	timeouts_init(cpu);
}

/* --- the queue itself; its lock is held --- */

static void enqueue(struct runqueue *rq, struct thread *t, bool front)
{
	if (front)
		TAILQ_INSERT_HEAD(&rq->queue[t->priority], t, rq_link);
	else
		TAILQ_INSERT_TAIL(&rq->queue[t->priority], t, rq_link);
	rq->ready |= 1u << t->priority;
	rq->count++;
	t->queued = true;
}

static void dequeue(struct runqueue *rq, struct thread *t)
{
	TAILQ_REMOVE(&rq->queue[t->priority], t, rq_link);
	if (TAILQ_EMPTY(&rq->queue[t->priority]))
		rq->ready &= ~(1u << t->priority);
	rq->count--;
	t->queued = false;
}

static unsigned top_priority(const struct runqueue *rq)
{
	return 31 - __builtin_clz(rq->ready);
}

static inline void set_work(struct thread *t, uint32_t work)
{
	__atomic_fetch_or(&t->head.work, work, __ATOMIC_SEQ_CST);
}

/*
 * When this CPU's timer must fire for scheduling: own CPU, lock held.  Never while a switch is due already: a timer in the
 * past would interrupt again and again before the code that forbids the switch could get to its end.  The hardware is
 * told by timeout_program(), when the lock is released: with SEED a CPU's turn ends where the timer is set, and another
 * that wants the lock would find it taken each time it comes to look.
 */
static void arm_slice(struct percpu *cpu, uint64_t now)
{
	struct runqueue *rq = &cpu->rq;
	struct thread *t = rq->running;
	uint64_t end = TIME_FOREVER;

	if (t != cpu->idle && !(t->head.work & TW_RESCHED))
		end = seed_turn_end(now);
	if (rq->count && t != cpu->idle && !(t->head.work & TW_RESCHED)) {
		if (rq->ready & 1u << t->priority && t->run_start + t->slice_left < end)
			end = t->run_start + t->slice_left;
		if (__atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) && now + SPREAD_NS < end)
			end = now + SPREAD_NS;
	}
	cpu->timeouts.slice_end = end;
}

/* --- switching --- */

static struct percpu *choose(struct thread *t);
static void place(struct percpu *cpu, struct thread *t);

/* May not stay on the CPU where it runs, or just ran: it goes elsewhere as soon as it is off it. */
static bool misplaced(const struct thread *t)
{
	return t->state == THREAD_RUNNABLE && !(t->affinity & bit(t->head.percpu->id));
}

/*
 * First thing on the new thread's stack: the old one is wholly off.  What is to be known of it is read before the lock is
 * released: from then on it may run, and even end, elsewhere.  Returns it if it is dead.
 */
static struct thread *finish_switch(struct thread *prev)
{
	struct percpu *cpu = current()->head.percpu, *target;
	bool dead = prev->state == THREAD_DEAD;

	check_switched();
	if (prev != cpu->idle && misplaced(prev)) {
		target = choose(prev);
		__atomic_store_n(&prev->head.percpu, target, __ATOMIC_RELAXED);
		spin_release(&cpu->rq.lock);
		place(target, prev);
	} else {
		spin_release(&cpu->rq.lock);
	}
	timeout_program();
	return dead ? prev : NULL;
}

static void leave(struct thread *prev)
{
	if (prev->process && prev->state != THREAD_DEAD) {
		fp_leave(prev);
		prev->tpidr_el0 = read_sysreg(tpidr_el0);
	}
}

static void enter(struct thread *next)
{
#ifdef BUG_LAZY_IDLE /* 9front, comment at putasid(): an idle CPU stays on the root of a process that exits elsewhere */
	if (next == next->head.percpu->idle)
		return;
#endif
	pmap_switch(next->vmspace ? &next->vmspace->pmap : NULL);
	DEBUG_ASSERT_RULE("I2", pmap_is_loaded(next->vmspace ? &next->vmspace->pmap : NULL));
	if (next->process) {
		fp_enter(next);
		write_sysreg(next->tpidr_el0, tpidr_el0);
	}
}

static struct thread *pick(struct percpu *cpu)
{
	struct runqueue *rq = &cpu->rq;
	struct thread *t;

	if (!rq->ready)
		return cpu->idle;
	t = TAILQ_FIRST(&rq->queue[top_priority(rq)]);
	dequeue(rq, t);
	return t;
}

/* The running thread's stretch is over.  True: its slice, too. */
static inline bool charge(struct thread *t, uint64_t now)
{
	uint64_t ran = now - t->run_start;
	bool whole = ran >= t->slice_left;

	t->slice_left = whole ? SLICE_NS : t->slice_left - ran;
	return whole;
}

/* Charges the thread that ran, and puts it back where it belongs. */
static void put_back(struct percpu *cpu, struct thread *t, uint64_t now)
{
	uint64_t stamp = read_sysreg(cntvct_el0);
	bool whole = charge(t, now);

	t->system_ticks += stamp - t->stamp;
	t->stamp = stamp;
	if (t == cpu->idle)
		return;
	if (__atomic_load_n(&t->state, __ATOMIC_SEQ_CST) == THREAD_RUNNABLE && !misplaced(t))
		enqueue(&cpu->rq, t, !whole);
}

/* Decides who runs next on this CPU; its run queue is locked.  Interrupts masked, preemption off. */
static struct thread *choose_next(struct percpu *cpu, struct thread *prev)
{
	struct thread *next;
	uint64_t now = timer_now();

	__atomic_fetch_and(&prev->head.work, ~TW_RESCHED, __ATOMIC_RELAXED);
	put_back(cpu, prev, now);
	next = pick(cpu);
	next->run_start = now;
	cpu->rq.running = next;
	if (next == cpu->idle)
		__atomic_fetch_or(&idle_cpus, bit(cpu->id), __ATOMIC_RELAXED);
	else if (prev == cpu->idle)
		__atomic_fetch_and(&idle_cpus, ~bit(cpu->id), __ATOMIC_RELAXED);
	arm_slice(cpu, now);
	return next;
}

/* All that a switch needs but for the stack. */
static void change(struct percpu *cpu, struct thread *prev, struct thread *next)
{
	count(SCHED_SWITCH);
	leave(prev);
	if (prev->process && !prev->vmspace && cpu->active_pmap)
		protocol_entered(WINDOW_PARK_PREEMPT);
	check_switch(prev, next);
	enter(next);
}

void schedule(void)
{
	uint64_t flags = irq_save();
	struct thread *prev = current(), *next, *dead;
	struct percpu *cpu = prev->head.percpu;

	preempt_disable();
	DEBUG_ASSERT(prev->head.preempt_count <= 2);
	spin_acquire(&cpu->rq.lock);
	next = choose_next(cpu, prev);
	if (next == prev) {
		spin_release(&cpu->rq.lock);
		timeout_program();
	} else {
		change(cpu, prev, next);
		dead = finish_switch(context_switch(prev, next));
		/* From here on this thread runs again, maybe elsewhere. */
		current()->stamp = read_sysreg(cntvct_el0);
		irq_restore(flags);
		if (dead)
			exit_finish(dead);
		preempt_enable();
		return;
	}
	irq_restore(flags);
	preempt_enable();
}

void schedule_resume(void)
{
	struct thread *prev = current(), *next;
	struct percpu *cpu = prev->head.percpu;

	DEBUG_ASSERT(irqs_disabled() && prev->head.preempt_count == 1);
	spin_acquire(&cpu->rq.lock);
	next = choose_next(cpu, prev);
	if (next != prev)
		change(cpu, prev, next);
	context_switch_resume(prev, next, thread_user_frame(prev));
}

/* First C code on a fresh stack: of a new thread, or of one that slept in a message.  Interrupts masked, preempt_count 1. */
static void begin(struct thread *prev)
{
	struct thread *dead = NULL;

	if (prev != current()) {
		dead = finish_switch(prev);
	} else { /* it was woken before it was off its CPU */
		spin_release(&prev->head.percpu->rq.lock);
		timeout_program();
	}

	current()->stamp = read_sysreg(cntvct_el0);
	irq_enable();
	if (dead)
		exit_finish(dead);
	preempt_enable();
}

void thread_begin_user(struct thread *prev)
{
	begin(prev);
	irq_disable();
	if (current()->head.work)
		user_work(thread_user_frame(current()));
	current()->stamp = read_sysreg(cntvct_el0);
}

void thread_begin_message(struct thread *prev)
{
	begin(prev);
	message_resumed();
	irq_disable();
	if (current()->head.work)
		user_work(thread_user_frame(current()));
	current()->stamp = read_sysreg(cntvct_el0);
}

void thread_begin_kernel(struct thread *prev)
{
	struct thread *t = current();

	begin(prev);
	t->start(t->start_arg);
	thread_exit();
}

void preempt_reschedule(void)
{
	if (!irqs_disabled())
		sched_preempt();
}

void sched_preempt(void)
{
	current()->involuntary++;
	count(SCHED_PREEMPT);
	schedule();
}

/* The timer stays as it is set: nobody is queued who may run while next does; a slice that ends meanwhile is nobody's. */
bool sched_preempt_by(struct percpu *cpu, struct thread *t, struct thread *next)
{
	uint64_t now;

	if (next->head.percpu != cpu || next->state != THREAD_SLEEPING || next->priority <= t->priority ||
	    cpu->rq.ready >> next->priority || __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&t->head.work, __ATOMIC_RELAXED))
		return false;
	now = timer_now();
	enqueue(&cpu->rq, t, !charge(t, now));
	t->involuntary++;
	next->run_start = now;
	next->slice_left = SLICE_NS;
	return true;
}

void sched_yield(void)
{
	current()->slice_left = 0; /* to the end of its queue; a preemption in between only does that sooner */
	schedule();
}

/* --- waking and placing --- */

/* A queued thread is new on `cpu`, whose lock is held and whose number is not this one's perhaps: tell it if it matters. */
static void notify(struct percpu *cpu, struct thread *t)
{
	struct thread *running = cpu->rq.running;
	bool here = cpu == this_cpu();
	bool better = running == cpu->idle || t->priority > running->priority;

	if (better) {
		set_work(running, TW_RESCHED);
		if (running == cpu->idle)
			__atomic_fetch_and(&idle_cpus, ~bit(cpu->id), __ATOMIC_RELAXED);
	}
	if (here)
		arm_slice(cpu, timer_now());
	else if (better || t->priority == running->priority || cpu->rq.count == 1)
		ipi_send(cpu->id, IPI_RESCHEDULE); /* it switches, or sets its timer */
}

/* Queues a thread that is nowhere, on `cpu` or where its affinity allows if that has changed.  Interrupts masked. */
static void place(struct percpu *cpu, struct thread *t)
{
	t->slice_left = SLICE_NS;
	spin_acquire(&cpu->rq.lock);
	while (!(t->affinity & bit(cpu->id))) {
		struct percpu *other = choose(t);

		__atomic_store_n(&t->head.percpu, other, __ATOMIC_RELAXED);
		spin_release(&cpu->rq.lock);
		cpu = other;
		spin_acquire(&cpu->rq.lock);
	}
	enqueue(&cpu->rq, t, false);
	notify(cpu, t);
	spin_release(&cpu->rq.lock);
	timeout_program();
}

/* Where a thread that becomes runnable goes: lock of its present queue held. */
static struct percpu *choose(struct thread *t)
{
	uint64_t idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) & t->affinity;
	struct percpu *last = t->head.percpu;

	if (idle & bit(last->id))
		return last;
	if (idle)
		return percpu_all[__builtin_ctzll(idle)];
	if (t->affinity & bit(last->id))
		return last;
	return percpu_all[__builtin_ctzll(t->affinity)];
}

/* Locks the queue that t belongs to; interrupts masked. */
static struct percpu *lock_queue_of(struct thread *t)
{
	for (;;) {
		struct percpu *cpu = __atomic_load_n(&t->head.percpu, __ATOMIC_RELAXED);

		spin_acquire(&cpu->rq.lock);
		if (cpu == __atomic_load_n(&t->head.percpu, __ATOMIC_RELAXED))
			return cpu;
		spin_release(&cpu->rq.lock);
	}
}

void sched_wake(struct thread *t)
{
	uint64_t flags = irq_save();
	struct percpu *cpu, *target;

	preempt_disable();
	cpu = lock_queue_of(t);
	if (__atomic_load_n(&t->state, __ATOMIC_SEQ_CST) != THREAD_SLEEPING) {
		spin_release(&cpu->rq.lock);
	} else {
		__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
		if (cpu->rq.running == t) {
			/* Not switched out yet: schedule() will see that it need not. */
			spin_release(&cpu->rq.lock);
		} else {
			target = choose(t);
			__atomic_store_n(&t->head.percpu, target, __ATOMIC_RELAXED);
			spin_release(&cpu->rq.lock);
			place(target, t);
		}
	}
	irq_restore(flags);
	preempt_enable();
}

/*
 * Own CPU, lock held: t goes on in front of its queue, in the rest of the slice of the current thread, which goes on without
 * a switch perhaps.  A slice that is used up is nobody's: whoever waits behind had their turn never, if two that call each
 * other each time began a new one.
 */
static void give_rest(struct percpu *cpu, struct thread *t)
{
	struct thread *self = current();
	uint64_t now = timer_now(), ran = now - self->run_start;
	bool rest = ran < self->slice_left;

	t->slice_left = rest ? self->slice_left - ran : SLICE_NS;
	enqueue(&cpu->rq, t, rest);
	if (t->priority > self->priority)
		set_work(self, TW_RESCHED);
	arm_slice(cpu, now);
}

void sched_wake_next(struct thread *t)
{
	uint64_t flags = irq_save();
	struct percpu *cpu, *here;
	bool now = false;

	preempt_disable();
	cpu = lock_queue_of(t);
	here = this_cpu();
	if (__atomic_load_n(&t->state, __ATOMIC_SEQ_CST) == THREAD_SLEEPING && cpu->rq.running != t &&
	    t->affinity & bit(here->id)) {
		__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
		__atomic_store_n(&t->head.percpu, here, __ATOMIC_RELAXED);
		now = true;
	}
	spin_release(&cpu->rq.lock);
	if (now) {
		spin_acquire(&here->rq.lock);
		give_rest(here, t); /* affinity that changes now is looked at by its next switch */
		spin_release(&here->rq.lock);
		timeout_program();
	}
	irq_restore(flags);
	preempt_enable();
	if (!now)
		sched_wake(t);
}

/* It can be found already, by its number: so it is moved here as any thread is, under the lock of where it was. */
void sched_start(struct thread *t)
{
	uint64_t flags = irq_save();
	struct percpu *was, *cpu;

	preempt_disable();
	was = lock_queue_of(t);
	cpu = this_cpu();
	if (!(t->affinity & bit(cpu->id)))
		cpu = percpu_all[__builtin_ctzll(t->affinity)];
	__atomic_store_n(&t->head.percpu, cpu, __ATOMIC_RELAXED);
	spin_release(&was->rq.lock);
	place(cpu, t);
	irq_restore(flags);
	preempt_enable();
}

void sched_poke(struct thread *t)
{
	uint64_t flags = irq_save();
	struct percpu *cpu;

	preempt_disable();
	cpu = lock_queue_of(t);
	if (cpu->rq.running == t && cpu != this_cpu()) {
		protocol_entered(WINDOW_KILL_RUNNING);
		ipi_send(cpu->id, IPI_RESCHEDULE);
	}
	spin_release(&cpu->rq.lock);
	irq_restore(flags);
	preempt_enable();
}

void sched_set_priority(struct thread *t, unsigned priority)
{
	uint64_t flags = irq_save();
	struct percpu *cpu;

	preempt_disable();
	cpu = lock_queue_of(t);
	if (t->queued) {
		dequeue(&cpu->rq, t);
		t->priority = priority;
		enqueue(&cpu->rq, t, false);
		notify(cpu, t);
	} else {
		t->priority = priority;
		if (cpu->rq.running == t && cpu->rq.ready) {
			if (top_priority(&cpu->rq) > priority)
				set_work(t, TW_RESCHED);
			if (cpu == this_cpu())
				arm_slice(cpu, timer_now());
			else
				ipi_send(cpu->id, IPI_RESCHEDULE);
		}
	}
	spin_release(&cpu->rq.lock);
	timeout_program();
	irq_restore(flags);
	preempt_enable();
}

/* Moves a queued thread at once, a running one at its next switch, which is asked for; a sleeping one is placed by its next wake. */
void sched_set_affinity(struct thread *t, uint64_t mask)
{
	uint64_t flags = irq_save();
	struct percpu *cpu, *target = NULL;

	preempt_disable();
	cpu = lock_queue_of(t);
	t->affinity = mask;
	if (!(mask & bit(cpu->id)) && t->queued) {
		dequeue(&cpu->rq, t);
		target = choose(t);
		__atomic_store_n(&t->head.percpu, target, __ATOMIC_RELAXED);
	} else if (!(mask & bit(cpu->id)) && cpu->rq.running == t) {
		set_work(t, TW_MIGRATE);
		if (cpu != this_cpu())
			ipi_send(cpu->id, IPI_RESCHEDULE);
	} else if (!(mask & bit(cpu->id)) && t->state == THREAD_SLEEPING) {
		/* So the CPU of a thread that sleeps always may run it: message_fast.c */
		__atomic_store_n(&t->head.percpu, percpu_all[__builtin_ctzll(mask)], __ATOMIC_RELAXED);
	}
	spin_release(&cpu->rq.lock);
	if (target)
		place(target, t);
	irq_restore(flags);
	preempt_enable();
}

/* finish_switch() sends it on. */
void sched_migrate(void)
{
	__atomic_fetch_and(&current()->head.work, ~TW_MIGRATE, __ATOMIC_RELAXED);
	schedule();
}

/* --- idle CPUs --- */

/* Takes one thread from another CPU's queue to this one's; interrupts masked. */
static bool steal(struct percpu *me)
{
	struct thread *t;

	unsigned start = seed_below(cpus_online);

	for (unsigned i = 0; i < cpus_online; i++) {
		struct percpu *victim = percpu_all[(me->id + 1 + start + i) % cpus_online];

		if (victim == me || !__atomic_load_n(&victim->rq.count, __ATOMIC_RELAXED))
			continue;
		spin_acquire(&victim->rq.lock);
		t = NULL;
		for (unsigned p = PRIORITIES; p-- > 0 && !t;)
			TAILQ_FOREACH_REVERSE(t, &victim->rq.queue[p], thread_queue, rq_link)
				if (t->affinity & bit(me->id))
					break;
		if (t) {
			dequeue(&victim->rq, t);
			__atomic_store_n(&t->head.percpu, me, __ATOMIC_RELAXED);
		}
		spin_release(&victim->rq.lock);
		if (t) {
			count(SCHED_STEAL);
			place(me, t);
			return true;
		}
	}
	return false;
}

void sched_idle_loop(void)
{
	struct percpu *cpu = this_cpu();

	__atomic_fetch_or(&idle_cpus, bit(cpu->id), __ATOMIC_RELAXED);
	current_head()->preempt_count = 0;
	for (;;) {
		irq_disable();
		if (!cpu->rq.count)
			steal(cpu);
		if (cpu->rq.count || current_head()->work & TW_RESCHED) {
			schedule();
		} else {
			/* An interrupt that comes now ends the WFI though it is masked, and is taken below. */
			cpu_wfi();
		}
		irq_enable();
	}
}

/* Timer or reschedule interrupt: the slice may be over; others may be idle while threads wait here. */
void sched_tick(void)
{
	struct percpu *cpu = this_cpu();
	struct thread *t = current();
	uint64_t now = timer_now(), idle;

	spin_acquire(&cpu->rq.lock);
	if (cpu->rq.count) {
		if (t != cpu->idle && seed_preempt())
			t->slice_left = 0;
		if (now - t->run_start >= t->slice_left && cpu->rq.ready >> t->priority)
			set_work(t, TW_RESCHED);
		idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) & ~bit(cpu->id) &
		       TAILQ_FIRST(&cpu->rq.queue[top_priority(&cpu->rq)])->affinity;
		if (idle && now >= cpu->timeouts.slice_end)
			ipi_send(__builtin_ctzll(idle), IPI_RESCHEDULE);
	}
	arm_slice(cpu, now);
	spin_release(&cpu->rq.lock);
	timeout_program();
}
