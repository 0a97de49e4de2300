/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the machine, and reports to a harness: see system.h.
 */
#include "arch/arm64/devices.h"
#include "boot/platform.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/spinlock.h"
#include "kernel/system.h"

struct object system_object = { 1, OBJECT_SYSTEM };

static bool reports;
static struct spinlock report_lock; /* a report's bytes stay together */

void system_init(void)
{
	char value[8];

	reports = bootarg("report", value, sizeof(value));
}

bool system_reports(void)
{
	return reports;
}

void system_report(const char *bytes, size_t n)
{
	uint64_t flags = spin_lock_irq(&report_lock);

	semihost_write(bytes, n);
	spin_unlock_irq(&report_lock, flags);
}

void system_power_off(unsigned status)
{
	kprintf("power off, status %u\n", status);
	if (reports)
		semihost_exit(status);
	if (platform.psci != PSCI_NONE)
		psci_system_off();
	kprintf("no firmware to power off by: stopped\n");
	irq_disable();
	ipi_send_others(IPI_STOP);
	panic_stop();
}
