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
#include "mm/check.h"

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

/* An instruction, and what the checker is told of it: what may take effect early (a TLBI, a TTBR0 write) before, a barrier after. */
	.set	kind_nshst, CHECK_NSHST
	.set	kind_ishst, CHECK_ISHST
	.set	kind_nsh, CHECK_NSH
	.set	kind_ish, CHECK_ISH
	.set	kind_aside1, CHECK_ASID
	.set	kind_aside1is, CHECK_ASID | CHECK_IS
	.set	kind_vae1, CHECK_VA
	.set	kind_vae1is, CHECK_VA | CHECK_IS
	.set	kind_vale1, CHECK_VA | CHECK_LAST
	.set	kind_vale1is, CHECK_VA | CHECK_LAST | CHECK_IS
	.set	kind_rvae1, CHECK_RANGE
	.set	kind_rvae1is, CHECK_RANGE | CHECK_IS
	.set	kind_rvale1, CHECK_RANGE | CHECK_LAST
	.set	kind_rvale1is, CHECK_RANGE | CHECK_LAST | CHECK_IS
	.set	kind_vmalle1, CHECK_ALL
	.set	kind_vmalle1is, CHECK_ALL | CHECK_IS

.macro barrier_dsb domain
	dsb	\domain
	tell	check_dsb, kind_\domain
.endm

.macro barrier_isb
	isb
	tell	check_isb, 0
.endm

/* Before and after a TLBI (T6). */
.macro barrier_before domain
#ifndef BUG_NO_DSB_BEFORE /* tgoskits #2008: a TLBI that may overtake the store */
	barrier_dsb \domain
#endif
.endm

.macro barrier_after domain
#ifdef BUG_DSB_ELSEWHERE /* LK 6e416543: preempted between TLBI and DSB, which then waits for another CPU's TLBIs */
	tell	bug_dsb_elsewhere, 0
#endif
#ifndef BUG_NO_DSB_AFTER /* seen in several kernels: the invalidation is not complete when the page is freed */
	barrier_dsb \domain
#endif
.endm

.macro invalidate op
#ifdef BUG_ASID_TRUNCATED /* seL4 #1735: 8 bits of an ASID that has 16 */
	and	x0, x0, #~(0xff << 56)
#endif
	tell	check_tlbi, kind_\op
	tlbi	\op, x0
.endm

	.text
/* ttbr0_write(x0: root | ASID << 48).  The ISB makes it certain (T5). */
ENTRY(ttbr0_write)
	tell	check_ttbr0, 0
	msr	ttbr0_el1, x0
#ifndef BUG_NO_ISB /* deepin #878: the old table is still walked for a while */
	barrier_isb
#endif
	ret
END(ttbr0_write)

/* This CPU's entries of an ASID (x0: ASID << 48). */
ENTRY(tlb_asid_local)
	barrier_before nshst
	invalidate aside1
	barrier_after nsh
	barrier_isb
	ret
END(tlb_asid_local)

/* All CPUs'. */
ENTRY(tlb_asid_broadcast)
	barrier_before ishst
	invalidate aside1is
	barrier_after ish
	barrier_isb
	ret
END(tlb_asid_broadcast)

/* By address: x1 of them from operand x0 on, each x2 pages after the one before. */
.macro by_address op, before, after
	barrier_before \before
1:	invalidate \op
	add	x0, x0, x2
	subs	x1, x1, #1
	b.ne	1b
	barrier_after \after
	barrier_isb
	ret
.endm

/* Walk entries included (T7): where a table was unlinked. */
ENTRY(tlb_va_local)
	by_address vae1, nshst, nsh
END(tlb_va_local)

ENTRY(tlb_va_broadcast)
	by_address vae1is, ishst, ish
END(tlb_va_broadcast)

/* The last level only: pages and blocks. */
ENTRY(tlb_leaf_local)
	by_address vale1, nshst, nsh
END(tlb_leaf_local)

ENTRY(tlb_leaf_broadcast)
	by_address vale1is, ishst, ish
END(tlb_leaf_broadcast)

/* A range in one instruction (FEAT_TLBIRANGE); x0 as mmu.c makes it.  Only where mmu_has_range says so. */
	.arch	armv8.4-a
ENTRY(tlb_range_local)
	barrier_before nshst
	invalidate rvae1
	barrier_after nsh
	barrier_isb
	ret
END(tlb_range_local)

ENTRY(tlb_range_broadcast)
	barrier_before ishst
	invalidate rvae1is
	barrier_after ish
	barrier_isb
	ret
END(tlb_range_broadcast)

ENTRY(tlb_range_leaf_local)
	barrier_before nshst
	invalidate rvale1
	barrier_after nsh
	barrier_isb
	ret
END(tlb_range_leaf_local)

ENTRY(tlb_range_leaf_broadcast)
	barrier_before ishst
	invalidate rvale1is
	barrier_after ish
	barrier_isb
	ret
END(tlb_range_leaf_broadcast)

/* Everything, everywhere: ASID rollover, and kernel mappings that went away. */
.macro invalidate_all op
	tell	check_tlbi, kind_\op
	tlbi	\op
.endm

ENTRY(tlb_all_broadcast)
	barrier_before ishst
	invalidate_all vmalle1is
	barrier_after ish
	barrier_isb
	ret
END(tlb_all_broadcast)

/* Everything of this CPU: when it has just come up on its first tables. */
ENTRY(tlb_all_local)
	barrier_before nshst
	invalidate_all vmalle1
	barrier_after nsh
	barrier_isb
	ret
END(tlb_all_local)
