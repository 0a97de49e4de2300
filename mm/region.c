/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a vmspace's regions: finding, cutting, gaps.  Regions never overlap, so any order on one end is an order.
 * Every function here but alloc and free is called with the vmspace's lock held, for reading to find, for writing to change.
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

uint64_t region_find_gap(struct vmspace *vs, uint64_t length)
{
	uint64_t at = MMAP_BASE;
	struct region *r;

	for (r = region_next(vs, at); r; r = RB_NEXT(region_tree, &vs->regions, r)) {
		if (r->first > at && r->first - at >= length)
			return at;
		at = r->last + 1;
	}
	return at < USER_TOP && USER_TOP - at >= length ? at : 0;
}
