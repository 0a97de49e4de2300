/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the MMU interface that are no one-liners: what the CPU can do, and instruction cache maintenance.
 */
#include "arch/arm64/mmu.h"

#define CTR_PIPT 3 /* CTR_EL0.L1Ip */

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
