/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: walking, and single entries, for faults.  The rules are in pmap.h.
 *
 * A section of an epoch goes from the walk to the change, so the table that the walk found is still one; that the
 * entry is what the walk saw is what the compare-and-swap is for.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"

void pmap_walk(struct pmap *p, uint64_t va, struct pmap_pos *at)
{
	const pte_t *table = p->root;

#pragma GCC unroll 4 /* PT_LEVELS at most: shifts become constants */
	for (unsigned level = 0; level < PT_LEVELS; level++) {
		const pte_t *e = &table[pt_index(va, level)];
		pte_t value;

		check_table_enter(table);
		value = pte_get(e);
		if (!pte_is_table(value, level)) {
			*at = (struct pmap_pos){ e, value, level };
			return;
		}
		table = pa_to_va(pte_pa(value));
	}
}

pte_t pmap_lookup(struct pmap *p, uint64_t va)
{
	struct pmap_pos at;

	EPOCH_GUARD();
	pmap_walk(p, va, &at);
	if (at.level == LEAF_LEVEL || !pte_valid(at.value))
		return at.value;
	return pte_page_of_block(at.value, pt_index(va, LEAF_LEVEL));
}

/* A page that becomes executable was written as data; once is enough until it is somebody else's. */
__attribute__((noinline)) void pmap_make_executable(struct page *page)
{
	uint64_t syncing = PAGE_DATA_SYNCING;

	if (__atomic_load_n(&page->data, __ATOMIC_RELAXED) == PAGE_DATA_SYNCED)
		return;
	__atomic_store_n(&page->data, PAGE_DATA_SYNCING, __ATOMIC_RELAXED);
	mmu_sync_icache(page_to_va(page));
	/* Not if vmo_write() has written to it meanwhile, and said so. */
	__atomic_compare_exchange_n(&page->data, &syncing, PAGE_DATA_SYNCED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Before it can be written: to be made fetchable anew. */
static void make_accessible(struct page *page, unsigned prot)
{
	if (prot & MMU_EXECUTE)
		pmap_make_executable(page);
	else if (prot & MMU_WRITE)
		page->data = 0;
}

static int lost(void)
{
	protocol_entered(WINDOW_FAULT_LOST);
	return -EAGAIN;
}

/* Another was there first: the table does not count us. */
static __attribute__((noinline)) int lost_entry(struct pmap *p, uint64_t va, const pte_t *e)
{
	struct page *unlinked = NULL;

	pmap_table_drop(p, va, e, LEAF_LEVEL, 1, &unlinked);
	pmap_retire(unlinked);
	return lost();
}

int pmap_enter(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *page, unsigned prot)
{
	pte_t value = page->kind == PAGE_DEVICE ? pte_make_user_device(page_to_pa(page), prot)
						: pte_make_user(page_to_pa(page), prot);
	int held;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	protocol_window(); /* walked, not held: an unmap may close the table */
	held = at->level == LEAF_LEVEL ? table_hold_or_lose(at->e) : pmap_descend(p, va, at, LEAF_LEVEL);
	if (held < 0)
		return held;
	make_accessible(page, prot);
	protocol_window();
	if (__builtin_expect(!pte_cas(at->e, 0, value), 0))
		return lost_entry(p, va, at->e);
	pte_publish(); /* T1 */
	pmap_add_resident(p, 1);
	return held == PT_ENTRIES ? PMAP_FULL : 0;
}

bool pmap_hold(struct pmap_pos *at, struct page *page)
{
	if (!pte_cas(at->e, at->value, PTE_LOCKED))
		return false;
	page_get(page); /* the entry's own reference is there as long as the entry is ours */
	pte_set(at->e, at->value); /* as it was: no TLB has anything else */
	pte_publish();
	return true;
}

int pmap_replace(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *copy, unsigned prot)
{
	struct page *old = pa_to_page(pte_pa(at->value));
	pte_t value = pte_make_user(page_to_pa(copy), prot);

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	protocol_window();
#ifdef BUG_NO_BBM /* illumos PR 220: valid to valid with a new address */
	page_copy(page_to_va(copy), page_to_va(old));
	if (!pte_cas(at->e, at->value, value))
		return lost();
	pmap_flush_range(p, va, 1, TLB_LEAF);
	page_put(old);
	return 0;
#endif
	if (!pte_cas(at->e, at->value, PTE_LOCKED)) /* break; from here on the old page cannot go away */
		return lost();
	count(PMAP_BBM);
	if (CURFEW_CHECK && __atomic_load_n(&p->ran, __ATOMIC_RELAXED) & ~(1ull << this_cpu()->id))
		protocol_entered(WINDOW_COW_SHARED);
	pmap_flush_range(p, va, 1, TLB_LEAF);
	page_copy(page_to_va(copy), page_to_va(old));
	make_accessible(copy, prot);
	pte_set(at->e, value);                      /* make */
	pte_publish();
	page_put(old);                              /* I10: the flush came before */
	return 0;
}

/* A first guess whether this entry was the last that was different in a full table: its neighbours. */
static bool may_be_alike(const pte_t *e, pte_t value)
{
	unsigned i = ((uint64_t)e & (PAGE_SIZE - 1)) / sizeof(*e);

	return __atomic_load_n(&pte_table_page(e)->live, __ATOMIC_RELAXED) == PT_ENTRIES &&
	       (i == 0 || pte_get(e - 1) == value - PAGE_SIZE) &&
	       (i == PT_ENTRIES - 1 || pte_get(e + 1) == value + PAGE_SIZE);
}

int pmap_upgrade(struct pmap *p, uint64_t va, struct pmap_pos *at, unsigned prot)
{
	bool block = at->level == BLOCK_LEVEL;
	struct page *page = pa_to_page(pte_pa(at->value)), *end = page + (block ? PT_ENTRIES : 1);
	pte_t value = pte_with_prot(at->value, prot);

	if (block)
		value = pte_block_of_page(value);
	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	/* What may be executed may not be written, so nobody copies it, and the entry keeps its page. */
	for (struct page *each = page; prot & MMU_EXECUTE && each < end; each++)
		pmap_make_executable(each);
	protocol_window();
	if (!pte_cas(at->e, at->value, value))
		return lost();
	/* Only now is it certain that the page is still this entry's.  Before the user can write to it by this
	 * thread. */
	for (struct page *each = page; prot & MMU_WRITE && each < end; each++)
		each->data = 0;
	pmap_drop_stale(p, va);
	return !block && may_be_alike(at->e, value) ? PMAP_FULL : 0;
}
