/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H
/*
 * The end of the kernel: panic() is in kernel/log.h; this is its second entry, for who has an exception's registers.
 * Any context, interrupts on or off, any lock held.  Needs a working stack and current().
 */
#include "arch/arm64/trap.h"
#include "kernel/log.h"

/* As panic(), and prints the frame's registers and the backtrace of what was interrupted. */
_Noreturn void panic_trap(const struct trapframe *frame, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Halts this CPU for good (IPI_STOP). */
_Noreturn void panic_stop(void);

/* For who has more to say than one message (the checker's reports): stops the other CPUs and takes the console; ends. */
void panic_begin(void);
_Noreturn void panic_end(void);
void panic_where(void);                                       /* this CPU, thread, process, and its call chain */
void panic_addresses(const uint64_t *address, unsigned n);    /* a call chain, with the line that turns it into names */

#endif
