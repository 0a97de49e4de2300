/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3 (Arm IHI 0069), non-secure or with one security state, affinity routing on: a distributor for SPIs, a
 * redistributor for each CPU's SGIs and PPIs, both in memory, and a CPU interface in system registers.
 *
 * Redistributors lie in a row, in one or more regions; each says whose it is by affinity and whether it is the last.
 * Only the two pages of each that are used get mapped.
 *
 * Called through struct gic by irq.c.  No locks: see there.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/mmio.h"
#include "boot/platform.h"
#include "kernel/log.h"
#include "mm/kmap.h"

#define GICD_CTLR          0x0000
#define GICD_TYPER         0x0004
#define GICD_IGROUPR(n)    (0x0080 + (n) / 32 * 4)
#define GICD_ISENABLER(n)  (0x0100 + (n) / 32 * 4)
#define GICD_ICENABLER(n)  (0x0180 + (n) / 32 * 4)
#define GICD_ICPENDR(n)    (0x0280 + (n) / 32 * 4)
#define GICD_ICACTIVER(n)  (0x0380 + (n) / 32 * 4)
#define GICD_IPRIORITYR(n) (0x0400 + (n))
#define GICD_ICFGR(n)      (0x0c00 + (n) / 16 * 4)
#define GICD_IROUTER(n)    (0x6000 + (n) * 8)
#define GICD_SIZE          0x8000
#define GICD_CTLR_ENABLE   0x13 /* ARE, and group 1 as either security view calls it */
#define GICD_CTLR_ARE      0x10
#define CTLR_RWP           (1u << 31)

/* First page of a redistributor, and the page for SGIs and PPIs, whose offsets are the distributor's. */
#define GICR_TYPER         0x0008
#define GICR_WAKER         0x0014
#define GICR_SGI_PAGE      0x10000
#define GICR_SIZE          0x20000
#define TYPER_VLPIS        (1u << 1) /* two more 64 KiB frames */
#define TYPER_LAST         (1u << 4)
#define WAKER_SLEEP        (1u << 1)
#define WAKER_CHILDREN_ASLEEP (1u << 2)

#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_EOIR1_EL1   S3_0_C12_C12_1
#define ICC_BPR1_EL1    S3_0_C12_C12_3
#define ICC_CTLR_EL1    S3_0_C12_C12_4
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_CTLR_RSS    (1u << 18)

/* read_sysreg() names its register literally; these expand the names above first. */
#define icc_read(reg)         read_sysreg(reg)
#define icc_write(value, reg) write_sysreg(value, reg)

struct redistributor {
	char *rd, *sgi;
	uint64_t sgi1r; /* the affinity's part of ICC_SGI1R_EL1 */
};

static char *gicd;
static uint32_t lines;
static struct redistributor redist[PLATFORM_MAX_CPUS]; /* constant after init */
static uint64_t affinity[PLATFORM_MAX_CPUS];

static void wait_rwp(void)
{
	while (mmio_read32(gicd + GICD_CTLR) & CTLR_RWP)
		cpu_relax();
}

/* Group 1, disabled, not pending, one priority: the 32 interrupts from `first` on, at the distributor or in an SGI page. */
static void reset_bank(char *base, uint32_t first)
{
	mmio_write32(base + GICD_ICENABLER(first), 0xffffffff);
	mmio_write32(base + GICD_IGROUPR(first), 0xffffffff);
	mmio_write32(base + GICD_ICPENDR(first), 0xffffffff);
	mmio_write32(base + GICD_ICACTIVER(first), 0xffffffff);
	for (uint32_t n = first; n < first + 32; n += 4)
		mmio_write32(base + GICD_IPRIORITYR(n), GIC_PRIORITY * 0x01010101u);
}

/* Where an SGI for this CPU goes: Aff3 55:48, range 47:44, Aff2 39:32, Aff1 23:16, and a bit for Aff0 % 16. */
static uint64_t sgi_target(uint64_t mpidr)
{
	return (mpidr >> 32 & 0xff) << 48 | (mpidr >> 4 & 0xf) << 44 | (mpidr >> 16 & 0xff) << 32 |
	       (mpidr >> 8 & 0xff) << 16 | 1ull << (mpidr & 0xf);
}

/* Notes the redistributor at `pa` if its affinity (Aff3..Aff0 in 32 bits) is that of a CPU of ours. */
static bool claim(const struct platform *p, uint64_t pa, char *rd, uint32_t aff)
{
	for (unsigned i = 0; i < p->n_cpus; i++) {
		uint64_t mpidr = p->cpu_mpidr[i];

		if (((mpidr >> 8 & 0xff000000) | (mpidr & 0xffffff)) != aff)
			continue;
		redist[i].rd = rd;
		redist[i].sgi = kmap_device(pa + GICR_SGI_PAGE, 0x1000);
		redist[i].sgi1r = sgi_target(mpidr);
		affinity[i] = mpidr;
		return redist[i].sgi != NULL;
	}
	return true;
}

