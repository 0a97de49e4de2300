/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H
/*
 * Spinlocks: test, then test-and-set.
 *
 * They are not queued on purpose.  In a virtual machine with fewer host CPUs than its own, a CPU that waits its turn in a queue may not be
 * running when its turn comes, and then nobody is served until the host runs it again: with ticket locks a storm of forks on four
 * virtual and two real CPUs took 10 to 50 times as long.  Sections are short, and those who lose a race are few.
 *
 * Holding one forbids preemption and sleeping.  A lock that an interrupt handler takes is taken with
 * interrupts masked everywhere (the _irq forms).  The order of all locks is in kernel/lockorder.h.
 *
 * Acquire: the exchange in spin_acquire() pairs with the store-release in spin_release().
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/cpu.h"
#include "kernel/preempt.h"

struct spinlock {
	uint32_t locked; /* 0 or 1 */
};

#define SPINLOCK_INIT { 0 }

static inline void spin_acquire(struct spinlock *l)
{
	while (__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->locked, __ATOMIC_RELAXED))
			cpu_relax();
}

static inline void spin_release(struct spinlock *l)
{
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
}

static inline bool spin_held(struct spinlock *l)
{
	return __atomic_load_n(&l->locked, __ATOMIC_RELAXED);
}

static inline void spin_lock(struct spinlock *l)
{
	preempt_disable();
	spin_acquire(l);
}

static inline void spin_unlock(struct spinlock *l)
{
	spin_release(l);
	preempt_enable();
}

/* With interrupts masked; returns what spin_unlock_irq() takes. */
static inline uint64_t spin_lock_irq(struct spinlock *l)
{
	uint64_t flags = irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irq(struct spinlock *l, uint64_t flags)
{
	spin_release(l);
	irq_restore(flags);
	preempt_enable();
}

#endif
