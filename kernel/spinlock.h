/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H
/*
 * Spinlocks: ticket locks, fair under contention, waiting in WFE.
 *
 * Holding one forbids preemption and sleeping.  A lock that an interrupt handler takes is taken with
 * interrupts masked everywhere (the _irq forms).  The order of all locks is in kernel/lockorder.h.
 *
 * Acquire: the LDAXR that sees the ticket served pairs with the STLR in spin_unlock().
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/cpu.h"
#include "kernel/preempt.h"

struct spinlock {
	uint16_t owner; /* ticket being served */
	uint16_t next;  /* next ticket to hand out */
};

#define SPINLOCK_INIT { 0, 0 }

static inline void spin_acquire(struct spinlock *l)
{
	uint16_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

static inline void spin_release(struct spinlock *l)
{
	__atomic_store_n(&l->owner, (uint16_t)(l->owner + 1), __ATOMIC_RELEASE);
}

static inline bool spin_held(struct spinlock *l)
{
	return __atomic_load_n(&l->owner, __ATOMIC_RELAXED) != __atomic_load_n(&l->next, __ATOMIC_RELAXED);
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
