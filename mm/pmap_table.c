/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: tables, how they come and how they go.
 *
 * A table is counted where it hangs, like any entry, and counts what hangs in it.  Making one: count the new entry in
 * the parent, then compare-and-swap it in; the loser frees its own.  A new table's count begins with the entry that
 * its maker is about to put there, so that it is never seen empty.  Unlinking: see pmap.h; the flush comes between
 * lock and release.
 *
 * What is unlinked may still be read by walkers: they find its entries 0, or closed to them, and give up.  It is
 * freed after an epoch.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"

struct page *table_alloc(struct pmap *p, unsigned live)
{
	struct page *page = page_alloc_zeroed();

	if (!page)
		return NULL;
	page->kind = PAGE_TABLE;
	page->live = live;
	page->owner = p;
	if (!check_table_alloc(page, p)) {
		page->kind = PAGE_USED;
		page->live = 0;
		page_put(page);
		return NULL;
	}
	count(TABLE_ALLOC);
	return page;
}

void table_page_free(struct page *page)
{
	DEBUG_ASSERT_RULE("I10", page->kind == PAGE_TABLE);
	check_table_free(page);
	page->kind = PAGE_USED;
	page->live = 0;
	count(TABLE_FREE);
	page_put(page);
}

void pmap_table_free(struct pmap *p, struct page *page)
{
	DEBUG_ASSERT_RULE("I10", page->owner == p);
	p->tables--;
	table_page_free(page);
}

/* --- making --- */

/* Puts a new table into at->e, which is 0 and counted; it counts one entry.  0, -EAGAIN: another was there first;
 * -ENOMEM. */
static int make(struct pmap *p, uint64_t va, struct pmap_pos *at)
{
	struct page *page = table_alloc(p, 1);

	if (!page)
		return -ENOMEM;
	check_table_place(page, va & -(1ull << pt_shift(at->level)), at->level + 1);
	at->value = pte_make_table(page_to_pa(page));
	protocol_window();
	if (!pte_cas(at->e, 0, at->value)) { /* release: its zeroes first */
		protocol_entered(WINDOW_TABLE_LOST);
		table_page_free(page);
		return -EAGAIN;
	}
	protocol_window(); /* another may descend into it before its maker does */
	__atomic_fetch_add(&p->tables, 1, __ATOMIC_RELAXED);
	return 0;
}

static void give_back(struct pmap *p, uint64_t va, const struct pmap_pos *at)
{
	struct page *unlinked = NULL;

	pmap_table_drop(p, va, at->e, at->level, 1, &unlinked);
	pmap_retire(unlinked);
}

static int lost_to_unmap(void)
{
	protocol_entered(WINDOW_FAULT_UNMAP);
	return -EAGAIN;
}

int pmap_descend(struct pmap *p, uint64_t va, struct pmap_pos *at, unsigned level)
{
	unsigned held = 0; /* the count of the table where we are, if it counts us */
	const pte_t *table;

	while (at->level < level) {
		if (!pte_is_table(at->value, at->level)) {
			int error;

			if (at->value) { /* locked: it is being unlinked, or a block is there */
				if (held)
					give_back(p, va, at);
				return lost_to_unmap();
			}
			if (!held && !table_hold(at->e))
				return lost_to_unmap();
			error = make(p, va, at);
			held = !error;
			if (error) {
				give_back(p, va, at);
				if (error != -EAGAIN)
					return error;
				at->value = pte_get(at->e); /* the winner's */
				continue;
			}
		} else if (held) { /* another has put its table here meanwhile, and that is counted: our hold is one too many */
			give_back(p, va, at);
			return -EAGAIN;
		}
		table = pa_to_va(pte_pa(at->value));
		check_table_enter(table);
		at->level++;
		at->e = &table[pt_index(va, at->level)];
		at->value = pte_get(at->e);
	}
	return held ? (int)held : table_hold_or_lose(at->e);
}

/* --- unlinking --- */

void pmap_cut_lock(struct pmap *p, uint64_t va, unsigned level, struct pmap_cut *c)
{
	const pte_t *path[PT_LEVELS], *table = p->root;

	/* It hangs in its parent until we take it out, and so do those above. */
	for (unsigned i = 0; i < level; i++) {
		check_table_enter(table);
		path[i] = &table[pt_index(va, i)];
		table = pa_to_va(pte_pa(pte_get(path[i])));
	}
	c->n = 0;
	do {
		const pte_t *e = path[--level];
		pte_t value = pte_get(e);
		bool ours = pte_cas(e, value, PTE_LOCKED);

		ASSERT_RULE("I14", ours && pte_is_table(value, level));
		protocol_window();
		c->entry[c->n] = e;
		c->table[c->n++] = pa_to_page(pte_pa(value));
	} while (level && table_close(pte_table_page(path[level]), 1));
	c->level = level;
}

static void unlink_closed(struct pmap *p, uint64_t va, unsigned level, struct page **unlinked)
{
	struct pmap_cut c;

	pmap_cut_lock(p, va, level, &c);
#ifdef BUG_VALE_FOR_TABLE
	pmap_flush_range(p, va, 1, TLB_LEAF);
#else
	pmap_flush_range(p, va, 1, 0);
#endif
	pmap_cut_release(p, va, &c, unlinked);
}

void pmap_cut_release(struct pmap *p, uint64_t va, struct pmap_cut *c, struct page **unlinked)
{
	for (unsigned i = 0; i < c->n; i++) {
		pte_set(c->entry[i], 0);
		c->table[i]->chain = *unlinked;
		*unlinked = c->table[i];
	}
	__atomic_fetch_sub(&p->tables, c->n, __ATOMIC_RELAXED);
	pmap_table_drop(p, va, c->entry[c->n - 1], c->level, 1, unlinked);
}

void pmap_table_drop(struct pmap *p, uint64_t va, const pte_t *e, unsigned level, unsigned n, struct page **unlinked)
{
	struct page *table = pte_table_page(e);

	/* Release: the entries are 0 before they are not counted; pairs with table_close(). */
	if (__atomic_sub_fetch(&table->live, n, __ATOMIC_RELEASE) == 0 && level && table_close(table, 0))
		unlink_closed(p, va, level, unlinked);
}

void pmap_retire(struct page *unlinked)
{
	while (unlinked) {
		struct page *next = unlinked->chain;

		epoch_retire(unlinked);
		unlinked = next;
	}
}
