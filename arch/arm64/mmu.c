/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the MMU interface that are no one-liners: what the CPU can do, the choice among the flushes by address, and
 * instruction cache maintenance.
 */
#include "arch/arm64/mmu.h"
#ifdef BUG_DSB_ELSEWHERE
#include "kernel/sched.h"
void bug_dsb_elsewhere(void);
#endif

#define CTR_PIPT 3 /* CTR_EL0.L1Ip */

bool mmu_has_range = true; /* until a CPU says otherwise */
unsigned mmu_bbm_level = 2;

/* Before this CPU runs user code or changes tables; the CPUs come up one after the other. */
void mmu_init_cpu(void)
{
	if ((read_sysreg(id_aa64isar0_el1) >> 56 & 0xf) < 2) /* TLB: 2 is TLBIRANGE (D17.2.61) */
		mmu_has_range = false;
	if ((read_sysreg(id_aa64mmfr2_el1) >> 52 & 0xf) < mmu_bbm_level) /* BBM (D17.2.66) */
		mmu_bbm_level = read_sysreg(id_aa64mmfr2_el1) >> 52 & 0xf;
}

/* The operand of a TLBI by address (T7): 44 bits of VA[55:12]; an unmasked address would set the TTL hint. */
uint64_t tlb_operand(uint64_t va, uint64_t asid)
{
#ifdef BUG_VA_UNMASKED /* LK 284f83af: a kernel address sets the TTL hint, to a level where nothing is */
	return asid << 48 | va >> PAGE_SHIFT;
#endif
	return asid << 48 | (va >> PAGE_SHIFT & 0xffffffffffful);
}

/*
 * The operand of a range TLBI (D8.13.6): ASID 63:48, TG 47:46 (1: 4 KiB), SCALE 45:44, NUM 43:39, TTL 38:37 (0), BaseADDR 36:0.  It
 * covers (NUM + 1) << (5 * SCALE + 1) pages: the smallest scale that holds n, rounded up; a page too many does no harm.
 */
static uint64_t range_operand(uint64_t va, uint64_t pages, uint64_t asid)
{
	uint64_t scale = 0, num;

	while (scale < 3 && pages > 32ul << (5 * scale + 1))
		scale++;
	num = ((pages - 1) >> (5 * scale + 1)) & 31;
	return asid << 48 | 1ul << 46 | scale << 44 | num << 39 | (va >> PAGE_SHIFT & 0x1ffffffffful);
}

#define RANGE_MAX (32ul << 16) /* pages: 8 GiB */

static void flush_range(uint64_t va, uint64_t pages, uint64_t asid, unsigned how)
{
	uint64_t operand = range_operand(va, pages, asid);

	switch (how & (TLB_LOCAL | TLB_LEAF)) {
	case 0:
		tlb_range_broadcast(operand);
		break;
	case TLB_LOCAL:
		tlb_range_local(operand);
		break;
	case TLB_LEAF:
		tlb_range_leaf_broadcast(operand);
		break;
	default:
		tlb_range_leaf_local(operand);
	}
}

/* One TLBI for each. */
static void flush_each(uint64_t operand, uint64_t n, uint64_t stride, unsigned how)
{
	switch (how & (TLB_LOCAL | TLB_LEAF)) {
	case 0:
		tlb_va_broadcast(operand, n, stride);
		break;
	case TLB_LOCAL:
		tlb_va_local(operand, n, stride);
		break;
	case TLB_LEAF:
		tlb_leaf_broadcast(operand, n, stride);
		break;
	default:
		tlb_leaf_local(operand, n, stride);
	}
}

void tlb_flush_va(uint64_t va, uint64_t n, uint64_t asid, unsigned how)
{
	uint64_t stride = how & TLB_BLOCK ? BLOCK_SIZE / PAGE_SIZE : 1;

	if (__builtin_expect(n == 1, 1)) { /* copy-on-write */
		if ((how & (TLB_LOCAL | TLB_LEAF)) == (TLB_LOCAL | TLB_LEAF))
			tlb_leaf_local(tlb_operand(va, asid), 1, 1);
		else
			flush_each(tlb_operand(va, asid), 1, 1, how);
	} else if (mmu_has_range && n * stride <= RANGE_MAX) {
		flush_range(va, n * stride, asid, how);
		n = 1;
	} else {
		flush_each(tlb_operand(va, asid), n, stride, how);
	}
	counter_add(how & TLB_LOCAL ? COUNTER_TLBI_LOCAL : COUNTER_TLBI_BROADCAST, n);
	count_n(TLBI_VA, n);
}

#ifdef BUG_DSB_ELSEWHERE
/* From tlb.S, between a TLBI and its DSB: what a preemption there would do. */
void bug_dsb_elsewhere(void)
{
	if (irqs_disabled() || current_head()->preempt_count != 1)
		return;
	preempt_enable();
	sched_yield();
	preempt_disable();
}
#endif

unsigned mmu_asid_bits(void)
{
	return (read_sysreg(id_aa64mmfr0_el1) >> 4 & 0xf) == 2 ? 16 : 8;
}

/*
 * DC CVAU each line, DSB, IC IVAU each line, DSB (B2.7.4.2).  Line sizes from CTR_EL0.  Other CPUs fetch after an
 * exception return, which is the context synchronisation that they need.
 */
void mmu_sync_icache(void *page)
{
	uint64_t ctr = read_sysreg(ctr_el0), va = (uint64_t)page, end = va + PAGE_SIZE;
	uint64_t dline = 4ul << (ctr >> 16 & 0xf), iline = 4ul << (ctr & 0xf);

	for (uint64_t a = va; a < end; a += dline)
		__asm__ volatile("dc cvau, %0" : : "r"(a) : "memory");
	dsb(ish);
	if ((ctr >> 14 & 3) != CTR_PIPT)
		__asm__ volatile("ic ialluis" : : : "memory"); /* IVAU by this address might miss the user's alias */
	else
		for (uint64_t a = va; a < end; a += iline)
			__asm__ volatile("ic ivau, %0" : : "r"(a) : "memory");
	dsb(ish);
	isb();
}
