/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H
/*
 * The two interrupt controllers behind irq.c.  Private to irq.c, gicv2.c and gicv3.c; the rest of the kernel uses devices.h.
 *
 * Interrupt numbers (INTID): 0-15 SGIs, between CPUs; 16-31 PPIs, a bank for each CPU; 32-1019 SPIs, shared; from
 * 1020 special, which mean that nothing is pending.  EOImode is 0: one write drops the priority and deactivates.  All
 * interrupts have one priority, so none interrupts another.
 */
#include <stdint.h>

struct platform;

#define GIC_SGIS  16
#define GIC_SPI0  32
#define GIC_INTIDS 1020
#define GIC_PRIORITY 0xa0 /* of all interrupts; below the mask 0xf0 or 0xff, and in both security states' ranges */

struct gic {
	const char *(*init)(const struct platform *p); /* boot CPU, once: distributor; NULL or a reason */
	void (*init_cpu)(unsigned cpu);                /* each CPU: its own interface and bank */
	void (*enable)(uint32_t intid, unsigned cpu);  /* PPI: in this CPU's bank, `cpu` is the caller; SPI: routed to `cpu` */
	void (*disable)(uint32_t intid, unsigned cpu);
	uint32_t (*acknowledge)(void);                 /* raw value for end(); its low 10 bits are the INTID */
	void (*end)(uint32_t raw);
	void (*send)(unsigned cpu, unsigned sgi);
};

extern const struct gic gicv2, gicv3;

#endif
