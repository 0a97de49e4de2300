/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_DEVICES_H
#define ARCH_DEVICES_H
/*
 * The few devices that the kernel itself drives: interrupt controller, generic timer, the UART for log and panic,
 * firmware (PSCI) and the debugger's exit (semihosting).
 * All addresses come from struct platform; registers are mapped by kmap_device().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platform;
struct trapframe;

/* --- interrupts (irq.c over gicv2.c or gicv3.c) --- */
#define IPI_RESCHEDULE 0 /* look at need_resched on the way out */
#define IPI_STOP       1 /* halt: another CPU panics or powers off */
#define IPI_CALL       2 /* run what smp_call() left */
#define IPI_HOLD       3 /* stand still: rendezvous() */

/* The handler runs with interrupts masked, in interrupt context: it may not sleep. */
typedef void irq_handler_fn(uint32_t intid, void *arg);
/* One that tells a driver in user space: the interrupt is masked, and ended, before it is called.  f: the registers of EL0 that was
 * interrupted, and then it may leave for another thread; or NULL. */
typedef void irq_teller_fn(struct trapframe *f, void *arg);

/* Boot CPU, once: NULL or a reason to stop. */
const char *irq_init(const struct platform *p);
/* Each CPU, its own interface: after irq_init() on the boot CPU, in secondary_main() on others. */
void irq_init_cpu(void);
/* Enables a shared or private interrupt for this CPU (SPIs are routed to the calling CPU). */
void irq_register(uint32_t intid, irq_handler_fn *handler, void *arg);
void irq_register_teller(uint32_t intid, irq_teller_fn *teller, void *arg);
/* A teller's: it is routed to the calling CPU; if it is pending it comes now. */
void irq_unmask(uint32_t intid);
void irq_mask(uint32_t intid);
/* Each CPU enables its own bank of a private interrupt (16..31) that irq_register() has named. */
void irq_enable_private(uint32_t intid);
/* From the IRQ vector: acknowledges and handles until nothing is pending.  Interrupts masked.  f: as for tellers. */
void irq_dispatch(struct trapframe *f);
/* Sends an SGI to one CPU (logical number).  The stores before it are visible to the receiver (DSB ISHST inside). */
void ipi_send(unsigned cpu, unsigned ipi);
void ipi_send_others(unsigned ipi);
/* Called by irq_dispatch for SGIs; defined in kernel/ipi.c. */
void ipi_handle(unsigned ipi);

/* --- time (timer.c): CNTVCT_EL0, and CNTV for the next event --- */
void timer_init(const struct platform *p); /* boot CPU, once: frequency, conversion, base */
void timer_init_cpu(void);                 /* each CPU: timer off, EL0 may read CNTVCT */
uint64_t timer_now(void);                  /* ns since boot; monotonic over all CPUs */
void timer_program(uint64_t deadline_ns);  /* this CPU's next interrupt; UINT64_MAX: none.  Past: at once */
void timer_conversion(uint64_t *base, uint64_t *mult, uint32_t *shift, uint64_t *freq); /* for the shared page */
void timer_fired(void);                    /* called in the interrupt, masked; defined in kernel/timeout.c */
uint64_t timer_ticks_to_ns(uint64_t ticks); /* CNTVCT ticks, a difference */

/* --- performance monitors (pmu.c): own CPU --- */
void pmu_start(void);
/* Since pmu_start() on this CPU, under -icount: instructions of all CPUs modulo 2^32, and virtual time.  False: no such counters. */
bool pmu_read(uint32_t *instructions, uint64_t *ns);

/* --- UART (pl011.c): polled output --- */
void uart_init(const struct platform *p);      /* may be called before interrupts work; output from here on */
void uart_putc(int byte);                      /* waits for room; no lock: the caller serialises */
void uart_write(const char *bytes, size_t n);  /* the same, n bytes */

/* --- firmware and debugger --- */
void psci_init(const struct platform *p);
int psci_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t context); /* 0 or PSCI's negative code */
_Noreturn void psci_system_off(void);
_Noreturn void semihost_exit(unsigned status);
void semihost_write(const char *bytes, size_t n); /* to the debugger's console; the caller serialises */

#endif
