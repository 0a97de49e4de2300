/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps: fork's copy.  Both spaces are the caller's alone: `from` is locked for writing, `to` never ran.  So
 * entries are read and stored without compare-and-swap, and no section of an epoch is needed; only the hardware walks
 * `from` meanwhile.
 */
#include "kernel/log.h"
#include "mm/check.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"
#include "mm/user_block.h"

/* Where `from` has a leaf table, or a block (c->from_table NULL, `at`), for or above va; false: nowhere.  The last
 * tables are remembered: the regions of a small process share a few. */
static bool find_leaf(struct pmap_copier *c, uint64_t *va, uint64_t last, struct pmap_pos *at)
{
	if (c->from_table && *va / LEAF_SPAN == c->span)
		return true;
	if (!pmap_next_leaf(c->from, va, last, at))
		return false;
	c->span = *va / LEAF_SPAN;
	c->from_table = at->level == LEAF_LEVEL ? at->e - pt_index(*va, LEAF_LEVEL) : NULL;
	c->to_table = NULL;
	return true;
}

/* What `to` gets for this entry of `from`. */
static pte_t share(struct pmap_copier *c, const pte_t *e, pte_t value, bool cow)
{
	if (cow && pte_writable(value)) {
		value = pte_read_only(value);
		pte_set(e, value);
		c->protected = true;
	}
	return value;
}

static int copy_block(struct pmap_copier *c, uint64_t va, const struct pmap_pos *from)
{
	struct pmap_pos at;
	int held;

	pmap_walk(c->to, va, &at);
	held = pmap_descend(c->to, va, &at, BLOCK_LEVEL); /* counts it */
	if (held < 0)
		return held;
	user_block_get(pa_to_page(pte_pa(from->value)));
	pte_set(at.e, share(c, from->e, from->value, true));
	c->to->resident += PT_ENTRIES;
	return 0;
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
		value = share(c, e, value, cow);
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
	struct pmap_pos at;

	ASSERT_RULE("I5", c->to->state == PMAP_LIVE && c->from->state == PMAP_LIVE);
	for (uint64_t va = first; find_leaf(c, &va, last, &at);) {
		uint64_t end = table_last(va, last);
		int error;

		ASSERT_RULE("I15", c->from_table || whole_block(va, last));
		error = 0;
		if (c->from_table)
			error = copy_entries(c, va, pt_index(va, LEAF_LEVEL), pt_index(end, LEAF_LEVEL), cow);
		else if (cow) /* else its object has it: a fault brings it, which many a child never takes */
			error = copy_block(c, va, &at);
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
	if (!c->protected)
		return;
	preempt_disable();
	pmap_flush_asid(c->from);
	preempt_enable();
}
