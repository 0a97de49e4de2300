/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_IPI_H
#define KERNEL_IPI_H
/*
 * Runs fn on every CPU, with interrupts masked, and returns when all have.  May sleep; the caller holds no spinlock and
 * has interrupts on (others may be calling this one).
 */
void smp_call(void (*fn)(void));
#endif
