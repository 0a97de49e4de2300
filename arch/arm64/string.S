/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying and filling memory: memcpy, memmove, memset, page_zero, page_copy.
 *
 * General registers only: the FP registers belong to user threads.  The idea of the first three: from 16 bytes on, the
 * last (memmove backwards: the first) 16 bytes are handled apart and may overlap what the loop did, so that no loop has to end with
 * single bytes.  Below 16 bytes two overlapping halves do.  Everything is loaded before anything that might lie over it is
 * stored, so memcpy is also the forward half of memmove.
 *
 * DC ZVA zeroes a block of 4 << DCZID_EL0.BS bytes with one instruction, unless DCZID_EL0.DZP forbids it; it faults on Device
 * memory, which all memory is while the MMU is off.  Fewest instructions is the aim: x0 walks through the page by itself.
 */
#include "arch/arm64/asm.h"
#include "arch/arm64/layout.h"

	.text

/* void *memmove(x0 to, x1 from, x2 n) */
ENTRY(memmove)
	sub	x3, x0, x1
	cmp	x3, x2			/* unsigned: true also if `to` is below `from` */
	b.hs	memcpy
	add	x4, x1, x2		/* x4, x5: ends */
	add	x5, x0, x2
	cmp	x2, #16
	b.lo	copy_small
	ldp	x6, x7, [x1]		/* the first 16, stored last */
	subs	x2, x2, #64
	b.le	2f
