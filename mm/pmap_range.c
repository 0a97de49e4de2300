/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps, second part: ranges.  unmap, protect, and fork's copy.
 *
 * All walk from leaf table to leaf table with next_table(), which skips what is not there.  Unmapping collects a batch of
 * what it took out, flushes once, and only then frees (I10): pages, and tables that became empty.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"

#define LEAF_SPAN ((uint64_t)PAGE_SIZE * PT_ENTRIES) /* what one leaf table covers */

/* The first leaf table at or above *va and not above last: its entry for *va, *va moved there; NULL: none. */
static pte_t *next_table(struct pmap *p, uint64_t *va, uint64_t last)
{
	while (*va <= last) {
		pte_t *table = p->root;
		unsigned level = 0;
		uint64_t span;

		for (; level < PT_LEVELS - 1; level++) {
			pte_t e = pte_get(&table[pt_index(*va, level)]);

			if (!pte_valid(e))
				break;
			table = pa_to_va(pte_pa(e));
		}
		if (level == PT_LEVELS - 1)
			return &table[pt_index(*va, level)];
		span = 1ull << pt_shift(level);
		if ((*va | (span - 1)) >= last) /* I15: no overflow at the end */
			return NULL;
		*va = (*va | (span - 1)) + 1;
	}
	return NULL;
}

/* Last address that this table covers and that is not above last. */
static uint64_t table_last(uint64_t va, uint64_t last)
{
	uint64_t end = va | (LEAF_SPAN - 1);

	return end < last ? end : last;
}

/* --- unmapping --- */

#define BATCH 64

struct batch {
	struct pmap *pmap;
	uint64_t first, last;            /* addresses taken out */
	unsigned pages, tables;
	struct page *page[BATCH];
	struct page *table[PT_LEVELS];
};

/* One flush for the whole batch, then its frames are free to be used again (I10). */
static void batch_finish(struct batch *b)
{
	if (!b->pages && !b->tables)
		return;
	pmap_flush_range(b->pmap, b->first, ((b->last - b->first) >> PAGE_SHIFT) + 1);
	for (unsigned i = 0; i < b->pages; i++)
		page_put(b->page[i]);
	for (unsigned i = 0; i < b->tables; i++)
		pmap_table_free(b->pmap, b->table[i]);
	b->pages = b->tables = 0;
}

/* Takes the leaf table of va, which has become empty, out of its parent, and parents that become empty by that. */
static void unlink_tables(struct batch *b, uint64_t va)
{
	pte_t *path[PT_LEVELS];
	pte_t *table = b->pmap->root;
	unsigned level = 0;

	for (; level < PT_LEVELS - 1; level++) {
		path[level] = &table[pt_index(va, level)];
		table = pa_to_va(pte_pa(pte_get(path[level])));
	}
	/* Its walk entries are in the flush too, though it may have been empty before. */
	if (!b->pages)
		b->first = va;
	if (!b->pages || b->last < va)
		b->last = va;
	while (level-- > 0) {
		struct page *child = pa_to_page(pte_pa(*path[level]));

		if (child->live)
			return;
		pte_set(path[level], 0);
		pte_table_page(path[level])->live--;
		b->table[b->tables++] = child;
	}
}

static void batch_add(struct batch *b, uint64_t va, pte_t *e)
{
	if (!b->pages)
		b->first = va;
	b->last = va;
	b->page[b->pages++] = pa_to_page(pte_pa(*e));
	pte_set(e, 0);
	b->pmap->resident--;
}

void pmap_remove(struct pmap *p, uint64_t first, uint64_t last)
{
	struct batch b = { .pmap = p };
	uint64_t va = first;
	pte_t *e;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	while ((e = next_table(p, &va, last))) {
		struct page *table = pte_table_page(e);
		uint64_t end = table_last(va, last), start = va;

		for (; va < end && table->live; va += PAGE_SIZE, e++) {
			if (!pte_valid(*e))
				continue;
			batch_add(&b, va, e);
			table->live--;
			if (b.pages == BATCH && table->live)
				batch_finish(&b);
		}
		if (!table->live) {
			unlink_tables(&b, start);
			batch_finish(&b); /* before another table may be unlinked */
		}
		if (end == last)
			break;
		va = end + 1;
	}
	batch_finish(&b);
}

/* --- rights --- */

static pte_t with_rights(pte_t old, unsigned prot)
{
	/* A page that is read-only may be shared with another space: only a write fault finds out. */
	if (!pte_writable(old))
		prot &= ~MMU_WRITE;
	return pte_make_user(pte_pa(old), prot);
}

static bool takes_away(pte_t old, pte_t new)
{
	return (pte_user(old) && !pte_user(new)) || (pte_writable(old) && !pte_writable(new)) ||
	       (pte_executable(old) && !pte_executable(new));
}

void pmap_protect(struct pmap *p, uint64_t first, uint64_t last, unsigned prot)
{
	uint64_t va = first, low = UINT64_MAX, high = 0;
	pte_t *e;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	while ((e = next_table(p, &va, last))) {
		uint64_t end = table_last(va, last);

		for (; va < end; va += PAGE_SIZE, e++) {
			pte_t old = *e, new;

			if (!pte_valid(old))
				continue;
			new = with_rights(old, prot);
			if (new == old)
				continue;
			ASSERT_RULE("I11", pte_user_ok(new));
			if (prot & MMU_EXECUTE)
				pmap_make_executable(pa_to_page(pte_pa(old)));
			pte_set(e, new); /* T9: rights alone need no break */
			if (takes_away(old, new)) {
				low = va < low ? va : low;
				high = va;
			}
		}
		if (end == last)
			break;
		va = end + 1;
	}
	if (low <= high)
		pmap_flush_range(p, low, ((high - low) >> PAGE_SHIFT) + 1);
}

/* --- fork --- */

/* The entries of one leaf table from `from` up to (not including) `stop`; returns how many were entered. */
static unsigned copy_entries(pte_t *to, pte_t *from, pte_t *stop, bool cow, bool *protected)
{
	unsigned n = 0;

	for (; from < stop; from++, to++) {
		pte_t e = *from;

		if (!pte_valid(e))
			continue;
		if (cow && pte_writable(e)) {
			e = pte_read_only(e);
			pte_set(from, e);
			*protected = true;
		}
		page_get(pa_to_page(pte_pa(e)));
		pte_set(to, e);
		n++;
	}
	return n;
}

int pmap_copy(struct pmap *to, struct pmap *from, uint64_t first, uint64_t last, bool cow, bool *protected)
{
	uint64_t va = first;
	pte_t *e, *d;

	ASSERT_RULE("I5", to->state == PMAP_LIVE && from->state == PMAP_LIVE);
	while ((e = next_table(from, &va, last))) {
		uint64_t end = table_last(va, last);
		unsigned n;

		d = pmap_leaf(to, va);
		if (!d)
			return -ENOMEM;
		n = copy_entries(d, e, e + ((end - va) >> PAGE_SHIFT) + 1, cow, protected);
		pte_table_page(d)->live += n;
		to->resident += n;
		if (end == last)
			break;
		va = end + 1;
	}
	if (to->resident > to->peak)
		to->peak = to->resident;
	return 0;
}

void pmap_flush_copied(struct pmap *from)
{
	pmap_flush_asid(from);
}
