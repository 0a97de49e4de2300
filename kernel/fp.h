/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_FP_H
#define KERNEL_FP_H
/*
 * The FP and SIMD registers of user threads.  The kernel itself borrows some to copy a page (arch/arm64/string.S) and has put them
 * back before anybody looks.
 *
 * A thread that does not run has them in memory, so it can go on on any CPU.  One that runs has them in the CPU (`fp_live`)
 * once it has used them: until then EL0 traps on them (CPACR_EL1.FPEN), so that who switches often and computes little
 * neither saves nor loads 32 registers.  Who has used them gets them back at once at its next FP_HOT switches, without a trap.
 *
 * Own thread only, preemption off or interrupts masked.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/trap.h"
#include "kernel/thread.h"

#define FP_HOT 8

/* CPACR_EL1.FPEN (D17.2.33): 0b11 no trap, 0b01 EL0 traps.  For EL0 it takes effect by the ERET. */
static inline void fp_allow(bool allowed)
{
	write_sysreg(allowed ? 3ul << 20 : 1ul << 20, cpacr_el1);
}

/* t stops running: memory holds them. */
static inline void fp_leave(struct thread *t)
{
	if (t->fp_live) {
		fp_save(&t->fp);
		t->fp_live = false;
	}
}

/* t begins to run. */
static inline __attribute__((always_inline)) void fp_enter(struct thread *t)
{
	if (__builtin_expect(!t->fp_hot, 1)) {
		fp_allow(false);
		return;
	}
	t->fp_hot--;
	t->fp_live = true;
	fp_allow(true);
	fp_restore(&t->fp);
}

/* The current thread has trapped. */
static inline void fp_first_use(struct thread *t)
{
	t->fp_hot = FP_HOT;
	t->fp_live = true;
	fp_allow(true);
	fp_restore(&t->fp);
}

/* Memory and registers of the current thread are the same now. */
static inline void fp_sync(struct thread *t)
{
	if (t->fp_live)
		fp_save(&t->fp);
}

/* Memory was written: the registers are to be what it says. */
static inline void fp_reload(struct thread *t)
{
	if (t->fp_live)
		fp_restore(&t->fp);
}

#endif
