/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: ranges.  unmap, protect, and fork's copy.
 *
 * All go from leaf table to leaf table with next_table(), which skips what is not there.  unmap and protect work in short sections, a
 * part of one table each, and begin again at the root for the next; faults of other threads run in between and at the same time.
 *
 * Unmapping locks a batch of entries, flushes once, releases them, and only then frees the frames (I10).  If the batch was all
 * that its table held, the table goes with it, in the same flush.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"

/* The first leaf table at or above *va and not above last: its entry for *va, *va moved there; NULL: none. */
static const pte_t *next_table(struct pmap *p, uint64_t *va, uint64_t last)
{
	struct pmap_pos at;

	for (;;) {
		uint64_t span;

		pmap_walk(p, *va, &at);
		if (at.level == LEAF_LEVEL)
			return at.e;
		span = 1ull << pt_shift(at.level);
		if ((*va | (span - 1)) >= last) /* I15: no overflow at the end */
			return NULL;
		*va = (*va | (span - 1)) + 1;
	}
}

/* Last address that this table covers and that is not above last. */
static uint64_t table_last(uint64_t va, uint64_t last)
{
	uint64_t end = va | (LEAF_SPAN - 1);

	return end < last ? end : last;
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

struct batch {
	unsigned n;
	uint64_t va[2];                  /* of the first and the last */
	const pte_t *entry[BATCH];
	struct page *page[BATCH];
	struct page *unlinked;
};

/* Locks valid entries from e on, for [va, end], until the batch is full or the table has no others.  Returns the last address done with;
 * *step is STEP_LOST if the next is another's. */
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
	bool closed = table_close(pte_table_page(e), b->n);
	unsigned how = closed ? 0 : TLB_LEAF;
	struct pmap_cut cut;

	if (closed)
		pmap_cut_lock(p, b->va[0], LEAF_LEVEL, &cut);
#ifdef BUG_VALE_FOR_TABLE /* seen in several kernels: the last level only, and the walk entry stays */
	how = TLB_LEAF;
#endif
	pmap_flush_range(p, b->va[0], ((b->va[1] - b->va[0]) >> PAGE_SHIFT) + 1, how);
	for (unsigned i = 0; i < b->n; i++)
		pte_set(b->entry[i], 0);
	__atomic_fetch_sub(&p->resident, b->n, __ATOMIC_RELAXED);
	if (closed)
		pmap_cut_release(p, b->va[0], &cut, &b->unlinked);
	else
		pmap_table_drop(p, b->va[0], e, LEAF_LEVEL, b->n, &b->unlinked);
}

static enum step remove_some(struct pmap *p, uint64_t *va, uint64_t last, struct batch *b)
{
	enum step step = STEP_ON;
	const pte_t *e;
	uint64_t done;

	EPOCH_GUARD();
	e = next_table(p, va, last);
	if (!e)
		return STEP_END;
	done = lock_batch(b, e, *va, table_last(*va, last), &step);
	protocol_window(); /* a fault may enter another page before the table is closed */
	if (b->n)
		release_batch(p, b);
#ifdef BUG_WALK_FREED /* KVM, fixed in 6.4: the walk goes on in the subtree that it has just cut off */
	if (b->unlinked) {
		check_table_enter(e - pt_index(*va, LEAF_LEVEL));
		b->n = 0;
		lock_batch(b, e, *va, table_last(*va, last), &step);
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
		for (unsigned i = 0; i < b.n; i++)
			page_put(b.page[i]);
		pmap_retire(b.unlinked);
	} while (step != STEP_END);
}

/* --- rights --- */

#define PROTECT_BATCH 64
#define PROTECT_SLOW  4 /* with instruction cache maintenance of each page */

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

/* One entry; *flush: rights were taken away.  False: it is another's. */
static bool protect_entry(const pte_t *e, unsigned prot, bool *flush)
{
	pte_t old = pte_get(e), new;

	for (; pte_valid(old); old = pte_get(e)) {
		new = with_rights(old, prot);
		if (new == old)
			return true;
		ASSERT_RULE("I11", pte_user_ok(new));
		/* Nobody may write there any more, so nobody copies it, and the entry keeps its page. */
		if (prot & MMU_EXECUTE)
			pmap_make_executable(pa_to_page(pte_pa(old)));
		if (pte_cas(e, old, new)) { /* T9: rights alone need no break */
			*flush |= takes_away(old, new);
			return true;
		}
	}
	return !old;
}

