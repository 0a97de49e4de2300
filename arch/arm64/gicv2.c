/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv2 (Arm IHI 0048): a distributor and a CPU interface, both in memory.  At most 8 CPUs.
 *
 * A CPU is addressed by its interface number, which is not its MPIDR: each CPU reads it from the read-only targets
 * of its own SGIs and PPIs.  Registers below INTID 32 are banked for each CPU.
 *
 * Called through struct gic by irq.c.  No locks: see there.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/mmio.h"
#include "boot/platform.h"
#include "mm/kmap.h"

#define GICD_CTLR          0x000
#define GICD_TYPER         0x004
#define GICD_ISENABLER(n)  (0x100 + (n) / 32 * 4)
#define GICD_ICENABLER(n)  (0x180 + (n) / 32 * 4)
#define GICD_ICPENDR(n)    (0x280 + (n) / 32 * 4)
#define GICD_ICACTIVER(n)  (0x380 + (n) / 32 * 4)
#define GICD_IPRIORITYR(n) (0x400 + (n))
#define GICD_ITARGETSR(n)  (0x800 + (n))
#define GICD_ICFGR(n)      (0xc00 + (n) / 16 * 4)
#define GICD_SGIR          0xf00

#define GICC_CTLR 0x000
#define GICC_PMR  0x004
#define GICC_BPR  0x008
#define GICC_IAR  0x00c
#define GICC_EOIR 0x010

#define GICV2_MAX_CPUS 8

static char *gicd, *gicc;
static uint8_t interface[GICV2_MAX_CPUS]; /* each CPU's bit; 0 until its init_cpu() */
static uint32_t lines;                    /* INTIDs that exist */

static void priorities(uint32_t first, uint32_t end)
{
	for (uint32_t n = first; n < end; n += 4)
		mmio_write32(gicd + GICD_IPRIORITYR(n), GIC_PRIORITY * 0x01010101u);
}

static const char *gicv2_init(const struct platform *p)
{
	if (p->n_cpus > GICV2_MAX_CPUS)
		return "more than 8 CPUs, which a GICv2 cannot serve";
	gicd = kmap_device(p->gic_dist.base, 0x1000);
	gicc = kmap_device(p->gic_cpu.base, 0x1000);
	if (!gicd || !gicc)
		return "no room to map the interrupt controller";

	mmio_write32(gicd + GICD_CTLR, 0);
	lines = ((mmio_read32(gicd + GICD_TYPER) & 31) + 1) * 32;
	if (lines > GIC_INTIDS)
		lines = GIC_INTIDS;
	for (uint32_t n = GIC_SPI0; n < lines; n += 32) {
		mmio_write32(gicd + GICD_ICENABLER(n), 0xffffffff);
		mmio_write32(gicd + GICD_ICPENDR(n), 0xffffffff);
		mmio_write32(gicd + GICD_ICACTIVER(n), 0xffffffff);
	}
	for (uint32_t n = GIC_SPI0; n < lines; n += 16)
		mmio_write32(gicd + GICD_ICFGR(n), 0); /* level */
	priorities(GIC_SPI0, lines);
	mmio_write32(gicd + GICD_CTLR, 1);
	return NULL;
}

static void gicv2_init_cpu(unsigned cpu)
{
	uint32_t targets = 0;

	/* Interrupts that do not exist read as 0; a GIC for one CPU reads as 0 altogether. */
	for (uint32_t n = 0; n < GIC_SPI0; n += 4)
		targets |= mmio_read32(gicd + GICD_ITARGETSR(n));
	targets |= targets >> 16;
	targets |= targets >> 8;
	interface[cpu] = (uint8_t)targets ? (uint8_t)targets : 1;

	mmio_write32(gicd + GICD_ICENABLER(0), 0xffff0000); /* SGIs stay on */
	mmio_write32(gicd + GICD_ISENABLER(0), 0x0000ffff);
	priorities(0, GIC_SPI0);
	mmio_write32(gicc + GICC_PMR, 0xf0);
	mmio_write32(gicc + GICC_BPR, 0);
	mmio_write32(gicc + GICC_CTLR, 1);
}

static void gicv2_enable(uint32_t intid, unsigned cpu)
{
	if (intid >= lines)
		return;
	if (intid >= GIC_SPI0)
		mmio_write8(gicd + GICD_ITARGETSR(intid), interface[cpu]);
	mmio_write32(gicd + GICD_ISENABLER(intid), 1u << intid % 32);
}

static void gicv2_disable(uint32_t intid, unsigned cpu)
{
	mmio_write32(gicd + GICD_ICENABLER(intid), 1u << intid % 32);
}

/* The whole of IAR: for an SGI it also says who sent it, and EOIR wants that back. */
static uint32_t gicv2_acknowledge(void)
{
	uint32_t raw = mmio_read32(gicc + GICC_IAR);

	dmb(sy); /* what the handler reads is not older than the acknowledgement: pairs with ipi_send() */
	return raw;
}

static void gicv2_end(uint32_t raw)
{
	mmio_write32(gicc + GICC_EOIR, raw);
}

static void gicv2_send(unsigned cpu, unsigned sgi)
{
	mmio_write32(gicd + GICD_SGIR, (uint32_t)interface[cpu] << 16 | sgi);
}

const struct gic gicv2 = {
	.init = gicv2_init,
	.init_cpu = gicv2_init_cpu,
	.enable = gicv2_enable,
	.disable = gicv2_disable,
	.acknowledge = gicv2_acknowledge,
	.end = gicv2_end,
	.send = gicv2_send,
};
