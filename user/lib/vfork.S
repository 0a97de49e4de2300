/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfork(): the child borrows this address space, stack included, until it
 * execs or exits.
 *
 * The child returns from here first and overwrites what lies below its
 * caller's frame, so nothing that the parent still needs may be on the stack:
 * this function has no frame.  The parent's return address is in x30, which
 * the kernel keeps for it, as every register but x0.
 */
#include <curfew/abi.h>

	.text
	.global	vfork
	.type	vfork, %function
vfork:
	.cfi_startproc
	mov	x8, #SYS_vfork
	svc	#0
	cmn	x0, #4095
	b.hs	1f			/* -4095 … -1: an errno; only ever in the parent */
	ret
1:	b	__curfew_result
	.cfi_endproc
	.size	vfork, . - vfork

	.section .note.GNU-stack, "", %progbits
