/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PMAP_PRIVATE_H
#define MM_PMAP_PRIVATE_H
/* Shared by pmap*.c, epoch.c and purge.c only. */
#include <sys/errno.h>
#include "mm/page.h"
#include "mm/pmap.h"

#define LEAF_LEVEL  (PT_LEVELS - 1)
#define BLOCK_LEVEL (PT_LEVELS - 2)
#define LEAF_SPAN   ((uint64_t)PAGE_SIZE * PT_ENTRIES) /* what one leaf table covers */

/* More pages than this are flushed by ASID, where the CPU has no TLBI by range: docs/performance.md has the
 * measurement. */
#ifndef FLUSH_PAGES_MAX
#define FLUSH_PAGES_MAX 32
#endif
/* With one: more than this are. */
#define FLUSH_RANGE_MAX (1ul << 20)

/* page->live of a table whose last entry is being taken out with the table itself: nothing can be entered any more. */
#define TABLE_CLOSED 0xffff

/* page->data of a user page whose instruction cache maintenance was done. */
#define PAGE_DATA_SYNCED  1
#define PAGE_DATA_SYNCING 2 /* is being done */

/* The struct page of the table that holds an entry. */
static inline struct page *pte_table_page(const pte_t *e)
{
	return va_to_page((const void *)((uint64_t)e & -(uint64_t)PAGE_SIZE));
}

static inline void pmap_add_resident(struct pmap *p, uint64_t n)
{
	__atomic_fetch_add(&p->resident, n, __ATOMIC_RELAXED);
}

/* A greatest value comes before a decrease: it is noted here, and not by each fault. */
static inline void pmap_sub_resident(struct pmap *p, uint64_t n)
{
	uint64_t was = __atomic_fetch_sub(&p->resident, n, __ATOMIC_RELAXED);
	uint64_t peak = __atomic_load_n(&p->peak, __ATOMIC_RELAXED);

	while (was > peak && !__atomic_compare_exchange_n(&p->peak, &peak, was, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* --- tables: pmap_table.c.  All but the frees in a section, or with the pmap to oneself --- */

/* A table for p, not linked anywhere; its count is `live`.  NULL: no memory. */
struct page *table_alloc(struct pmap *p, unsigned live);
/* Never linked, or unlinked and past all walkers. */
void table_page_free(struct page *page);
/* Of a pmap that everybody has left: a table; the references of a leaf that was taken out, a block's too. */
void pmap_leaf_free(struct pmap *p, pte_t e, unsigned level);
void pmap_table_free(struct pmap *p, struct page *page);

/* Counts one more entry in the table of e, before it is there: the new count; 0: the table is closed. */
static inline unsigned table_hold(const pte_t *e)
{
	uint16_t *live = &pte_table_page(e)->live, n = __atomic_load_n(live, __ATOMIC_RELAXED);

	do {
		if (n == TABLE_CLOSED)
			return 0;
	} while (!__atomic_compare_exchange_n(live, &n, n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return n + 1u;
}

/* The same for an entry that a fault is about to make: -EAGAIN if it is closed. */
static inline int table_hold_or_lose(const pte_t *e)
{
	int held = table_hold(e);

	if (__builtin_expect(held, 1))
		return held;
	protocol_entered(WINDOW_FAULT_UNMAP);
	return -EAGAIN;
}

/* If the caller's own n entries, which it has locked or cleared, are all that the table counts: closes it. */
static inline bool table_close(struct page *table, unsigned n)
{
	uint16_t own = n;

	return __atomic_compare_exchange_n(&table->live, &own, TABLE_CLOSED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Goes on from `at` down to `level`, making tables that are missing, and holds the one there for an entry of the
 * caller's: its new count, or -EAGAIN, -ENOMEM. */
int pmap_descend(struct pmap *p, uint64_t va, struct pmap_pos *at, unsigned level);
/* Counts n entries less in the table of e, at `level`, for va.  If that empties it, it is unlinked, and flushed; it
 * comes into *unlinked. */
void pmap_table_drop(struct pmap *p, uint64_t va, const pte_t *e, unsigned level, unsigned n, struct page **unlinked);

/*
 * Unlinking a table that the caller has closed, for va at `level`, and those above it that this empties, in two
 * steps: everything locked; then the caller flushes va, walk entries included (T7); then everything released.
 */
struct pmap_cut {
	unsigned n, level;           /* tables, and the level of the one they were taken out of */
	const pte_t *entry[PT_LEVELS]; /* locked: the parent's entry of each table */
	struct page *table[PT_LEVELS];
};
void pmap_cut_lock(struct pmap *p, uint64_t va, unsigned level, struct pmap_cut *c);
void pmap_cut_release(struct pmap *p, uint64_t va, struct pmap_cut *c, struct page **unlinked);
/* Hands a chain of unlinked tables (page.chain) to the epochs.  Best outside of a section. */
void pmap_retire(struct page *unlinked);

/* --- ranges: pmap_range.c --- */

/* The first leaf table, or block, at or above *va and not above last: `at` its entry for *va, *va moved there; false:
 * none.  In a section, or with the pmap to oneself. */
bool pmap_next_leaf(struct pmap *p, uint64_t *va, uint64_t last, struct pmap_pos *at);

/* Last address that the leaf table of va covers and that is not above last. */
static inline uint64_t table_last(uint64_t va, uint64_t last)
{
	uint64_t end = va | (LEAF_SPAN - 1);

	return end < last ? end : last;
}

/* A block that a range comes upon lies in it wholly: the vmspace demotes those at the ends. */
static inline bool whole_block(uint64_t va, uint64_t last)
{
	return va % BLOCK_SIZE == 0 && last - va >= BLOCK_SIZE - 1;
}

/* --- flushes: pmap.c.  Preemption is off --- */

/* n pages from va on; how: TLB_LEAF, TLB_BLOCK (then n blocks). */
void pmap_flush_range(struct pmap *p, uint64_t va, uint64_t n, unsigned how);
void pmap_flush_asid(struct pmap *p);

/* --- entries: pmap_entry.c --- */
void pmap_make_executable(struct page *page);

#endif
