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

#endif
