/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H
/*
 * On the host: a CPU is a host thread that has called host_cpu(); there are no interrupts, so masking them is only noted,
 * to check that it is undone.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

struct thread;

extern _Thread_local struct thread *host_current;
extern _Thread_local uint64_t host_irqs_masked;

static inline struct thread *current(void)
{
	return host_current;
}

static inline uint64_t irq_save(void)
{
	uint64_t before = host_irqs_masked;

	host_irqs_masked = 1;
	return before;
}

static inline void irq_restore(uint64_t flags)
{
	host_irqs_masked = flags;
}

static inline void irq_disable(void)  { host_irqs_masked = 1; }
static inline void irq_enable(void)   { host_irqs_masked = 0; }
static inline bool irqs_disabled(void) { return host_irqs_masked; }
static inline void cpu_relax(void)    { sched_yield(); }
static inline void cpu_wfi(void)      { sched_yield(); }

#endif
