/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets of C structures for assembly.  Compiled to assembly text only; the build turns each ->NAME VALUE line into
 * a #define in gen/offsets.h.  Nothing here is linked.
 */
#include <stddef.h>
#include "kernel/percpu.h"
#include "kernel/thread.h"

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))

void offsets(void);
void offsets(void)
{
	DEFINE(FRAME_SIZE, sizeof(struct trapframe));
	DEFINE(FRAME_SP, offsetof(struct trapframe, sp));
	DEFINE(FRAME_PC, offsetof(struct trapframe, pc));
	DEFINE(THREAD_PERCPU, offsetof(struct thread, head.percpu));
	DEFINE(THREAD_PREEMPT, offsetof(struct thread, head.preempt_count));
	DEFINE(THREAD_WORK, offsetof(struct thread, head.work));
	DEFINE(THREAD_FP, offsetof(struct thread, fp));
	DEFINE(THREAD_KSTACK, offsetof(struct thread, kstack));
	DEFINE(THREAD_KSP, offsetof(struct thread, ksp));
	DEFINE(PERCPU_EMERGENCY, offsetof(struct percpu, emergency_stack_top));
	DEFINE(FP_FPCR, offsetof(struct fpstate, fpcr));
}
