/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the machine, and reports to a harness: see system.h.
 */
#include "arch/arm64/devices.h"
#include "boot/platform.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/seed.h"
#include "kernel/spinlock.h"
#include "kernel/system.h"
#include "mm/check.h"

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

/* What two runs of one seed must have in common. */
static void report_length(void)
{
	char line[80];
	uint32_t instructions;
	uint64_t flags, ns;

	flags = irq_save();
	if (seed_given() && pmu_read(&instructions, &ns))
		system_report(line, ksnprintf(line, sizeof(line), "instructions %u\nnanoseconds %lu\n", instructions, ns));
	irq_restore(flags);
}

void system_power_off(unsigned status)
{
	kprintf("power off, status %u\n", status);
	if (reports) {
		check_window_report();
		report_length();
		semihost_exit(status);
	}
	if (platform.psci != PSCI_NONE)
		psci_system_off();
	kprintf("no firmware to power off by: stopped\n");
	irq_disable();
	ipi_send_others(IPI_STOP);
	panic_stop();
}
