/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors.  Each entry saves the interrupted registers as a struct trapframe on the kernel stack, calls its C
 * function, and returns through one of two ways out.  Interrupts are masked here throughout.
 *
 * Register state at each vector: as interrupted; SP is SP_EL1: the top of the thread's kernel stack
 * from EL0, anywhere in it from EL1.
 *
 * The CFI says where the interrupted registers are, so that gdb unwinds from kernel code into what was interrupted,
 * EL0 included: frame register columns 0-30 are X0-X30, 31 SP, 32 PC.
 */
#include "arch/arm64/asm.h"
#include "arch/arm64/layout.h"
#include "offsets.h"
#include <curfew/abi.h>

.macro save_registers
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x22, elr_el1
	mrs	x23, spsr_el1
	stp	x22, x23, [sp, #FRAME_PC]
.endm

.macro restore_registers
	ldp	x22, x23, [sp, #FRAME_PC]
	msr	elr_el1, x22
	msr	spsr_el1, x23
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
.endm

/* Where the interrupted registers lie, from here on. */
.macro frame_cfi
	.cfi_signal_frame
	.cfi_return_column 32
	.cfi_def_cfa sp, FRAME_SIZE
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	.cfi_offset \n, \n * 8 - FRAME_SIZE
	.endr
	.cfi_offset 31, FRAME_SP - FRAME_SIZE
	.cfi_offset 32, FRAME_PC - FRAME_SIZE
.endm

.macro vector_el0 target
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	b	\target
.endm

/* From EL1 the stack may be at its end: bit KSTACK_SHIFT of SP tells (layout.h), without a register to spare. */
.macro vector_el1 target
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	add	sp, sp, x0		/* sp' = sp + x0 */
	sub	x0, sp, x0		/* x0' = sp */
	tbz	x0, #KSTACK_SHIFT, stack_overflow
	sub	x0, sp, x0		/* x0 again */
	sub	sp, sp, x0		/* sp again */
	stp	x0, x1, [sp, #0]
	b	\target
.endm

.macro vector_bad number
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	mov	x0, #\number
	b	bad
.endm

	.section .text.vectors, "ax"
	.balign	2048
	.global vectors
vectors:
	vector_bad 0			/* EL1 with SP_EL0: never used */
	vector_bad 1
	vector_bad 2
	vector_bad 3
	vector_el1 el1_sync		/* EL1 with SP_EL1 */
	vector_el1 el1_irq
	vector_el1 el1_irq		/* FIQ: group 0, handled like IRQ */
	vector_bad 7			/* SError */
	vector_el0 el0_sync		/* EL0, AArch64 */
	vector_el0 el0_irq
	vector_el0 el0_irq
	vector_bad 11
	vector_bad 12			/* EL0, AArch32: SPSR never asks for it */
	vector_bad 13
	vector_bad 14
	vector_bad 15
	.balign	128

ENTRY(el0_sync)
	frame_cfi
	save_registers
	mrs	x21, sp_el0
	stp	x30, x21, [sp, #240]
	mov	x29, #0			/* the kernel's chain of frame pointers ends here */
	sub	x2, x8, #SYS_send
	cmp	x2, #SYS_event_signal - SYS_send
	b.ls	1f
0:	mrs	x1, esr_el1
6:	mov	x0, sp
	bl	trap_el0_sync
	b	return_to_user
1:	mrs	x20, esr_el1		/* maybe what can go the short way: they do not come back then */
	lsr	w1, w20, #26
	cmp	w1, #0x15		/* EC: SVC from AArch64 */
	b.ne	0b
	mov	x0, sp
	cbnz	x2, 2f
	bl	message_fast_send
	b	7f
2:	cmp	x2, #SYS_reply_receive - SYS_send
	b.ne	3f
	bl	message_fast_reply_receive
	b	7f
3:	cmp	x2, #SYS_event_signal - SYS_send
	b.ne	4f
	bl	event_fast_signal
	b	7f
4:	cmp	x2, #SYS_reply - SYS_send
	b.ne	5f
	bl	message_fast_reply
	cbz	w0, 7f
	b	return_to_user
5:	cmp	x2, #SYS_receive - SYS_send
	b.ne	0b
	bl	message_fast_receive
7:	mov	x1, x20			/* a conflict abort mended meanwhile (trap.c) left its own ESR_EL1 */
	b	6b
END(el0_sync)

ENTRY(el0_irq)
	frame_cfi
	save_registers
	mrs	x21, sp_el0
	stp	x30, x21, [sp, #240]
	mov	x0, sp
	mov	x29, #0
	bl	trap_el0_irq
	b	return_to_user
END(el0_irq)

/* SP: the frame.  The trap_ functions have come back with interrupts masked and no work left for this thread. */
ENTRY(return_to_user)
	frame_cfi
	ldp	x30, x21, [sp, #240]
	msr	sp_el0, x21
	restore_registers
	add	sp, sp, #FRAME_SIZE
	eret
END(return_to_user)

.macro save_el1_rest
	add	x21, sp, #FRAME_SIZE
	stp	x30, x21, [sp, #240]
.endm

ENTRY(el1_sync)
	frame_cfi
	save_registers
	save_el1_rest
	mrs	x1, esr_el1
	mov	x0, sp
	bl	trap_el1_sync
	b	return_to_kernel
END(el1_sync)

ENTRY(el1_irq)
	frame_cfi
	save_registers
	save_el1_rest
	mov	x0, sp
	bl	trap_el1_irq
	b	return_to_kernel
END(el1_irq)

ENTRY(return_to_kernel)
	frame_cfi
	ldr	x30, [sp, #240]
	restore_registers
	add	sp, sp, #FRAME_SIZE
	eret
END(return_to_kernel)

/* x0: which vector; x0 and x1 are saved already. */
ENTRY(bad)
	frame_cfi
	save_registers
	save_el1_rest
	mov	x2, x0
	mrs	x1, esr_el1
	mov	x0, sp
	bl	trap_bad
END(bad)

/*
 * The kernel stack is used up.  State: x0 = SP as it would be, SP = that + old x0; nothing is saved.  Goes on on the CPU's
 * emergency stack; the old SP and x0 are put where they belong in the frame.
 */
ENTRY(stack_overflow)
	.cfi_undefined 30
	sub	x0, sp, x0		/* old x0 */
	sub	sp, sp, x0		/* old SP - FRAME_SIZE */
	msr	tpidrro_el0, x0		/* scratch: nothing returns from here */
	mov	x0, sp
	msr	sp_el0, x0
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #THREAD_PERCPU]
	ldr	x0, [x0, #PERCPU_EMERGENCY]
	sub	sp, x0, #FRAME_SIZE
	mrs	x0, tpidrro_el0
	stp	x0, x1, [sp, #0]
	save_registers
	mrs	x21, sp_el0
	add	x21, x21, #FRAME_SIZE
	stp	x30, x21, [sp, #240]
	mrs	x1, esr_el1
	mov	x0, sp
	bl	trap_stack_overflow
END(stack_overflow)
