/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfork(): the child borrows this address space, stack included, until it
 * execs or exits.
 *
 * The child returns from here first and overwrites what lies below its
 * caller's frame, so nothing that the parent still needs may be on the stack:
 * this function has no frame across the system call.  The parent's return
 * address is in x30, which the kernel keeps for it, as every register but x0.
 */
#include <curfew/abi.h>

	.text
	.global	vfork
	.type	vfork, %function
vfork:
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_adjust_cfa_offset 16
	.cfi_rel_offset x30, 8
	bl	__curfew_vfork_begin
	ldp	x29, x30, [sp], #16
	.cfi_adjust_cfa_offset -16
	.cfi_restore x30
	mov	x8, #SYS_vfork
	svc	#0
	cbz	x0, 1f			/* the child */
	b	__curfew_vfork_end
1:	ret
	.cfi_endproc
	.size	vfork, . - vfork

	.section .note.GNU-stack, "", %progbits
