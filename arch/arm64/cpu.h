/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H
/*
 * What generic code may ask of the CPU it runs on: interrupts masked or not, barriers, waiting, the current thread.
 *
 * TPIDR_EL1 holds the running thread's struct thread, so `current()` is one instruction and stays right
 * across preemption and migration; everything that belongs to a CPU is reached through it.
 */
#include <stdbool.h>
#include <stdint.h>

struct thread;

#define read_sysreg(reg) ({ uint64_t v_; __asm__ volatile("mrs %0, " #reg : "=r"(v_)); v_; })
#define write_sysreg(value, reg) __asm__ volatile("msr " #reg ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

#define isb()     __asm__ volatile("isb" : : : "memory")
#define dsb(opt)  __asm__ volatile("dsb " #opt : : : "memory")
#define dmb(opt)  __asm__ volatile("dmb " #opt : : : "memory")

/* The running thread.  Not volatile: for any one flow of code it never changes. */
static inline struct thread *current(void)
{
	struct thread *t;

	__asm__("mrs %0, tpidr_el1" : "=r"(t));
	return t;
}

/* Only for a switch of threads, and for the stand-in of a rendezvous (rendezvous.c). */
static inline void cpu_set_current(struct thread *t) { write_sysreg(t, tpidr_el1); }

/* Masks IRQ and FIQ and returns what to give to irq_restore(). */
static inline uint64_t irq_save(void)
{
	uint64_t daif = read_sysreg(daif);

	__asm__ volatile("msr daifset, #3" : : : "memory");
	return daif;
}

static inline void irq_restore(uint64_t daif)
{
	write_sysreg(daif, daif);
}

static inline void irq_disable(void) { __asm__ volatile("msr daifset, #3" : : : "memory"); }
static inline void irq_enable(void)  { __asm__ volatile("msr daifclr, #3" : : : "memory"); }
static inline bool irqs_disabled(void) { return read_sysreg(daif) & 0x80; }

static inline void cpu_wfi(void)   { __asm__ volatile("dsb sy; wfi" : : : "memory"); }
static inline void cpu_wfe(void)   { __asm__ volatile("wfe" : : : "memory"); }
static inline void cpu_relax(void) { __asm__ volatile("yield" : : : "memory"); }

#endif
