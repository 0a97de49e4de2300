/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a vmspace's regions: finding, cutting, gaps.  Regions never overlap, so any order on one end is an
 * order. Every function here but alloc and free is called with the vmspace's lock held, for reading to find, for
 * writing to change.
 */
#include "kernel/log.h"
#include "mm/slab.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

static struct slab_cache region_cache;

static int compare(const struct region *a, const struct region *b)
{
	return a->first < b->first ? -1 : a->first > b->first;
}

RB_GENERATE(region_tree, region, link, compare)

void region_boot(void);
void region_boot(void)
{
	slab_cache_init(&region_cache, "region", sizeof(struct region), 8);
}

struct region *region_alloc(void)
{
	return slab_alloc(&region_cache);
}

void region_free(struct region *r)
{
	slab_free(&region_cache, r);
}

struct region *region_next(struct vmspace *vs, uint64_t va)
{
	struct region *r = RB_ROOT(&vs->regions), *best = NULL;

	while (r) {
		if (va <= r->last) {
			best = r;
			if (va >= r->first)
				break;
			r = RB_LEFT(r, link);
		} else {
			r = RB_RIGHT(r, link);
		}
	}
	return best;
}

struct region *region_find(struct vmspace *vs, uint64_t va)
{
	struct region *r = region_next(vs, va);

	return r && r->first <= va ? r : NULL;
}

void region_insert(struct vmspace *vs, struct region *r)
{
	struct region *clash = RB_INSERT(region_tree, &vs->regions, r);

	ASSERT(!clash);
}

void region_remove(struct vmspace *vs, struct region *r)
{
	RB_REMOVE(region_tree, &vs->regions, r);
}

void region_split(struct vmspace *vs, struct region *r, uint64_t at, struct region *upper)
{
	DEBUG_ASSERT(r->first < at && at <= r->last);
	*upper = *r;
	upper->first = at;
	upper->offset += at - r->first;
	if (upper->vmo)
		object_get(&upper->vmo->object);
	r->last = at - 1;
	region_insert(vs, upper);
}

/* Of an object it is the same how long the pieces were: they are its pages, whoever gets blocks of them. */
static bool same(const struct region *a, const struct region *b)
{
	return a->last + 1 == b->first && a->kind == b->kind && a->prot == b->prot && a->max_prot == b->max_prot &&
	       a->shared == b->shared && !a->grows_down && !b->grows_down && a->vmo == b->vmo &&
	       (a->vmo ? a->offset + (b->first - a->first) == b->offset : a->blocks == b->blocks);
}

void region_join(struct vmspace *vs, uint64_t first, uint64_t last, struct region_list *gone)
{
	struct region *r = region_next(vs, first ? first - 1 : 0), *next;

	while (r && r->last <= last && (next = RB_NEXT(region_tree, &vs->regions, r))) {
		if (!same(r, next)) {
			r = next;
			continue;
		}
		region_remove(vs, next);
		r->last = next->last;
		r->blocks |= next->blocks;
		SLIST_INSERT_HEAD(gone, next, gone);
	}
}

uint64_t region_find_gap(struct vmspace *vs, uint64_t length, uint64_t align, uint64_t offset)
{
	uint64_t at = MMAP_BASE;
	struct region *r;

	at += (offset - at) & (align - 1);
	for (r = region_next(vs, at); r; r = RB_NEXT(region_tree, &vs->regions, r)) {
		if (r->first > at && r->first - at >= length)
			return at;
		at = r->last + 1;
		at += (offset - at) & (align - 1);
	}
	return at < USER_TOP && USER_TOP - at >= length ? at : 0;
}
