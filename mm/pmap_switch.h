/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PMAP_SWITCH_H
#define MM_PMAP_SWITCH_H
/*
 * Loading a page map on this CPU, without a call: for pmap_switch() and the short way of messages.
 *
 *   incoming = p; DMB; look at the generation     a rollover keeps the ASID of whoever it sees incoming or active
 *   mark that this CPU has run p (T8)             a flush that does not see the mark comes before any walk of ours
 *   TTBR0 = root and ASID in one write (T4); ISB  (T5)
 *   active = p; incoming = NULL                   in this order: it is always one of the two
 */
#include "arch/arm64/cpu.h"
#include "arch/arm64/mmu.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/check.h"
#include "mm/pmap.h"

/* pmap.c: this CPU is to run p for the first time since p's last flush. */
void pmap_mark_ran(struct pmap *p);

/* p is not NULL.  Interrupts masked. */
static inline __attribute__((always_inline)) void pmap_load(struct percpu *cpu, struct pmap *p)
{
	uint64_t asid;

	if (cpu->active_pmap == p)
		return;
	DEBUG_ASSERT_RULE("I2", p->state == PMAP_LIVE);
	__atomic_store_n(&cpu->incoming_pmap, p, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with rollover() and reset_ran() */
	asid = asid_get(p);
	DEBUG_ASSERT_RULE("I1", asid != 0);
	protocol_window(); /* a rollover, or a flush of the ASID */
	if (__builtin_expect(!(__atomic_load_n(&p->ran, __ATOMIC_RELAXED) >> cpu->id & 1), 0))
		pmap_mark_ran(p);
#ifdef BUG_ROOT_BEFORE_ASID /* our own: table and ASID in two writes; in between walks of the one fill entries of the other (T4) */
	if (mmu_loaded_asid())
		ttbr0_write(p->root_pa | mmu_loaded_asid() << 48);
#endif
	protocol_window(); /* a flush that sees the bit, or does not */
	ttbr0_write(p->root_pa | asid << 48);
	protocol_window(); /* both are to be looked at */
	__atomic_store_n(&cpu->active_pmap, p, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->incoming_pmap, NULL, __ATOMIC_RELEASE);
}

#endif
