/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: ranges.  unmap and protect.  fork's copy is in pmap_copy.c.
 *
 * Both go from leaf table to leaf table with pmap_next_leaf(), which skips what is not there.  They work in short
 * sections, a part of one table each, and begin again at the root for the next; faults of other threads run in
 * between and at the same time.
 *
 * Unmapping locks a batch of entries, flushes once, releases them, and only then frees the frames (I10).  If the
 * batch was all that its table held, the table goes with it, in the same flush.
 */
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/user_block.h"

bool pmap_next_leaf(struct pmap *p, uint64_t *va, uint64_t last, struct pmap_pos *at)
{
	for (;;) {
		uint64_t span;

		pmap_walk(p, *va, at);
		if (at->level == LEAF_LEVEL || pte_valid(at->value))
			return true;
		span = 1ull << pt_shift(at->level);
		if ((*va | (span - 1)) >= last) /* I15: no overflow at the end */
			return false;
		*va = (*va | (span - 1)) + 1;
	}
}

/* How a step through a range ended. */
enum step { STEP_ON, STEP_LOST, STEP_END };

/* From one section to the next: *va is where to go on, unless that would be past the end (I15). */
static enum step step_on(uint64_t *va, uint64_t done, uint64_t last)
{
	*va = done + 1;
	return done >= last ? STEP_END : STEP_ON;
}

/* A locked entry: its holder runs, and will not be long. */
static enum step step_lost(void)
{
	count(PMAP_RETRY);
	protocol_entered(WINDOW_FAULT_LOST);
	return STEP_LOST;
}

/* --- unmapping --- */

#define BATCH 64

/* Entries of one leaf table, or one block. */
struct batch {
	unsigned n, level;
	uint64_t va[2];                  /* of the first and the last */
	const pte_t *entry[BATCH];
	struct page *page[BATCH];
	struct page *unlinked;
};

/* False: it is another's, or gone. */
static bool lock_block(struct batch *b, uint64_t va, const struct pmap_pos *at)
{
	pte_t value = at->value;

	while (pte_valid(value) && !pte_cas(at->e, value, PTE_LOCKED))
		value = pte_get(at->e); /* a fault changed its rights */
	if (!pte_valid(value))
		return false;
	b->va[0] = b->va[1] = va;
	b->entry[0] = at->e;
	b->page[0] = pa_to_page(pte_pa(value));
	b->n = 1;
	return true;
}

/* Locks valid entries from e on, for [va, end], until the batch is full or the table has no others.  Returns the last
 * address done with; *step is STEP_LOST if the next is another's. */
static uint64_t lock_batch(struct batch *b, const pte_t *e, uint64_t va, uint64_t end, enum step *step)
{
	const uint16_t *live = &pte_table_page(e)->live;

	for (; va < end; va += PAGE_SIZE, e++) {
		pte_t value = pte_get(e);

		while (pte_valid(value) && !pte_cas(e, value, PTE_LOCKED))
			value = pte_get(e); /* a fault changed its rights or its page */
		if (!value)
			continue;
		if (!pte_valid(value)) {
			*step = step_lost();
			return va - 1;
		}
		if (!b->n)
			b->va[0] = va;
		b->va[1] = va;
		b->entry[b->n] = e;
		b->page[b->n++] = pa_to_page(pte_pa(value));
		if (b->n == __atomic_load_n(live, __ATOMIC_RELAXED))
			return end; /* they are all that there are, or that matter: nobody enters anything in the range */
		if (b->n == BATCH)
			return va + PAGE_SIZE - 1;
	}
	return end;
}

/* One flush for the whole batch, walk entries included if the table goes too (T7). */
static void release_batch(struct pmap *p, struct batch *b)
{
	const pte_t *e = b->entry[0];
	bool closed = table_close(pte_table_page(e), b->n), block = b->level == BLOCK_LEVEL;
	unsigned how = (closed ? 0 : TLB_LEAF) | (block ? TLB_BLOCK : 0);
	struct pmap_cut cut;

	if (closed)
		pmap_cut_lock(p, b->va[0], b->level, &cut);
#ifdef BUG_VALE_FOR_TABLE /* seen in several kernels: the last level only, and the walk entry stays */
	how |= TLB_LEAF;
#endif
	pmap_flush_range(p, b->va[0], ((b->va[1] - b->va[0]) >> PAGE_SHIFT) + 1, how);
	for (unsigned i = 0; i < b->n; i++)
		pte_set(b->entry[i], 0);
	pmap_sub_resident(p, block ? PT_ENTRIES : b->n);
	if (closed)
		pmap_cut_release(p, b->va[0], &cut, &b->unlinked);
	else
		pmap_table_drop(p, b->va[0], e, b->level, b->n, &b->unlinked);
}

static enum step remove_some(struct pmap *p, uint64_t *va, uint64_t last, struct batch *b)
{
	enum step step = STEP_ON;
	struct pmap_pos at;
	uint64_t done;

	EPOCH_GUARD();
	if (!pmap_next_leaf(p, va, last, &at))
		return STEP_END;
	b->level = at.level;
	if (at.level == LEAF_LEVEL) {
		done = lock_batch(b, at.e, *va, table_last(*va, last), &step);
	} else {
		ASSERT_RULE("I15", whole_block(*va, last));
		if (!lock_block(b, *va, &at))
			return step_lost();
		done = *va + BLOCK_SIZE - 1;
	}
	protocol_window(); /* a fault may enter another page before the table is closed */
	if (b->n)
		release_batch(p, b);
#ifdef BUG_WALK_FREED /* KVM, fixed in 6.4: the walk goes on in the subtree that it has just cut off */
	if (b->unlinked) {
		check_table_enter(at.e - pt_index(*va, b->level));
		b->n = 0;
		lock_batch(b, at.e, *va, table_last(*va, last), &step);
	}
#endif
	if (step == STEP_LOST) {
		*va = done + 1;
		return STEP_LOST;
	}
	return step_on(va, done, last);
}

