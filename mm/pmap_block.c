/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: blocks of 2 MiB.  They come by a fault (pmap_enter_block), or when a table of 512 pages turns out to be
 * alike (promotion); they go when a part of them is unmapped, protected or copied (demotion).
 *
 * Demotion and promotion have the pmap to themselves: the vmspace is locked for writing.  Only the hardware walks
 * meanwhile, and pmap_lookup() and pmap_find_alike(), which take no lock: so a promoted table is retired, not freed.
 *
 * Where the CPU has FEAT_BBM level 2, one replaces the other directly, and one TLBI follows (T9); else the entry is
 * locked, flushed, and made anew.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/user_block.h"

/* As make_accessible() in pmap_entry.c does for a page. */
void pmap_prepare_block(struct page *first, unsigned prot)
{
	for (struct page *page = first; page < first + PT_ENTRIES; page++) {
		if (prot & MMU_EXECUTE)
			pmap_make_executable(page);
		else if (prot & MMU_WRITE)
			page->data = 0;
	}
}

int pmap_enter_block(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *first, unsigned prot)
{
	pte_t value = pte_make_user_block(page_to_pa(first), prot);
	struct page *unlinked = NULL;
	int held;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	if (at->level > BLOCK_LEVEL)
		return -EAGAIN;
	held = pmap_descend(p, va, at, BLOCK_LEVEL);
	if (held < 0)
		return held;
	protocol_window();
	if (!pte_cas(at->e, 0, value)) {
		pmap_table_drop(p, va, at->e, BLOCK_LEVEL, 1, &unlinked);
		pmap_retire(unlinked);
		protocol_entered(WINDOW_FAULT_LOST);
		return -EAGAIN;
	}
	pte_publish(); /* T1 */
	pmap_add_resident(p, PT_ENTRIES);
	return 0;
}

/* The entry at e, for va, becomes `new`: table to block or block to table. */
static void change_size(struct pmap *p, uint64_t va, const pte_t *e, pte_t old, pte_t new, uint64_t n, unsigned how)
{
	preempt_disable();
	if (mmu_bbm_level < 2) {
		bool ours = pte_cas(e, old, PTE_LOCKED);

		ASSERT_RULE("I14", ours);
		count(PMAP_BBM);
		pmap_flush_range(p, va, n, how);
		pte_set(e, new);
		pte_publish();
	} else {
		pte_set(e, new);
		pmap_flush_range(p, va, n, how);
	}
	preempt_enable();
}

/* Fills a table that is not linked yet with the pages of a block. */
static void fill(const pte_t *table, pte_t block)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		pte_set(&table[i], pte_page_of_block(block, i));
}

int pmap_demote(struct pmap *p, uint64_t va)
{
	struct pmap_pos at;
	struct page *table;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	pmap_walk(p, va, &at);
	if (at.level == LEAF_LEVEL || !pte_valid(at.value))
		return 0;
	table = table_alloc(p, PT_ENTRIES);
	if (!table)
		return -ENOMEM;
	va &= -(uint64_t)BLOCK_SIZE;
	user_block_split(pa_to_page(pte_pa(at.value)));
	check_table_place(table, va, LEAF_LEVEL);
	fill(page_to_va(table), at.value);
	change_size(p, va, at.e, at.value, pte_make_table(page_to_pa(table)), 1, TLB_BLOCK | TLB_LEAF);
#ifndef BUG_RECOUNT_UNDERFLOW /* FreeBSD 78d3e2f45aae: the table of a demotion is not counted, and an early return frees what is mapped */
	__atomic_fetch_add(&p->tables, 1, __ATOMIC_RELAXED);
#endif
	count(PMAP_DEMOTE);
	return 0;
}

/* All 512 entries: the pages of one block in order, with the same rights. */
static bool alike(const pte_t *table)
{
	pte_t first = pte_get(&table[0]);

	if (!pte_valid(first) || pte_pa(first) % BLOCK_SIZE)
		return false;
	for (unsigned i = 1; i < PT_ENTRIES; i++)
		if (pte_get(&table[i]) != first + (uint64_t)i * PAGE_SIZE)
			return false;
	return true;
}

/* The full leaf table for va, and the entry that leads to it in *at; NULL: there is none. */
static const pte_t *full_table(struct pmap *p, uint64_t va, struct pmap_pos *at)
{
	const pte_t *table = p->root;

	for (at->level = 0;; at->level++) {
		check_table_enter(table);
		at->e = &table[pt_index(va, at->level)];
		at->value = pte_get(at->e);
		if (!pte_is_table(at->value, at->level))
			return NULL;
		table = pa_to_va(pte_pa(at->value));
		if (at->level == BLOCK_LEVEL)
			break;
	}
	return __atomic_load_n(&pte_table_page(table)->live, __ATOMIC_RELAXED) == PT_ENTRIES ? table : NULL;
}

/* Whether va is in a full table that is alike; *span is how much the entry where the walk ended covers. */
static bool in_alike(struct pmap *p, uint64_t va, uint64_t *span)
{
	struct pmap_pos at;
	const pte_t *table;

	EPOCH_GUARD();
	pmap_walk(p, va, &at);
	*span = at.level == LEAF_LEVEL ? LEAF_SPAN : 1ull << pt_shift(at.level);
	if (at.level < LEAF_LEVEL)
		return false;
	table = at.e - pt_index(va, LEAF_LEVEL);
	return __atomic_load_n(&pte_table_page(table)->live, __ATOMIC_RELAXED) == PT_ENTRIES && alike(table);
}

bool pmap_find_alike(struct pmap *p, uint64_t *va, uint64_t last)
{
	uint64_t span;

	while (!in_alike(p, *va, &span)) {
		if ((*va | (span - 1)) >= last)
			return false;
		*va = (*va | (span - 1)) + 1;
	}
	return true;
}

void pmap_promote(struct pmap *p, uint64_t va)
{
	struct pmap_pos at;
	const pte_t *table = full_table(p, va, &at);

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	if (!table || !alike(table))
		return;
	va &= -(uint64_t)BLOCK_SIZE;
	change_size(p, va, at.e, at.value, pte_block_of_page(pte_get(table)), PT_ENTRIES, 0); /* walk entries too (T7) */
	__atomic_fetch_sub(&p->tables, 1, __ATOMIC_RELAXED);
	count(PMAP_PROMOTE);
	/* It goes with all its entries in it, which must not outlive the frames: so we wait for the walkers. */
	epoch_retire(pte_table_page(table));
	epoch_drain();
}