struct changed {
	uint64_t low, high; /* addresses from which rights were taken */
};

static enum step protect_some(struct pmap *p, uint64_t *va, uint64_t last, unsigned prot, struct changed *c)
{
	unsigned left = prot & MMU_EXECUTE ? PROTECT_SLOW : PROTECT_BATCH;
	uint64_t end;
	const pte_t *e;

	EPOCH_GUARD();
	e = next_table(p, va, last);
	if (!e)
		return STEP_END;
	end = table_last(*va, last);
	for (; *va < end && left; *va += PAGE_SIZE, e++) {
		bool flush = false;

		if (!pte_get(e))
			continue;
		if (!protect_entry(e, prot, &flush))
			return step_lost();
		if (flush) {
			c->low = *va < c->low ? *va : c->low;
			c->high = *va;
		}
		left--;
	}
	return step_on(va, *va - 1, last);
}

void pmap_protect(struct pmap *p, uint64_t first, uint64_t last, unsigned prot)
{
	struct changed c = { UINT64_MAX, 0 };
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
	pmap_flush_range(p, c.low, ((c.high - c.low) >> PAGE_SHIFT) + 1, TLB_LEAF);
	preempt_enable();
}

/* --- fork: both spaces are ours alone, so entries are read and stored without compare-and-swap --- */

/* The leaf tables for va, where `from` has one; true.  The last ones are remembered: the regions of a small process share a few. */
static bool find_tables(struct pmap_copier *c, uint64_t *va, uint64_t last)
{
	const pte_t *e;

	if (c->from_table && *va / LEAF_SPAN == c->span)
		return true;
	e = next_table(c->from, va, last);
	if (!e)
		return false;
	c->span = *va / LEAF_SPAN;
	c->from_table = e - pt_index(*va, LEAF_LEVEL);
	c->to_table = NULL;
	return true;
}

/* The child's table, when there is something to be put into it: 0 or -ENOMEM.  One entry is counted already. */
static int make_table(struct pmap_copier *c, uint64_t va)
{
	struct pmap_pos at;
	int held;

	pmap_walk(c->to, va, &at);
	held = pmap_descend(c->to, va, &at, LEAF_LEVEL);
	if (held < 0)
		return held;
	c->to_table = at.e - pt_index(va, LEAF_LEVEL);
	pte_table_page(at.e)->live--;
	return 0;
}

/* The entries first..last of one leaf table. */
static int copy_entries(struct pmap_copier *c, uint64_t va, unsigned first, unsigned last, bool cow)
{
	const pte_t *e = c->from_table + first, *stop = c->from_table + last;
	unsigned n = 0;
	int error;

	for (; e <= stop; e++) {
		pte_t value = pte_get(e);

		if (!value)
			continue;
		if (!c->to_table && (error = make_table(c, va)))
			return error;
		if (cow && pte_writable(value)) {
			value = pte_read_only(value);
			pte_set(e, value);
			c->protected = true;
		}
		page_get(pa_to_page(pte_pa(value)));
		pte_set(c->to_table + (e - c->from_table), value);
		n++;
	}
	if (n) {
		pte_table_page(c->to_table)->live += n;
		c->to->resident += n;
	}
	return 0;
}

int pmap_copy(struct pmap_copier *c, uint64_t first, uint64_t last, bool cow)
{
	ASSERT_RULE("I5", c->to->state == PMAP_LIVE && c->from->state == PMAP_LIVE);
	for (uint64_t va = first; find_tables(c, &va, last);) {
		uint64_t end = table_last(va, last);
		int error = copy_entries(c, va, pt_index(va, LEAF_LEVEL), pt_index(end, LEAF_LEVEL), cow);

		if (error)
			return error;
		if (end == last)
			break;
		va = end + 1;
	}
	return 0;
}

void pmap_copy_end(struct pmap_copier *c)
{
	c->to->peak = c->to->resident;
	if (!c->protected)
		return;
	preempt_disable();
	pmap_flush_asid(c->from);
	preempt_enable();
}