void pmap_remove(struct pmap *p, uint64_t first, uint64_t last)
{
	struct batch b;
	enum step step;

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I15", first <= last && last < USER_TOP);
	do {
		protocol_window(); /* a fault may begin its walk */
		b.n = 0;
		b.unlinked = NULL;
		step = remove_some(p, &first, last, &b);
		for (unsigned i = 0; i < b.n; i++) {
			if (b.level == BLOCK_LEVEL)
				user_block_put(b.page[i]);
			else
				page_put(b.page[i]);
		}
		pmap_retire(b.unlinked);
	} while (step != STEP_END);
}

/* --- rights --- */

#define PROTECT_BATCH 64
#define PROTECT_SLOW  4 /* with instruction cache maintenance of each page */

/* A page that is read-only may be shared with another space: then the first write copies it.  If the only reference
 * is this entry's, it is not, and nobody can take another: only a fork of this space could, and it writes. */
static bool may_write(pte_t old, unsigned level)
{
	const struct page *page = pa_to_page(pte_pa(old));

	if (pte_writable(old))
		return true;
	return level == LEAF_LEVEL ? __atomic_load_n(&page->refs, __ATOMIC_ACQUIRE) == 1 : user_block_alone(page);
}

static pte_t with_rights(pte_t old, unsigned level, unsigned prot)
{
	pte_t new;

	if (prot & MMU_WRITE && !may_write(old, level))
		prot &= ~MMU_WRITE;
	new = pte_with_prot(old, prot);
	return level == LEAF_LEVEL ? new : pte_block_of_page(new);
}

static bool takes_away(pte_t old, pte_t new)
{
	return (pte_user(old) && !pte_user(new)) || (pte_writable(old) && !pte_writable(new)) ||
	       (pte_executable(old) && !pte_executable(new));
}

/* One entry; *flush: rights were taken away.  False: it is another's. */
static bool protect_entry(const pte_t *e, unsigned level, unsigned prot, bool *flush)
{
	unsigned pages = level == LEAF_LEVEL ? 1 : PT_ENTRIES;
	pte_t old = pte_get(e), new;

	for (; pte_valid(old); old = pte_get(e)) {
		struct page *page = pa_to_page(pte_pa(old));

		new = with_rights(old, level, prot);
		if (new == old)
			return true;
		ASSERT_RULE("I11", pte_user_ok(new));
		/* Nobody may write there any more, so nobody copies it, and the entry keeps its page. */
		for (unsigned i = 0; prot & MMU_EXECUTE && i < pages; i++)
			pmap_make_executable(page + i);
		if (!pte_cas(e, old, new)) /* T9: rights alone need no break */
			continue;
		for (unsigned i = 0; pte_writable(new) && !pte_writable(old) && i < pages; i++)
			page[i].data = 0; /* as pmap_upgrade() does */
		*flush |= takes_away(old, new);
		return true;
	}
	return !old;
}

/* From where rights were taken: addresses of the first and last page, and whether there were only blocks. */
struct changed {
	uint64_t low, high;
	bool pages;
};

static void note_changed(struct changed *c, uint64_t va, unsigned level)
{
	c->low = va < c->low ? va : c->low;
	c->high = level == LEAF_LEVEL ? va : va + BLOCK_SIZE - PAGE_SIZE;
	c->pages |= level == LEAF_LEVEL;
}

static enum step protect_some(struct pmap *p, uint64_t *va, uint64_t last, unsigned prot, struct changed *c)
{
	unsigned left = prot & MMU_EXECUTE ? PROTECT_SLOW : PROTECT_BATCH;
	struct pmap_pos at;
	bool flush = false;
	uint64_t end;

	EPOCH_GUARD();
	if (!pmap_next_leaf(p, va, last, &at))
		return STEP_END;
	if (at.level < LEAF_LEVEL) {
		/* A block across the end came after the regions were changed, by a fault, and has the new rights. */
		if (!whole_block(*va, last))
			return step_on(va, *va | (BLOCK_SIZE - 1), last);
		if (!protect_entry(at.e, at.level, prot, &flush))
			return step_lost();
		if (flush)
			note_changed(c, *va, at.level);
		return step_on(va, *va + BLOCK_SIZE - 1, last);
	}
	end = table_last(*va, last);
	for (; *va < end && left; *va += PAGE_SIZE, at.e++) {
		if (!pte_get(at.e))
			continue;
		flush = false;
		if (!protect_entry(at.e, LEAF_LEVEL, prot, &flush))
			return step_lost();
		if (flush)
			note_changed(c, *va, LEAF_LEVEL);
		left--;
	}
	return step_on(va, *va - 1, last);
}

void pmap_protect(struct pmap *p, uint64_t first, uint64_t last, unsigned prot)
{
	struct changed c = { UINT64_MAX, 0, false };
	uint64_t since = current()->run_start; /* another one later: it was switched away */

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I15", first <= last && last < USER_TOP);
	while (protect_some(p, &first, last, prot, &c) != STEP_END)
		protocol_window();
	if (c.low > c.high)
		return;
	if (CURFEW_CHECK && current()->run_start != since)
		protocol_entered(WINDOW_FLUSH_PREEMPT);
	preempt_disable();
	if (c.pages)
		pmap_flush_range(p, c.low, ((c.high - c.low) >> PAGE_SHIFT) + 1, TLB_LEAF);
	else
		pmap_flush_range(p, c.low, ((c.high - c.low) >> BLOCK_SHIFT) + 1, TLB_LEAF | TLB_BLOCK);
	preempt_enable();
}
