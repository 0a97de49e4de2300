/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rendezvous: see rendezvous.h.
 *
 *   caller: close the door; IPI_HOLD to all; wait until all are in     IPI handler: in++; wait for the door; ISB; in--
 *           mask interrupts; fn(arg); open the door; IPI_HOLD to all; wait until all are out
 *
 * The second IPI ends the WFI in which they wait: it is masked there, taken later, and finds the door open, or the next one closed,
 * which is as good as its own IPI; unless this very CPU has closed it (rendezvous_calls()).
 *
 * It cannot deadlock: a CPU that has interrupts masked waits for a spinlock at most, whose holder has them masked too, so
 * is not held here; one that waits in smp_call() has them on.  Who is held holds no spinlock, so fn and what interrupts
 * the caller while it waits find all of them free.  A panic elsewhere ends every wait: its IPI_STOP is masked here, so
 * the loops look at `panicking`.
 *
 * From "in" to "out" a held CPU executes the loop below and nothing else: text and `shared` are in the image, whose table of 4 KiB pages
 * is final, and kernel stacks are mapped by pages of their own.  No counter, no current(), no hook of the checker.
 */
#include "kernel/rendezvous.h"
#include "arch/arm64/devices.h"
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/panic.h"
#include "kernel/percpu.h"
#include "kernel/thread.h"
#include "mm/check.h"

static struct mutex rendezvous_lock = { .waiters = TAILQ_HEAD_INITIALIZER(rendezvous_lock.waiters) };

/* Between the two steps of a held CPU: this page of its own, text, and the stack. */
static union {
	struct {
		uint32_t door;          /* (a) odd: closed; changed by the caller, who has the lock */
		uint32_t in;            /* (a) CPUs between their two steps */
		uint32_t caller;        /* (a) the CPU that closed the door */
		struct thread stand_in; /* current() of the caller's CPU while fn runs */
	};
	char page[PAGE_SIZE];
} shared __attribute__((aligned(PAGE_SIZE)));

_Static_assert(sizeof(shared) == PAGE_SIZE, "what a held CPU touches is one page");

static void wait_for(unsigned in)
{
	while (__atomic_load_n(&shared.in, __ATOMIC_ACQUIRE) != in) { /* pairs with rendezvous_hold() */
		if (__atomic_load_n(&panicking, __ATOMIC_RELAXED))
			panic_stop();
		cpu_relax();
	}
}

bool rendezvous_calls(unsigned cpu)
{
	return __atomic_load_n(&shared.door, __ATOMIC_ACQUIRE) & 1 && __atomic_load_n(&shared.caller, __ATOMIC_RELAXED) == cpu;
}

void rendezvous_hold(void)
{
	uint32_t door = __atomic_load_n(&shared.door, __ATOMIC_ACQUIRE);

	if (!(door & 1))
		return;
	__atomic_fetch_add(&shared.in, 1, __ATOMIC_RELEASE); /* pairs with wait_for(): what this CPU did is before fn */
	while (__atomic_load_n(&shared.door, __ATOMIC_ACQUIRE) == door) { /* pairs with turn_door() */
		if (__atomic_load_n(&panicking, __ATOMIC_RELAXED))
			panic_stop();
		cpu_relax(); /* where CPUs take turns this ends the turn; WFI does not while an interrupt is pending */
		cpu_wfi();
	}
	isb(); /* what fn changed holds for the instructions after; all is whole again */
	check_isb(0, 0);
	__atomic_fetch_sub(&shared.in, 1, __ATOMIC_RELEASE);
}

static void turn_door(void)
{
	__atomic_store_n(&shared.door, shared.door + 1, __ATOMIC_RELEASE); /* pairs with rendezvous_hold() */
	if (cpus_online > 1)
		ipi_send_others(IPI_HOLD);
}

/* Not to be mixed with other code: the compiler may read TPIDR_EL1 where it likes, because for one flow of code it never changes. */
static __attribute__((noipa)) void call_as(struct thread *stand_in, struct thread *self, void (*fn)(void *), void *arg)
{
	cpu_set_current(stand_in);
	fn(arg);
	cpu_set_current(self);
}

void rendezvous(void (*fn)(void *arg), void *arg)
{
	struct thread *self = current();
	uint64_t flags;

	ASSERT(self->head.preempt_count == 0);
	MUTEX_GUARD(&rendezvous_lock);
	preempt_disable();
	__atomic_store_n(&shared.caller, this_cpu()->id, __ATOMIC_RELAXED);
	turn_door();
	wait_for(cpus_online - 1);
	flags = irq_save();
	shared.stand_in.head = (struct thread_head){ .percpu = self->head.percpu, .preempt_count = 1 };
	shared.stand_in.tid = self->tid;
	call_as(&shared.stand_in, self, fn, arg);
	turn_door();
	irq_restore(flags);
	wait_for(0);
	preempt_enable();
}