static const char *scan_region(const struct platform *p, const struct pa_range *region)
{
	uint64_t offset = 0, typer;

	while (region->size >= GICR_SIZE && offset <= region->size - GICR_SIZE) {
		char *rd = kmap_device(region->base + offset, 0x1000);

		if (!rd)
			return "no room to map the interrupt controller";
		typer = mmio_read64(rd + GICR_TYPER);
		if (!claim(p, region->base + offset, rd, (uint32_t)(typer >> 32)))
			return "no room to map the interrupt controller";
		if (typer & TYPER_LAST)
			break;
		if (p->gic_redist_stride)
			offset += p->gic_redist_stride;
		else
			offset += typer & TYPER_VLPIS ? 2 * GICR_SIZE : GICR_SIZE;
	}
	return NULL;
}

static const char *init_redistributors(const struct platform *p)
{
	const char *error = NULL;

	for (unsigned i = 0; i < p->n_redist && !error; i++)
		error = scan_region(p, &p->gic_redist[i]);
	for (unsigned i = 0; i < p->n_cpus && !error; i++) {
		if (!redist[i].rd)
			error = "a CPU has no redistributor in the interrupt controller";
		else if ((p->cpu_mpidr[i] & 0xf0) && !(icc_read(ICC_CTLR_EL1) & ICC_CTLR_RSS))
			error = "a CPU's affinity is beyond what the interrupt controller can send to";
	}
	return error;
}

/* Turns the CPU interface's system registers on; false if they are not there. */
static bool enable_sysregs(void)
{
	icc_write(icc_read(ICC_SRE_EL1) | 1, ICC_SRE_EL1);
	isb();
	return icc_read(ICC_SRE_EL1) & 1;
}

static const char *gicv3_init(const struct platform *p)
{
	const char *error;

	/* ID_AA64PFR0_EL1.GIC: reading ICC_SRE_EL1 would trap where it is 0. */
	if ((read_sysreg(id_aa64pfr0_el1) >> 24 & 0xf) == 0 || !enable_sysregs())
		return "the GICv3's system registers are not available";
	gicd = kmap_device(p->gic_dist.base, GICD_SIZE);
	if (!gicd)
		return "no room to map the interrupt controller";
	error = init_redistributors(p);
	if (error)
		return error;

	mmio_write32(gicd + GICD_CTLR, 0);
	wait_rwp();
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE); /* the meaning of the registers below depends on it */
	wait_rwp();
	lines = ((mmio_read32(gicd + GICD_TYPER) & 31) + 1) * 32;
	if (lines > GIC_INTIDS)
		lines = GIC_INTIDS;
	for (uint32_t n = GIC_SPI0; n < lines; n += 32)
		reset_bank(gicd, n);
	for (uint32_t n = GIC_SPI0; n < lines; n += 16)
		mmio_write32(gicd + GICD_ICFGR(n), 0); /* level */
	wait_rwp();
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ENABLE);
	wait_rwp();
	return NULL;
}

static void gicv3_init_cpu(unsigned cpu)
{
	struct redistributor *r = &redist[cpu];

	mmio_write32(r->rd + GICR_WAKER, mmio_read32(r->rd + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(r->rd + GICR_WAKER) & WAKER_CHILDREN_ASLEEP)
		cpu_relax();
	reset_bank(r->sgi, 0);
	mmio_write32(r->sgi + GICD_ISENABLER(0), 0x0000ffff); /* SGIs */

	if (!enable_sysregs())
		panic("cpu %u: no system registers for its GICv3", cpu);
	icc_write(0xff, ICC_PMR_EL1);
	icc_write(0, ICC_BPR1_EL1);
	icc_write(0, ICC_CTLR_EL1); /* EOImode 0 */
	icc_write(1, ICC_IGRPEN1_EL1);
	isb();
}

static void gicv3_enable(uint32_t intid, unsigned cpu)
{
	if (intid < GIC_SPI0) {
		mmio_write32(redist[cpu].sgi + GICD_ISENABLER(0), 1u << intid);
	} else if (intid < lines) {
		mmio_write64(gicd + GICD_IROUTER(intid), affinity[cpu]);
		mmio_write32(gicd + GICD_ISENABLER(intid), 1u << intid % 32);
	}
}

static void gicv3_disable(uint32_t intid, unsigned cpu)
{
	char *base = intid < GIC_SPI0 ? redist[cpu].sgi : gicd;

	mmio_write32(base + GICD_ICENABLER(intid), 1u << intid % 32);
}

static uint32_t gicv3_acknowledge(void)
{
	uint32_t intid = (uint32_t)icc_read(ICC_IAR1_EL1);

	dsb(sy); /* what the handler reads is not older than the acknowledgement: pairs with ipi_send() */
	return intid;
}

static void gicv3_end(uint32_t intid)
{
	icc_write(intid, ICC_EOIR1_EL1);
	isb();
}

static void gicv3_send(unsigned cpu, unsigned sgi)
{
	icc_write(redist[cpu].sgi1r | (uint64_t)sgi << 24, ICC_SGI1R_EL1);
	isb();
}

const struct gic gicv3 = {
	.init = gicv3_init,
	.init_cpu = gicv3_init_cpu,
	.enable = gicv3_enable,
	.disable = gicv3_disable,
	.acknowledge = gicv3_acknowledge,
	.end = gicv3_end,
	.send = gicv3_send,
};
