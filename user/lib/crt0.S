/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instruction of every program.
 *
 * SP points to argc, argv and the rest (<curfew/abi.h>), 16-byte aligned, and
 * all other registers are 0.  x29 and x30 are 0, and the unwind information
 * says that nothing called this: a debugger's backtrace ends here.
 */
	.text
	.global	_start
	.type	_start, %function
_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	b	__curfew_start
	.cfi_endproc
	.size	_start, . - _start

	.section .note.GNU-stack, "", %progbits
