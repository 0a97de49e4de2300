/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SEED_H
#define KERNEL_SEED_H
/*
 * The kernel's own random decisions in a repeatable run (boot argument seed=n; `make run SEED=n`).
 *
 * Under QEMU's -icount the CPUs take turns on one host thread, and a turn ends at the next timer deadline, at a WFI
 * and at a YIELD. A tickless kernel has few deadlines, so a CPU that waits for another would wait for whole turns
 * of a tenth of a second.  With a seed and more than one CPU, each busy CPU sets its timer at short distances drawn
 * from the seed: fine interleavings, others with another seed, the same with the same.  From the seed come also:
 * whether such a timer takes the CPU from its thread, from whom an idle CPU steals first, and, in checking builds,
 * what happens in the racy windows (mm/check_window.c).
 *
 * Own CPU only: called with interrupts masked.
 */
#include <stdbool.h>
#include <stdint.h>

void seed_init(void);     /* reads the boot argument; before the other CPUs start */
void seed_init_cpu(void); /* each CPU, after it */
bool seed_given(void);

/* When this CPU's turn shall end, UINT64_MAX: nobody asks for it.  Interrupts masked. */
uint64_t seed_turn_end(uint64_t now);
/* A timer interrupt found others waiting: shall the running thread's slice end here?  False without a seed. */
bool seed_preempt(void);
/* A number below n; 0 without a seed. */
unsigned seed_below(unsigned n);
/* 64 bits; from the counter where there is no seed.  0 before seed_init().  Checking builds. */
uint64_t seed_draw(void);

#endif
