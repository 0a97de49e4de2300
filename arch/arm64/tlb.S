/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sole emitters: every TLBI, and every write to TTBR0_EL1, TTBR1_EL1 and TCR_EL1, of the whole kernel stands in
 * this file (a test disassembles the objects).  Each flush is the whole sequence, so that no caller can
 * forget a part of it:
 *
 *   DSB xSHST   the page-table stores before it are seen by the walkers of whom it concerns (T6)
 *   TLBI
 *   DSB xSH     the invalidation is complete, on this same CPU (T6)
 *   ISB         and the instructions after it are fetched and translated anew
 *
 * A context switch executes DSB ISH as well (switch.S), which completes the TLBI of a thread that was preempted in
 * between (T6, I16).  The local forms are called with preemption off: the CPU that they clean is the point.
 *
 * Operands (T7): bits 63:48 ASID, 47:44 TTL hint (left 0), 43:0 VA[55:12]; made by mmu.h, which masks.
 */
#include "arch/arm64/asm.h"
#include "arch/arm64/layout.h"

/* MAIR_EL1: 0 normal write-back, 1 Device-nGnRE, 2 normal non-cacheable (D17.2.97). */
#define MAIR_VALUE 0x4404ff
/* TCR_EL1 (D17.2.131): both halves VA_BITS wide, 4 KiB granule, inner shareable, write-back; A1 = 0 (T4). */
#define TCR_VALUE ((64 - VA_BITS) | (1 << 8) | (1 << 10) | (3 << 12) | \
		   ((64 - VA_BITS) << 16) | (1 << 24) | (1 << 26) | (3 << 28) | (2 << 30))
/* SCTLR_EL1: RES1, and M C SA SA0 I DZE UCT nTWI nTWE WXN SPAN UCI. */
#define SCTLR_VALUE (0x30d00800 | (1 << 0) | (1 << 2) | (1 << 3) | (1 << 4) | (1 << 12) | (1 << 14) | \
		     (1 << 15) | (1 << 16) | (1 << 18) | (1 << 19) | (1 << 23) | (1 << 26))

/*
 * mmu_enable(x0: physical address of the identity table, x1: of the kernel's table).  Runs at its physical address
 * with the MMU off and returns there with it on.  Clobbers x2-x5.
 */
	.section .text.boot, "ax"
ENTRY(mmu_enable)
	tlbi	vmalle1			/* nothing of an earlier owner's may hit */
	dsb	nsh
	mov_q	x2, MAIR_VALUE
	msr	mair_el1, x2
	mov_q	x2, TCR_VALUE
	mrs	x3, id_aa64mmfr0_el1
	ubfx	x4, x3, #0, #4		/* PARange */
	mov	x5, #5
	cmp	x4, x5
	csel	x4, x4, x5, lo
	orr	x2, x2, x4, lsl #32	/* IPS */
	ubfx	x4, x3, #4, #4		/* ASIDBits: 2 is 16 bits (T10) */
	cmp	x4, #2
	cset	x4, eq
	orr	x2, x2, x4, lsl #36	/* AS */
	msr	tcr_el1, x2
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x1
	isb
	ic	iallu
	dsb	nsh
	isb
	mov_q	x2, SCTLR_VALUE
	msr	sctlr_el1, x2
	isb
	ret
END(mmu_enable)

	.text
/* ttbr0_write(x0: root | ASID << 48).  The ISB makes it certain (T5). */
ENTRY(ttbr0_write)
	msr	ttbr0_el1, x0
	isb
	ret
END(ttbr0_write)

/* This CPU's entries of an ASID (x0: ASID << 48). */
ENTRY(tlb_asid_local)
	dsb	nshst
	tlbi	aside1, x0
	dsb	nsh
	isb
	ret
END(tlb_asid_local)

/* All CPUs'. */
ENTRY(tlb_asid_broadcast)
	dsb	ishst
	tlbi	aside1is, x0
	dsb	ish
	isb
	ret
END(tlb_asid_broadcast)

/* x1 pages from operand x0 on, walk entries included (VAE1, not VALE1: a table may have been unlinked, T7). */
ENTRY(tlb_va_local)
	dsb	nshst
1:	tlbi	vae1, x0
	add	x0, x0, #1
	subs	x1, x1, #1
	b.ne	1b
	dsb	nsh
	isb
	ret
END(tlb_va_local)

ENTRY(tlb_va_broadcast)
	dsb	ishst
1:	tlbi	vae1is, x0
	add	x0, x0, #1
	subs	x1, x1, #1
	b.ne	1b
	dsb	ish
	isb
	ret
END(tlb_va_broadcast)

/* Everything, everywhere: ASID rollover, and kernel mappings that went away. */
ENTRY(tlb_all_broadcast)
	dsb	ishst
	tlbi	vmalle1is
	dsb	ish
	isb
	ret
END(tlb_all_broadcast)

/* Everything of this CPU: when it has just come up on its first tables. */
ENTRY(tlb_all_local)
	dsb	nshst
	tlbi	vmalle1
	dsb	nsh
	isb
	ret
END(tlb_all_local)
