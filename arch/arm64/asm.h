/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_ASM_H
#define ARCH_ASM_H
/* For assembly files only: function brackets with CFI, so that gdb unwinds, and constants of any size. */

	.cfi_sections .debug_frame	/* for gdb; .eh_frame would be loaded */

#define ENTRY(name) .global name; .type name, %function; .balign 4; name: .cfi_startproc
#define END(name)   .cfi_endproc; .size name, . - name

.macro mov_q reg, value
	movz	\reg, #((\value) >> 48) & 0xffff, lsl #48
	movk	\reg, #((\value) >> 32) & 0xffff, lsl #32
	movk	\reg, #((\value) >> 16) & 0xffff, lsl #16
	movk	\reg, #(\value) & 0xffff
.endm


/* In checking builds: calls hook(X0, kind) of mm/check.h.  X0-X2, X29 and X30 are kept, other registers are the hook's. */
.macro tell hook, kind
#if CURFEW_CHECK
	stp	x29, x30, [sp, #-48]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	str	x2, [sp, #32]
	mov	x1, #\kind
	bl	\hook
	ldr	x2, [sp, #32]
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #48
#endif
.endm

#endif