1:	ldp	x8, x9, [x4, #-16]
	ldp	x10, x11, [x4, #-32]
	ldp	x12, x13, [x4, #-48]
	ldp	x14, x15, [x4, #-64]!
	stp	x8, x9, [x5, #-16]
	stp	x10, x11, [x5, #-32]
	stp	x12, x13, [x5, #-48]
	stp	x14, x15, [x5, #-64]!
	subs	x2, x2, #64
	b.gt	1b
2:	adds	x2, x2, #48		/* what is left before the first 16 */
	b.le	4f
3:	ldp	x8, x9, [x4, #-16]!
	subs	x2, x2, #16
	stp	x8, x9, [x5, #-16]!
	b.gt	3b
4:	stp	x6, x7, [x0]
	ret
END(memmove)

/* void *memcpy(x0 to, x1 from, x2 n) */
ENTRY(memcpy)
	add	x4, x1, x2		/* x4, x5: ends */
	add	x5, x0, x2
	cmp	x2, #16
	b.lo	copy_small
	mov	x3, x0
	ldp	x6, x7, [x4, #-16]	/* the last 16, stored last */
	subs	x2, x2, #64
	b.le	2f
	cmp	x2, #192
	b.hi	5f
1:	ldp	x8, x9, [x1]
	ldp	x10, x11, [x1, #16]
	ldp	x12, x13, [x1, #32]
	ldp	x14, x15, [x1, #48]
	add	x1, x1, #64
	stp	x8, x9, [x3]
	stp	x10, x11, [x3, #16]
	stp	x12, x13, [x3, #32]
	stp	x14, x15, [x3, #48]
	add	x3, x3, #64
	subs	x2, x2, #64
	b.gt	1b
2:	adds	x2, x2, #48		/* what is left before the last 16 */
	b.le	4f
3:	ldp	x8, x9, [x1], #16
	subs	x2, x2, #16
	stp	x8, x9, [x3], #16
	b.gt	3b
4:	stp	x6, x7, [x5, #-16]
	ret
5:	sub	x2, x2, #64		/* more than 256: by 128, as long as more than that are left */
	sub	x1, x1, #16
	sub	x3, x3, #16
6:	ldp	x8, x9, [x1, #16]
	ldp	x10, x11, [x1, #32]
	ldp	x12, x13, [x1, #48]
	ldp	x14, x15, [x1, #64]
	stp	x8, x9, [x3, #16]
	stp	x10, x11, [x3, #32]
	stp	x12, x13, [x3, #48]
	stp	x14, x15, [x3, #64]
	ldp	x8, x9, [x1, #80]
	ldp	x10, x11, [x1, #96]
	ldp	x12, x13, [x1, #112]
	ldp	x14, x15, [x1, #128]!
	stp	x8, x9, [x3, #80]
	stp	x10, x11, [x3, #96]
	stp	x12, x13, [x3, #112]
	stp	x14, x15, [x3, #128]!
	subs	x2, x2, #128
	b.gt	6b
	add	x1, x1, #16
	add	x3, x3, #16
	adds	x2, x2, #64
	b.gt	1b
	b	2b

copy_small:				/* x2 < 16; x4, x5: ends; overlap is all right */
	tbz	x2, #3, 1f
	ldr	x6, [x1]
	ldr	x7, [x4, #-8]
	str	x6, [x0]
	str	x7, [x5, #-8]
	ret
1:	tbz	x2, #2, 2f
	ldr	w6, [x1]
	ldr	w7, [x4, #-4]
	str	w6, [x0]
	str	w7, [x5, #-4]
	ret
2:	cbz	x2, 3f
	lsr	x8, x2, #1		/* 1, 2 or 3 bytes: first, middle, last */
	ldrb	w6, [x1]
	ldrb	w9, [x1, x8]
	ldrb	w7, [x4, #-1]
	strb	w6, [x0]
	strb	w9, [x0, x8]
	strb	w7, [x5, #-1]
3:	ret
END(memcpy)

/* void *memset(x0 to, w1 byte, x2 n) */
ENTRY(memset)
	and	w1, w1, #0xff
	orr	w1, w1, w1, lsl #8
	orr	w1, w1, w1, lsl #16
	orr	x1, x1, x1, lsl #32
	add	x5, x0, x2		/* end */
	cmp	x2, #16
	b.lo	set_small
	mov	x3, x0
	cbnz	x1, set_by_stores
	cmp	x2, #256
	b.lo	set_by_stores
	mrs	x6, sctlr_el1
	tbz	x6, #0, set_by_stores	/* M: the MMU is off */
	mrs	x7, dczid_el0
	tbnz	x7, #4, set_by_stores	/* DZP */
	mov	x8, #4
	lsl	x8, x8, x7
	cmp	x2, x8, lsl #1
	b.lo	set_by_stores		/* no whole block for certain */
	sub	x9, x8, #1
	add	x10, x3, x9
	bic	x10, x10, x9		/* first whole block */
1:	cmp	x3, x10
	b.hs	2f
	stp	xzr, xzr, [x3], #16	/* may run into that block */
	b	1b
2:	sub	x2, x5, x10
	mov	x3, x10
3:	dc	zva, x3
	add	x3, x3, x8
	sub	x2, x2, x8
	cmp	x2, x8
	b.hs	3b
set_by_stores:				/* x2: bytes from x3 to x5; 16 bytes before x5 are ours */
	subs	x2, x2, #64
	b.le	2f
1:	stp	x1, x1, [x3]
	stp	x1, x1, [x3, #16]
	stp	x1, x1, [x3, #32]
	stp	x1, x1, [x3, #48]
	add	x3, x3, #64
	subs	x2, x2, #64
	b.gt	1b
2:	adds	x2, x2, #48		/* what is left before the last 16 */
	b.le	4f
3:	stp	x1, x1, [x3], #16
	subs	x2, x2, #16
	b.gt	3b
4:	stp	x1, x1, [x5, #-16]
	ret

set_small:				/* x2 < 16 */
	tbz	x2, #3, 1f
	str	x1, [x0]
	str	x1, [x5, #-8]
	ret
1:	tbz	x2, #2, 2f
	str	w1, [x0]
	str	w1, [x5, #-4]
	ret
2:	cbz	x2, 3f
	lsr	x8, x2, #1
	strb	w1, [x0]
	strb	w1, [x0, x8]
	strb	w1, [x5, #-1]
3:	ret
END(memset)

/* void page_zero(x0 page): 138 instructions with blocks of 64 bytes, which most cores have */
ENTRY(page_zero)
	mrs	x1, dczid_el0
	cmp	x1, #4
	b.ne	2f
1:	.rept	32
	dc	zva, x0
	add	x0, x0, #64
	.endr
	tst	x0, #PAGE_SIZE - 1
	b.ne	1b
	ret

2:	tbnz	x1, #4, 4f
	mov	x2, #4
	lsl	x2, x2, x1
3:	dc	zva, x0
	add	x0, x0, x2
	tst	x0, #PAGE_SIZE - 1
	b.ne	3b
	ret

4:	stp	xzr, xzr, [x0, #16]
	stp	xzr, xzr, [x0, #32]
	stp	xzr, xzr, [x0, #48]
	stp	xzr, xzr, [x0], #64
	tst	x0, #PAGE_SIZE - 1
	b.ne	4b
	ret
END(page_zero)

/*
 * void page_copy(x0 to, x1 from): 302 instructions; the pages are two.  It borrows eight SIMD registers from whatever user thread
 * has them: interrupts are masked, so that nobody sees them otherwise and no switch saves them (kernel/fp.h).  EL1 never traps
 * on them: CPACR_EL1.FPEN is 0b01 or 0b11 from init_el1 on.
 */
	.arch_extension simd
ENTRY(page_copy)
	mrs	x2, daif
	msr	daifset, #2
	sub	sp, sp, #128
	stp	q0, q1, [sp]
	stp	q2, q3, [sp, #32]
	stp	q4, q5, [sp, #64]
	stp	q6, q7, [sp, #96]
1:	.rept	2
	ldp	q0, q1, [x1, #32]
	ldp	q2, q3, [x1, #64]
	ldp	q4, q5, [x1, #96]
	ldp	q6, q7, [x1], #128
	stp	q0, q1, [x0, #32]
	stp	q2, q3, [x0, #64]
	stp	q4, q5, [x0, #96]
	stp	q6, q7, [x0], #128
	.endr
	tst	x0, #PAGE_SIZE - 1
	b.ne	1b
	ldp	q0, q1, [sp]
	ldp	q2, q3, [sp, #32]
	ldp	q4, q5, [sp, #64]
	ldp	q6, q7, [sp, #96]
	add	sp, sp, #128
	msr	daif, x2
	ret
END(page_copy)

	.section .note.GNU-stack, "", %progbits
