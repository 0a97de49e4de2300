/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts between CPUs: look at your queue, stop, run a function on every CPU, and stand still (rendezvous.c).
 */
#include "arch/arm64/devices.h"
#include "kernel/ipi.h"
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/panic.h"
#include "kernel/percpu.h"
#include "kernel/rendezvous.h"

static struct mutex call_lock = { .waiters = TAILQ_HEAD_INITIALIZER(call_lock.waiters) };
static void (*call_function)(void); /* call_lock */
static uint32_t call_pending;       /* CPUs that have not run it yet */

void smp_call(void (*fn)(void))
{
	uint64_t flags;

	MUTEX_GUARD(&call_lock);
	preempt_disable();
	call_function = fn;
	__atomic_store_n(&call_pending, cpus_online - 1, __ATOMIC_RELEASE);
	ipi_send_others(IPI_CALL);
	flags = irq_save();
	fn();
	irq_restore(flags);
	while (__atomic_load_n(&call_pending, __ATOMIC_ACQUIRE)) /* pairs with ipi_handle() */
		cpu_relax();
	preempt_enable();
}

void ipi_handle(unsigned ipi)
{
	switch (ipi) {
	case IPI_RESCHEDULE:
		sched_tick();
		break;
	case IPI_STOP:
		panic_stop();
	case IPI_CALL:
		call_function();
		__atomic_fetch_sub(&call_pending, 1, __ATOMIC_RELEASE);
		break;
	case IPI_HOLD:
		if (!rendezvous_calls(this_cpu()->id))
			rendezvous_hold();
		break;
	}
}
