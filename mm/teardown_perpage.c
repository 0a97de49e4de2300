/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `perpage`: what everyone did first.  Each page and each table is taken out by itself: the entry is cleared, one TLBI for its
 * address, and only then it is freed (I10).  The page map is never dead while it has entries.  Kept to be compared with.
 *
 * Nobody else changes these tables any more, and nobody walks them: all have left.  TLBs may hold what is in them.
 */
#include "arch/arm64/mmu.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/teardown.h"

static void flush(struct pmap *p, uint64_t va, unsigned how)
{
	uint64_t asid = asid_number(p);

	preempt_disable(); /* T8 */
	if (asid && __atomic_load_n(&p->ran, __ATOMIC_RELAXED))
		tlb_flush_va(va, 1, asid, how | (teardown_only_here(p) ? TLB_LOCAL : 0));
	preempt_enable();
}

static void take_out(struct pmap *p, const pte_t *table, unsigned level, uint64_t va)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++, va += 1ul << pt_shift(level)) {
		const pte_t *e = &table[i];
		pte_t old = pte_get(e);

		if (!pte_valid(old))
			continue;
		if (pte_is_table(old, level)) {
			take_out(p, pa_to_va(pte_pa(old)), level + 1, va);
			pte_set(e, 0);
			flush(p, va, 0); /* T7: walk entries too */
			pmap_table_free(p, pa_to_page(pte_pa(old)));
		} else {
			pte_set(e, 0);
			flush(p, va, TLB_LEAF);
			pmap_leaf_free(p, old, level);
		}
		pte_table_page(e)->live--;
	}
}

static void end(struct pmap *p)
{
	take_out(p, p->root, 0, 0);
}

const struct teardown_policy teardown_perpage = {
	.name = "perpage",
	.end = end,
	.release = asid_free,
	.flushes_at_exit = true,
};
