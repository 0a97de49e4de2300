/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking frame records, where any of them may be rubbish.
 *
 * A record is read only if it is aligned, lies in memory that can hold a kernel stack (stack slots; the image, for the boot stack; the direct map,
 * for emergency stacks) and is mapped: the last is asked of the hardware with AT S1E1R, so a guard page, or the slot of a
 * stack that was freed, does no harm.  Called by panic; takes no lock and allocates nothing.
 */
#include "arch/arm64/backtrace.h"
#include <stdbool.h>
#include "arch/arm64/cpu.h"
#include "arch/arm64/layout.h"

#define PAR_F 1u /* PAR_EL1.F: the translation failed */

static bool in_range(uint64_t va, uint64_t base, uint64_t size)
{
	return va - base < size;
}

/* Reading at va gives no fault.  Keeps PAR_EL1: what was interrupted may be about to read it. */
static bool readable(uint64_t va)
{
	uint64_t flags = irq_save();
	uint64_t kept = read_sysreg(par_el1), par;

	__asm__ volatile("at s1e1r, %0" : : "r"(va) : "memory");
	isb(); /* PAR_EL1 holds the answer only after it */
	par = read_sysreg(par_el1);
	write_sysreg(kept, par_el1);
	irq_restore(flags);
	return !(par & PAR_F);
}

static bool is_record(uint64_t fp)
{
	if (fp % 16) /* so it does not cross a page */
		return false;
	if (!in_range(fp, KSTACK_BASE, DEVICE_BASE - KSTACK_BASE) && !in_range(fp, IMAGE_BASE, BLOCK_SIZE) &&
	    !in_range(fp, DMAP_BASE, DMAP_SIZE))
		return false;
	return readable(fp);
}

unsigned backtrace_walk(uint64_t fp, uint64_t *addresses, unsigned max)
{
	unsigned n = 0;

	while (n < max && is_record(fp)) {
		const uint64_t *record = (const uint64_t *)fp;

		if (!in_range(record[1], IMAGE_BASE, BLOCK_SIZE))
			break;
		addresses[n++] = record[1] - 4;
		if (record[0] == fp)
			break;
		fp = record[0];
	}
	return n;
}
