/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps, first part: birth, loading and parking, flushing.  Tables are in pmap_table.c, single entries in
 * pmap_entry.c, ranges in pmap_range.c, death in purge.c.
 *
 * Which CPUs a flush must reach is in pmap->ran.  Two orders make it right:
 *
 *   switch to p:  incoming = p; DMB; look at ran, set own bit, DSB; TTBR0 = p; ISB; active = p
 *   flush of p:   store the entry; DMB; look at ran: local if only this CPU's bit is set, else broadcast
 *
 * either the flush sees the bit, or the CPU's walks, which come after its DSB, see the entry.  A flush of the whole
 * ASID may clear bits: it clears first, then looks at everybody's incoming and active, and sets the bits of those
 * again.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/check.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/pmap_switch.h"

static const pte_t zero_table[PT_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
uint64_t zero_table_pa;

static inline uint64_t own_bit(void)
{
	return 1ull << this_cpu()->id;
}

void pmap_boot(void)
{
	zero_table_pa = kmap_image_pa(zero_table);
}

int pmap_init(struct pmap *p)
{
	struct page *root;

	*p = (struct pmap){ .state = PMAP_LIVE, .tables = 1 };
	root = table_alloc(p, 0);
	if (!root)
		return -ENOMEM;
	check_table_place(root, 0, 0);
	p->root = page_to_va(root);
	p->root_pa = page_to_pa(root);
	check_pmap_init(p);
	return 0;
}

/* --- which tables this CPU walks --- */

static void load_zero_table(void)
{
#ifdef BUG_PARK_KEEPS_ASID /* seL4 #1750: the TLB may still fill entries of that ASID, from the zero table's walks */
	ttbr0_write(zero_table_pa | mmu_loaded_asid() << 48);
	return;
#endif
	ttbr0_write(zero_table_pa); /* I1: with ASID 0, and one write for both (T4) */
}

void pmap_park(void)
{
	preempt_disable(); /* the same CPU's, both */
	load_zero_table();
	/* Release: whoever sees NULL knows that TTBR0 was changed, ISB included (T5). */
	__atomic_store_n(&this_cpu()->active_pmap, NULL, __ATOMIC_RELEASE);
	preempt_enable();
}

void pmap_mark_ran(struct pmap *p)
{
	__atomic_fetch_or(&p->ran, own_bit(), __ATOMIC_RELAXED);
	dsb(ish); /* pairs with only_here(): the bit is seen before any walk of ours */
}

void pmap_switch(struct pmap *p)
{
	struct percpu *cpu = this_cpu();

	if (p) {
		pmap_load(cpu, p);
	} else if (cpu->active_pmap) {
		pmap_park();
		count(PARK_SWITCH);
	}
}

bool pmap_is_loaded(const struct pmap *p)
{
	if (!p)
		return mmu_loaded_root() == zero_table_pa && mmu_loaded_asid() == 0;
	return mmu_loaded_root() == p->root_pa && mmu_loaded_asid() == asid_number(p) && asid_number(p) != 0;
}

/* --- flushing; preemption is off from the look at `ran` to the end of the TLBI's DSB (T8) --- */

/* Checking builds: whether this flush runs against a switch on another CPU. */
static void note_switches(const struct pmap *p)
{
	for (unsigned i = 0; CURFEW_CHECK && i < cpus_online; i++)
		if (__atomic_load_n(&percpu_all[i]->incoming_pmap, __ATOMIC_RELAXED) == p)
			protocol_entered(WINDOW_SWITCH_FLUSH);
}

static bool only_here(const struct pmap *p)
{
	dmb(ish); /* the entry's store before the look; pairs with pmap_switch() */
	note_switches(p);
	return !(__atomic_load_n(&p->ran, __ATOMIC_RELAXED) & ~own_bit());
}

void pmap_flush_range(struct pmap *p, uint64_t va, uint64_t n, unsigned how)
{
	uint64_t asid = asid_number(p), size = how & TLB_BLOCK ? BLOCK_SIZE : PAGE_SIZE;

	if (p->state == PMAP_DEAD) { /* I5 */
		count(TLBI_WASTED);
		return;
	}
#ifdef BUG_END_OF_VA /* CVE-2026-89918: one past the last byte is 0 at the top of the space, and the last page is left out */
	if (((va + n * size) & (USER_TOP - 1)) == 0)
		n--;
#endif
	DEBUG_ASSERT_RULE("I15", n && va + n * size <= USER_TOP);
	protocol_window();
	if (asid && (n <= FLUSH_PAGES_MAX || (mmu_has_range && n * (size / PAGE_SIZE) <= FLUSH_RANGE_MAX)))
		tlb_flush_va(va, n, asid, how | (only_here(p) ? TLB_LOCAL : 0));
	else if (asid)
		tlb_flush_asid(asid, only_here(p));
	check_flushed(p, va, va + n * size - 1);
}

/*
 * After a clear: those that have p loaded, or are loading it, are still to be reached by later flushes.  Two may do
 * this at the same time on two CPUs: each has p loaded, so each is seen by the other's look, and what either erases
 * is flushed by its own broadcast.
 */
static void reset_ran(struct pmap *p)
{
	uint64_t here = __atomic_load_n(&this_cpu()->active_pmap, __ATOMIC_RELAXED) == p ? own_bit() : 0;

	__atomic_store_n(&p->ran, here, __ATOMIC_RELAXED);
	protocol_window();
	dmb(ish); /* pairs with pmap_switch() */
	for_each_cpu(i) {
		struct percpu *cpu = percpu_all[i];

		/* Incoming first: it becomes active, never the other way round. */
		if (__atomic_load_n(&cpu->incoming_pmap, __ATOMIC_ACQUIRE) == p ||
		    __atomic_load_n(&cpu->active_pmap, __ATOMIC_ACQUIRE) == p)
			__atomic_fetch_or(&p->ran, 1ull << i, __ATOMIC_RELAXED);
	}
}

void pmap_flush_asid(struct pmap *p)
{
	uint64_t asid;
	bool local;

	if (p->state == PMAP_DEAD) {
		count(TLBI_WASTED);
		return;
	}
	protocol_window();
	local = only_here(p);
	if (!local)
		reset_ran(p);
	asid = asid_number(p);
	if (asid)
		tlb_flush_asid(asid, local);
	check_flushed(p, 0, USER_TOP - 1);
}

void pmap_drop_stale(struct pmap *p, uint64_t va)
{
	uint64_t asid;

	preempt_disable();
	asid = asid_number(p);
	if (asid)
		tlb_flush_va(va, 1, asid, TLB_LOCAL | TLB_LEAF); /* other CPUs do the same when they fault */
	preempt_enable();
}
