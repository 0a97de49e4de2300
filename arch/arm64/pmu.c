/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two counters of the performance monitors (Arm ARM D13), for repeatable runs: they tell whether two runs were the
 * same.
 *
 *   event counter 0   INST_RETIRED (0x08), 32 bits
 *   cycle counter     64 bits
 *
 * Under QEMU's -icount with a fixed shift the first counts every instruction that any of the machine's CPUs
 * executed, and the second the nanoseconds of virtual time, in which skipped idle time is counted too.  Both from
 * pmu_start() on this CPU on.  Own CPU.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"

#define PMCR_E  (1 << 0)
#define PMCR_P  (1 << 1) /* reset the event counters */
#define PMCR_C  (1 << 2) /* and the cycle counter */
#define PMCR_LC (1 << 6) /* which has 64 bits */
#define PMCR_N  (0x1f << 11)
#define ENABLE_EVENT_0 (1ul << 0)
#define ENABLE_CYCLES  (1ul << 31)
#define INST_RETIRED   0x08

/* PMUv3 with an event counter; ID_AA64DFR0_EL1.PMUVer 15 is something else (D17.2.59). */
static bool present(void)
{
	unsigned version = read_sysreg(id_aa64dfr0_el1) >> 8 & 15;

	return version != 0 && version != 15 && read_sysreg(pmcr_el0) & PMCR_N;
}

void pmu_start(void)
{
	if (!present())
		return;
	write_sysreg(INST_RETIRED, pmevtyper0_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(ENABLE_EVENT_0 | ENABLE_CYCLES, pmcntenset_el0);
	write_sysreg(PMCR_E | PMCR_P | PMCR_C | PMCR_LC, pmcr_el0);
	isb();
}

bool pmu_read(uint32_t *instructions, uint64_t *ns)
{
	if (!present())
		return false;
	*instructions = read_sysreg(pmevcntr0_el0);
	*ns = read_sysreg(pmccntr_el0);
	return true;
}
