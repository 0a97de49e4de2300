/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only instructions that touch user memory from EL1.  They are the unprivileged forms (LDTR, STTR: C6.2), which
 * have EL0's permissions: a kernel address given by a user faults by itself, without a range check to forget, and a read-only page
 * (copy-on-write) faults just as it would for the user.
 *
 * A fault between usercopy_begin and usercopy_end that cannot be resolved continues at usercopy_fault, which returns
 * -EFAULT from whichever routine it was: all are leaves, return through x30, and keep nothing on the stack.
 */
#include "arch/arm64/asm.h"

	.text
	.global usercopy_begin, usercopy_end, usercopy_fault
usercopy_begin:

/* x0 kernel destination, x1 user source, x2 bytes -> 0 */
ENTRY(usercopy_in)
	subs	x2, x2, #32
	b.lo	2f
1:	ldtr	x3, [x1, #0]
	ldtr	x4, [x1, #8]
	ldtr	x5, [x1, #16]
	ldtr	x6, [x1, #24]
	stp	x3, x4, [x0], #16
	stp	x5, x6, [x0], #16
	add	x1, x1, #32
	subs	x2, x2, #32
	b.hs	1b
2:	add	x2, x2, #32
	cmp	x2, #8
	b.lo	4f
3:	ldtr	x3, [x1, #0]
	str	x3, [x0], #8
	add	x1, x1, #8
	sub	x2, x2, #8
	cmp	x2, #8
	b.hs	3b
4:	cbz	x2, 6f
5:	ldtrb	w3, [x1, #0]
	strb	w3, [x0], #1
	add	x1, x1, #1
	subs	x2, x2, #1
	b.ne	5b
6:	mov	x0, #0
	ret
END(usercopy_in)

/* x0 user destination, x1 kernel source, x2 bytes -> 0 */
ENTRY(usercopy_out)
	subs	x2, x2, #32
	b.lo	2f
1:	ldp	x3, x4, [x1], #16
	ldp	x5, x6, [x1], #16
	sttr	x3, [x0, #0]
	sttr	x4, [x0, #8]
	sttr	x5, [x0, #16]
	sttr	x6, [x0, #24]
	add	x0, x0, #32
	subs	x2, x2, #32
	b.hs	1b
2:	add	x2, x2, #32
	cmp	x2, #8
	b.lo	4f
3:	ldr	x3, [x1], #8
	sttr	x3, [x0, #0]
	add	x0, x0, #8
	sub	x2, x2, #8
	cmp	x2, #8
	b.hs	3b
4:	cbz	x2, 6f
5:	ldrb	w3, [x1], #1
	sttrb	w3, [x0, #0]
	add	x0, x0, #1
	subs	x2, x2, #1
	b.ne	5b
6:	mov	x0, #0
	ret
END(usercopy_out)

/* x0 kernel destination, x1 user source, x2 room -> length without NUL, or x2 if there was none within */
ENTRY(usercopy_string)
	mov	x4, #0
1:	cmp	x4, x2
	b.hs	2f
	ldtrb	w3, [x1, #0]
	strb	w3, [x0, x4]
	cbz	w3, 2f
	add	x1, x1, #1
	add	x4, x4, #1
	b	1b
2:	mov	x0, x4
	ret
END(usercopy_string)

/* x0 user address, x1 where to -> 0 */
ENTRY(usercopy_load32)
	ldtr	w2, [x0]
	str	w2, [x1]
	mov	x0, #0
	ret
END(usercopy_load32)

usercopy_end:
ENTRY(usercopy_fault)
	mov	x0, #-14		/* EFAULT */
	ret
END(usercopy_fault)
