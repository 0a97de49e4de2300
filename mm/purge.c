/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a page map: E4 (the teardown policy's flush, mark dead), E5 (purge without any TLB maintenance), E6
 * (prove it).
 *
 * Called by the last thread out of a vmspace (kernel/exit.c, kernel/exec.c) after every sibling has parked and
 * counted itself out: no CPU walks these tables and none can come back (I3).  Nothing here spins, and nothing holds a
 * lock while it frees.
 */
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/teardown.h"
#include "mm/user_block.h"

/* I3: no CPU has it loaded, or is loading it. */
static void assert_parked(struct pmap *p)
{
	for_each_cpu(i) {
		ASSERT_RULE("I3", __atomic_load_n(&percpu_all[i]->active_pmap, __ATOMIC_ACQUIRE) != p);
		ASSERT_RULE("I3", __atomic_load_n(&percpu_all[i]->incoming_pmap, __ATOMIC_ACQUIRE) != p);
	}
}

void pmap_kill(struct pmap *p)
{
	ASSERT_RULE("I5", p && p->state == PMAP_LIVE); /* the kernel's tables are no struct pmap: they cannot come here */
	check_pmap_parked(p);
	assert_parked(p);
	protocol_window();
	teardown->end(p);
	p->ended = true; /* the DSB of its last flush, where there is one, is behind us */
	p->state = PMAP_DEAD;
	check_pmap_kill(p);
}

/* What a leaf led to has one user less. */
void pmap_leaf_free(struct pmap *p, pte_t e, unsigned level)
{
	struct page *page = pa_to_page(pte_pa(e));

	if (level == LEAF_LEVEL) {
		page_put(page);
		p->resident--;
	} else {
		user_block_put(page);
		p->resident -= PT_ENTRIES;
	}
}

/* Frees a table and all below it.  Entries are not cleared: nobody will ever walk them again (I4). */
static void purge_table(struct pmap *p, struct page *page, unsigned level)
{
	const pte_t *e = page_to_va(page);
	unsigned pages = 0;

	const pte_t *end = e + PT_ENTRIES;

	for (unsigned left = page->live; left; e++) {
		pte_t value = pte_get(e);

		if (!pte_valid(value))
			continue;
		ASSERT_RULE("I12", e < end); /* the count is right: beyond is somebody else's frame */
		left--;
		pte_forget(e);
		if (level == LEAF_LEVEL) {
			page_put(pa_to_page(pte_pa(value)));
			pages++;
		} else if (pte_is_table(value, level)) {
			purge_table(p, pa_to_page(pte_pa(value)), level + 1);
		} else {
			pmap_leaf_free(p, value, level);
		}
	}
	p->resident -= pages;
	protocol_window();
	pmap_table_free(p, page);
}

/*
 * The page at va goes first if it is the only one: then it and the tables that lead to it, one a level and each with
 * one entry, are all that there is.
 */
static void purge_only(struct pmap *p, uint64_t va)
{
	const pte_t *path[PT_LEVELS], *table = p->root;
	unsigned level = 0;
	pte_t value;

	for (;; level++) {
		path[level] = &table[pt_index(va, level)];
		value = pte_get(path[level]);
		if (!pte_is_table(value, level))
			break;
		table = pa_to_va(pte_pa(value));
	}
	if (level < LEAF_LEVEL || !pte_valid(value))
		return; /* some other page is left */
	ASSERT_RULE("I12", p->tables == PT_LEVELS);
	pte_forget(path[level]);
	pmap_leaf_free(p, value, level);
	while (level-- > 0) {
		pte_forget(path[level]);
		pmap_table_free(p, pte_table_page(path[level + 1]));
	}
	pte_table_page(path[0])->live = 0;
}

void pmap_purge(struct pmap *p, uint64_t kernel_page)
{
	uint64_t pages = p->resident, tables = p->tables;

	ASSERT_RULE("E5", p->state == PMAP_DEAD);
	ASSERT_RULE("I4", p->ended); /* flush < first page freed */
	count(PURGE_CALLS);
	pmap_check_counts(p);
	if (!p->root) { /* a second call: E6 */
		count(PURGE_EARLY);
		return;
	}
	if (p->resident == 1)
		purge_only(p, kernel_page);
	if (p->tables == 1) { /* only the root: nothing was ever mapped, or all was unmapped (E5) */
		count(PURGE_EARLY);
		ASSERT_RULE("I12", p->resident == 0 && pa_to_page(p->root_pa)->live == 0);
		pmap_table_free(p, pa_to_page(p->root_pa));
	} else {
		purge_table(p, pa_to_page(p->root_pa), 0);
	}
	p->root = NULL;
	ASSERT_RULE("I4", p->resident == 0 && p->tables == 0); /* last page freed < ASID reused */
	protocol_window();
	teardown->release(p);
	check_pmap_gone(p);
	count_n(PURGE_PAGES, pages);
	count_n(PURGE_TABLES, tables);
	ASSERT_RULE("E6", p->resident == 0 && p->tables == 0 && p->asid == 0);
}

/* --- I12 --- */

#if CURFEW_DEBUG
static void recount(const pte_t *table, unsigned level, uint64_t *leaves, uint64_t *tables)
{
	unsigned live = 0;

	++*tables;
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t value = pte_get(&table[i]);

		if (!value)
			continue;
		ASSERT_RULE("I14", pte_valid(value)); /* none is left locked */
		live++;
		if (pte_is_table(value, level))
			recount(pa_to_va(pte_pa(value)), level + 1, leaves, tables);
		else
			*leaves += level == LEAF_LEVEL ? 1 : PT_ENTRIES;
	}
	ASSERT_RULE("I12", live == pte_table_page(table)->live);
}
#endif

void pmap_check_counts(struct pmap *p)
{
#if CURFEW_DEBUG
	uint64_t leaves = 0, tables = 0;

	if (p->root)
		recount(p->root, 0, &leaves, &tables);
	ASSERT_RULE("I12", leaves == p->resident && tables == p->tables);
#endif
}
