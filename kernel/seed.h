/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SEED_H
#define KERNEL_SEED_H
/*
 * The kernel's own random decisions in a repeatable run (boot argument seed=n; `make run SEED=n`).
 *
 * Under QEMU's -icount the CPUs take turns on one host thread, and a turn ends at the next timer deadline.  A tickless kernel has few of
 * those, so a CPU that waits for another would wait for whole turns of a tenth of a second.  With a seed and more than one CPU, each
 * busy CPU sets its timer at short distances drawn from the seed: fine interleavings, others with another seed, the same with the same.
 */
#include <stdint.h>

void seed_init(void); /* reads the boot argument; before the other CPUs start */
/* ns until this CPU's turn shall end, UINT64_MAX: nobody asks for it.  Interrupts masked. */
uint64_t seed_turn(void);

#endif
