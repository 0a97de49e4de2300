/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `perpage`: what everyone did first.  Each page and each table is taken out by itself: the entry is cleared, one TLBI for its
 * address, and only then it is freed (I10).  The page map is never dead while it has entries.  Kept to be compared with.
 *
 * Nobody else changes these tables any more, and nobody walks them: all have left.  TLBs may hold what is in them.
 */
#include "arch/arm64/mmu.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/teardown.h"

/* The entry for va is cleared.  After a rollover the number may be another's, and this a waste: everything was flushed then. */
static void flush(struct pmap *p, uint64_t va, unsigned how)
{
	uint64_t asid;

	preempt_disable(); /* T8 */
	asid = asid_number(p);
	if (asid && __atomic_load_n(&p->ran, __ATOMIC_RELAXED))
		tlb_flush_va(va, 1, asid, how | (teardown_only_here(p) ? TLB_LOCAL : 0));
	preempt_enable();
}

/* Empties a table that covers addresses from va on, and frees what it led to.  May be preempted anywhere. */
static void take_out(struct pmap *p, struct page *table, unsigned level, uint64_t va)
{
	const pte_t *e = page_to_va(table), *stop = e + PT_ENTRIES;

	for (; table->live; e++, va += 1ul << pt_shift(level)) {
		pte_t old = pte_get(e);

		if (!pte_valid(old))
			continue;
		ASSERT_RULE("I12", e < stop);
		table->live--;
		if (pte_is_table(old, level)) {
			take_out(p, pa_to_page(pte_pa(old)), level + 1, va);
			pte_set(e, 0);
			flush(p, va, 0); /* T7: walk entries too */
			pmap_table_free(p, pa_to_page(pte_pa(old)));
		} else {
			pte_set(e, 0);
			flush(p, va, TLB_LEAF);
			pmap_leaf_free(p, old, level);
		}
		protocol_window();
	}
}

/* All but the root, which the purge frees. */
static void end(struct pmap *p)
{
	uint64_t pages = p->resident, tables = p->tables;

	pmap_check_counts(p); /* I12: each table is left when its count is used up */
	take_out(p, pa_to_page(p->root_pa), 0, 0);
	count_n(PURGE_PAGES, pages);
	count_n(PURGE_TABLES, tables - p->tables);
}

const struct teardown_policy teardown_perpage = {
	.name = "perpage",
	.end = end,
	.release = asid_free,
	.flushes_at_exit = true,
};
