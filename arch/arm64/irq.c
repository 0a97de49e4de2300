/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: one handler for each number, over whichever GIC the machine has, and interrupts between CPUs (SGIs).
 *
 * Interrupt handlers run with interrupts masked on the CPU that took them.  Handlers are registered at boot or by a thread,
 * and never removed.  No locks: an entry of the table is written before its interrupt is enabled, on the CPU to which
 * it is routed; the GIC's enable and route registers are separate for each interrupt or set bits by writing ones.
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "arch/arm64/gic.h"
#include "boot/platform.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"

struct irq_handler {
	irq_handler_fn *fn;   /* one of the two */
	irq_teller_fn *teller;
	void *arg;
};

static struct irq_handler handlers[GIC_INTIDS]; /* written by irq_register(), constant afterwards */
static const struct gic *gic;                   /* constant after irq_init() */

const char *irq_init(const struct platform *p)
{
	gic = p->gic_version == 3 ? &gicv3 : &gicv2;
	return gic->init(p);
}

void irq_init_cpu(void)
{
	gic->init_cpu(this_cpu()->id);
}

static void enter(uint32_t intid, struct irq_handler handler)
{
	uint64_t flags;

	ASSERT(intid >= GIC_SGIS && intid < GIC_INTIDS);
	flags = irq_save();
	handlers[intid] = handler;
	gic->enable(intid, this_cpu()->id);
	irq_restore(flags);
}

void irq_register(uint32_t intid, irq_handler_fn *handler, void *arg)
{
	enter(intid, (struct irq_handler){ .fn = handler, .arg = arg });
}

void irq_register_teller(uint32_t intid, irq_teller_fn *teller, void *arg)
{
	enter(intid, (struct irq_handler){ .teller = teller, .arg = arg });
}

void irq_enable_private(uint32_t intid)
{
	uint64_t flags;

	ASSERT(intid >= GIC_SGIS && intid < GIC_SPI0);
	flags = irq_save();
	gic->enable(intid, this_cpu()->id);
	irq_restore(flags);
}

void irq_unmask(uint32_t intid)
{
	uint64_t flags = irq_save();

	gic->enable(intid, this_cpu()->id);
	irq_restore(flags);
}

void irq_mask(uint32_t intid)
{
	uint64_t flags = irq_save();

	gic->disable(intid, this_cpu()->id);
	irq_restore(flags);
}

static void handle(uint32_t intid)
{
	struct irq_handler *h = &handlers[intid];

	if (h->fn) {
		h->fn(intid, h->arg);
	} else { /* left on by firmware, or a fault of the machine: once is enough */
		gic->disable(intid, this_cpu()->id);
		kprintf("irq: interrupt %u has no handler, disabled\n", intid);
	}
}

void irq_dispatch(struct trapframe *f)
{
	struct irq_handler *h;

	for (;;) {
		uint32_t raw = gic->acknowledge(), intid = raw & 0x3ff;

		if (intid >= GIC_INTIDS)
			return;
		count(IRQS);
		h = &handlers[intid];
		if (h->teller) {
			gic->disable(intid, this_cpu()->id);
			gic->end(raw);
			h->teller(f, h->arg); /* what else is pending comes at the next ERET if this does not return */
		} else if (intid < GIC_SGIS) {
			/* Ended first: IPI_STOP does not come back, and a new one may come while this is handled. */
			gic->end(raw);
			ipi_handle(intid);
		} else {
			handle(intid);
			gic->end(raw);
		}
	}
}

void ipi_send(unsigned cpu, unsigned ipi)
{
	/* The stores before, what the IPI is about, are visible to the receiver: pairs with the barrier after the
	 * acknowledgement in gicv2.c and gicv3.c. */
	dsb(ishst);
	gic->send(cpu, ipi);
	count(IPI_SENT);
}

void ipi_send_others(unsigned ipi)
{
	uint64_t flags = irq_save();
	unsigned self = this_cpu()->id;

	for_each_cpu(i)
		if (i != self)
			ipi_send(i, ipi);
	irq_restore(flags);
}
