/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching threads.  What a thread that does not run keeps on its kernel stack, at thread->ksp:
 *
 *   [ksp+ 0] x19 x20   [ksp+16] x21 x22   [ksp+32] x23 x24
 *   [ksp+48] x25 x26   [ksp+64] x27 x28   [ksp+80] x29 x30 (where it goes on)
 */
#include "arch/arm64/asm.h"
#include "mm/check.h"
#include "offsets.h"

	.text
/* x0 prev, x1 next -> x0 prev, on next's stack.  Interrupts masked, prev's run queue locked. */
ENTRY(context_switch)
	sub	sp, sp, #96
	.cfi_adjust_cfa_offset 96
	.cfi_rel_offset x29, 80
	.cfi_rel_offset x30, 88
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	mov	x2, sp
	str	x2, [x0, #THREAD_KSP]
switch_to:
#ifndef BUG_DSB_ELSEWHERE
	dsb	ish			/* T6, I16: completes a TLBI that prev was preempted behind */
	tell	check_dsb, CHECK_ISH
#endif
	ldr	x2, [x1, #THREAD_KSP]
	mov	sp, x2
	msr	tpidr_el1, x1
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	add	sp, sp, #96
	.cfi_adjust_cfa_offset -96
	.cfi_restore x29
	.cfi_restore x30
	ret
END(context_switch)

/* x0 prev, x1 next, x2 prev's trapframe, below which nothing is kept.  Interrupts masked, prev's run queue locked. */
ENTRY(context_switch_resume)
	sub	x2, x2, #96
	adr	x3, thread_entry_message
	stp	xzr, x3, [x2, #80]
	str	x2, [x0, #THREAD_KSP]
	b	switch_to
END(context_switch_resume)

/*
 * x0 prev, x1 next, x2 next's trapframe, x3 the run queue's lock, x4 prev's trapframe.  Interrupts masked.  No DSB as in context_switch(): prev
 * has just come from EL0, and is behind no TLBI (T6).
 */
ENTRY(preempt_switch)
	adr	x6, thread_entry_user
	b	1f
END(preempt_switch)

ENTRY(message_switch)
	adr	x6, thread_entry_message
1:	sub	x5, x4, #96
	stp	xzr, x6, [x5, #80]
	str	x5, [x0, #THREAD_KSP]
	mov	sp, x2
	msr	tpidr_el1, x1
#if CURFEW_CHECK
	mov	x20, x1
	mov	x21, x2
	mov	x22, x3
	bl	check_switched
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
#endif
	stlr	wzr, [x3]		/* prev is wholly off; pairs with spin_acquire() */
	ldr	w4, [x1, #THREAD_WORK]
	cbz	w4, return_to_user
	mov	x0, x2
	bl	user_work
	b	return_to_user
END(message_switch)

/* A thread that slept in a message: x0 prev; SP points to its trapframe. */
ENTRY(thread_entry_message)
	.cfi_undefined 30
	bl	thread_begin_message
	b	return_to_user
END(thread_entry_message)

/* A new user thread, or one that was interrupted by preempt_switch(): x0 prev; SP points to its trapframe. */
ENTRY(thread_entry_user)
	.cfi_undefined 30
	bl	thread_begin_user
	b	return_to_user
END(thread_entry_user)

/* A new kernel thread: x0 prev. */
ENTRY(thread_entry_kernel)
	.cfi_undefined 30
	bl	thread_begin_kernel
END(thread_entry_kernel)

/* x0: struct fpstate */
	.arch_extension fp
	.arch_extension simd
ENTRY(fp_save)
	stp	q0, q1, [x0, #0]
	stp	q2, q3, [x0, #32]
	stp	q4, q5, [x0, #64]
	stp	q6, q7, [x0, #96]
	stp	q8, q9, [x0, #128]
	stp	q10, q11, [x0, #160]
	stp	q12, q13, [x0, #192]
	stp	q14, q15, [x0, #224]
	stp	q16, q17, [x0, #256]
	stp	q18, q19, [x0, #288]
	stp	q20, q21, [x0, #320]
	stp	q22, q23, [x0, #352]
	stp	q24, q25, [x0, #384]
	stp	q26, q27, [x0, #416]
	stp	q28, q29, [x0, #448]
	stp	q30, q31, [x0, #480]
	mrs	x1, fpcr
	mrs	x2, fpsr
	str	w1, [x0, #FP_FPCR]
	str	w2, [x0, #FP_FPCR + 4]
	ret
END(fp_save)

ENTRY(fp_restore)
	ldp	q0, q1, [x0, #0]
	ldp	q2, q3, [x0, #32]
	ldp	q4, q5, [x0, #64]
	ldp	q6, q7, [x0, #96]
	ldp	q8, q9, [x0, #128]
	ldp	q10, q11, [x0, #160]
	ldp	q12, q13, [x0, #192]
	ldp	q14, q15, [x0, #224]
	ldp	q16, q17, [x0, #256]
	ldp	q18, q19, [x0, #288]
	ldp	q20, q21, [x0, #320]
	ldp	q22, q23, [x0, #352]
	ldp	q24, q25, [x0, #384]
	ldp	q26, q27, [x0, #416]
	ldp	q28, q29, [x0, #448]
	ldp	q30, q31, [x0, #480]
	ldr	w1, [x0, #FP_FPCR]
	ldr	w2, [x0, #FP_FPCR + 4]
	msr	fpcr, x1
	msr	fpsr, x2
	ret
END(fp_restore)
