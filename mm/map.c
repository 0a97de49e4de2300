/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap, munmap, mprotect: changes of regions, and of what the page tables hold of them.
 *
 * Each call checks everything and allocates the regions that it may need for cuts before it changes anything, so that
 * it either does all or nothing.  Regions are changed with the lock held for writing; munmap and mprotect then go on
 * as readers, so that other threads' faults are served while the page tables follow.  A mapping that replaces others
 * does all as a writer.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/log.h"
#include "mm/page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

/* [addr, addr + length) as inclusive, page-aligned bounds; false: not a range of user space. */
static bool bounds(uint64_t addr, uint64_t length, uint64_t *first, uint64_t *last)
{
	if (addr % PAGE_SIZE || length == 0 || length > USER_TOP || addr > USER_TOP - length)
		return false;
	*first = addr;
	*last = (addr + length - 1) | (PAGE_SIZE - 1); /* I15 */
	return true;
}

/* Every access includes reading, as the hardware has it (AP[2:1], D8.4.1): so it needs the right to read as well. */
static unsigned with_read(unsigned prot)
{
	return prot ? prot | MMU_READ : 0;
}

/* Spare regions for the two ends of a range that may have to be cut. */
struct spares {
	struct region *r[2];
	unsigned used;
};

static bool spares_get(struct spares *s)
{
	s->used = 0;
	s->r[0] = region_alloc();
	s->r[1] = s->r[0] ? region_alloc() : NULL;
	if (s->r[1])
		return true;
	if (s->r[0])
		region_free(s->r[0]);
	return false;
}

static void spares_put(struct spares *s)
{
	while (s->used < 2)
		region_free(s->r[s->used++]);
}

/* Makes `at` a boundary between regions. */
static void cut(struct vmspace *vs, uint64_t at, struct spares *s)
{
	struct region *r = region_find(vs, at);

	if (r && r->first < at)
		region_split(vs, r, at, s->r[s->used++]);
}

/* Cuts the regions at both ends, so that every region lies within [first, last] or outside. */
static void cut_range(struct vmspace *vs, uint64_t first, uint64_t last, struct spares *s)
{
	cut(vs, first, s);
	if (last < USER_TOP - 1)
		cut(vs, last + 1, s);
}

/* A block that would lie across a boundary at `at` becomes pages: 0 or -ENOMEM.  Locked for writing. */
static int demote_at(struct vmspace *vs, uint64_t at)
{
	struct region *r = at % BLOCK_SIZE && at < USER_TOP ? region_find(vs, at) : NULL;

	return r && r->blocks && r->first < at ? pmap_demote(&vs->pmap, at) : 0;
}

/* Both ends, before the regions are cut there: nothing is changed yet if this fails, but for the form of a mapping. */
static int demote_ends(struct vmspace *vs, uint64_t first, uint64_t last)
{
	int error = demote_at(vs, first);

	return error ? error : demote_at(vs, last + 1);
}

/* Takes what is in the range out of the tree: 0 or -ENOMEM.  Locked for writing. */
static int take_out(struct vmspace *vs, uint64_t first, uint64_t last, struct spares *s, struct region_list *gone)
{
	struct region *r;
	int error;

	DEBUG_ASSERT_RULE("I14", rwlock_held_write(&vs->lock));
	SLIST_INIT(gone);
	if (!(r = region_next(vs, first)) || r->first > last)
		return 0;
	error = demote_ends(vs, first, last);
	if (error)
		return error;
	cut_range(vs, first, last, s);
	while ((r = region_next(vs, first)) && r->first <= last) {
		region_remove(vs, r);
		SLIST_INSERT_HEAD(gone, r, gone);
	}
	return 0;
}

/* The regions of a list that nobody can find any more. */
static void drop_regions(struct region_list *gone)
{
	struct region *r;

	while ((r = SLIST_FIRST(gone))) {
		SLIST_REMOVE_HEAD(gone, gone);
		if (r->vmo)
			vmo_put(r->vmo);
		region_free(r);
	}
}

int vm_unmap(struct vmspace *vs, uint64_t addr, uint64_t length)
{
	struct region_list gone;
	uint64_t first, last;
	struct spares s;
	int error;

	if (!bounds(addr, length, &first, &last))
		return -EINVAL;
	if (!spares_get(&s))
		return -ENOMEM;
	rwlock_write(&vs->lock);
	error = take_out(vs, first, last, &s, &gone);
	/* A fault finds no region from here on, and nobody can map anything there before we are through. */
	rwlock_downgrade(&vs->lock);
	if (!SLIST_EMPTY(&gone))
		pmap_remove(&vs->pmap, first, last);
	rwlock_read_unlock(&vs->lock);
	drop_regions(&gone);
	spares_put(&s);
	return error;
}

/* The lowest gap; for what may get blocks one where their addresses fit the object's, if there is one. */
static uint64_t find_gap(struct vmspace *vs, uint64_t length, const struct vmo *vmo, uint64_t offset)
{
	uint64_t gap = 0;

	if (length >= BLOCK_SIZE)
		gap = region_find_gap(vs, length, BLOCK_SIZE, vmo ? vmo->base + offset : 0);
	return gap ? gap : region_find_gap(vs, length, PAGE_SIZE, 0);
}

/* Where it goes, or an error.  Locked for writing. */
static int64_t choose_address(struct vmspace *vs, uint64_t addr, uint64_t length, unsigned flags, const struct vmo *vmo,
			      uint64_t offset)
{
	uint64_t rounded = (length + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE, first, last, gap;
	bool fixed = flags & (CURFEW_MAP_FIXED | CURFEW_MAP_FIXED_NOREPLACE);
	struct region *r;

	if (!fixed)
		addr &= -(uint64_t)PAGE_SIZE;
	if (fixed || addr) {
		if (bounds(addr, length, &first, &last) && addr >= MMAP_BOTTOM) {
			r = region_next(vs, first);
			if (!r || r->first > last || flags & CURFEW_MAP_FIXED)
				return addr;
			if (flags & CURFEW_MAP_FIXED_NOREPLACE)
				return -EEXIST;
		} else if (fixed) {
			return -EINVAL;
		}
	}
	gap = find_gap(vs, rounded, vmo, offset);
	return gap ? (int64_t)gap : -ENOMEM;
}

static int check_arguments(uint64_t length, unsigned prot, unsigned max_prot, unsigned flags, uint64_t offset)
{
	unsigned type = flags & (CURFEW_MAP_SHARED | CURFEW_MAP_PRIVATE);

	if (length == 0 || (type != CURFEW_MAP_SHARED && type != CURFEW_MAP_PRIVATE))
		return -EINVAL;
	if (flags & ~(CURFEW_MAP_SHARED | CURFEW_MAP_PRIVATE | CURFEW_MAP_FIXED | CURFEW_MAP_ANONYMOUS |
		      CURFEW_MAP_GROWSDOWN | CURFEW_MAP_FIXED_NOREPLACE))
		return -EINVAL;
	if (prot & ~(MMU_READ | MMU_WRITE | MMU_EXECUTE) || offset % PAGE_SIZE)
		return -EINVAL;
	if (flags & CURFEW_MAP_GROWSDOWN && (type != CURFEW_MAP_PRIVATE || !(flags & CURFEW_MAP_ANONYMOUS)))
		return -EINVAL;
	if ((prot & MMU_WRITE && prot & MMU_EXECUTE) || prot & ~max_prot) /* I11 */
		return -EACCES;
	return length > USER_TOP ? -ENOMEM : 0;
}

/* Of an object only what is touched counts; anonymous memory that could never be filled is a mistake. */
static int check_fillable(uint64_t length)
{
	return length / PAGE_SIZE > page_total_count() ? -ENOMEM : 0;
}

static int check_object(const struct vmo *vmo, uint64_t length, unsigned flags, uint64_t offset, unsigned *max_prot)
{
	if (offset > VMO_MAX_SIZE || length > VMO_MAX_SIZE)
		return -EINVAL;
	if (vmo->kind != VMO_DEVICE)
		return 0;
	if (flags & CURFEW_MAP_PRIVATE) /* registers cannot be copied */
		return -EINVAL;
	*max_prot &= ~MMU_EXECUTE;
	return 0;
}

int64_t vm_map(struct vmspace *vs, uint64_t addr, uint64_t length, unsigned prot, unsigned max_prot, unsigned flags,
	       struct vmo *vmo, uint64_t offset)
{
	struct region_list gone = SLIST_HEAD_INITIALIZER(gone);
	struct region *r;
	struct spares s;
	int64_t result;
	int error;

	prot = with_read(prot);
	result = vmo ? check_object(vmo, length, flags, offset, &max_prot) : 0;
	if (!result)
		result = check_arguments(length, prot, max_prot, flags, offset);
	if (!result && !vmo)
		result = check_fillable(length);
	if (result)
		return result;
	if (!spares_get(&s))
		return -ENOMEM;
	r = region_alloc();
	if (!r) {
		spares_put(&s);
		return -ENOMEM;
	}
	rwlock_write(&vs->lock);
	result = choose_address(vs, addr, length, flags, vmo, offset);
	if (result >= 0) {
		*r = (struct region){
			.first = result, .last = ((uint64_t)result + length - 1) | (PAGE_SIZE - 1),
			.kind = vmo ? REGION_VMO : REGION_ANON, .prot = prot, .max_prot = max_prot,
			.shared = flags & CURFEW_MAP_SHARED, .grows_down = flags & CURFEW_MAP_GROWSDOWN,
			.blocks = length >= BLOCK_SIZE && !(flags & CURFEW_MAP_GROWSDOWN) &&
				  !(vmo && vmo->kind == VMO_DEVICE),
			.vmo = vmo, .offset = offset,
		};
		error = take_out(vs, r->first, r->last, &s, &gone);
		if (!SLIST_EMPTY(&gone))
			pmap_remove(&vs->pmap, r->first, r->last);
		if (error) {
			result = error;
		} else {
			if (vmo)
				object_get(&vmo->object);
			region_insert(vs, r);
			region_join(vs, r->first, r->last, &gone); /* sbrk, and what is mapped again piece by piece */
			r = NULL;
		}
	}
	rwlock_write_unlock(&vs->lock);
	drop_regions(&gone);
	if (r)
		region_free(r);
	spares_put(&s);
	return result;
}

/* 0 if [first, last] has no hole and every region of it allows prot.  Locked for writing. */
static int check_protect(struct vmspace *vs, uint64_t first, uint64_t last, unsigned prot)
{
	uint64_t va = first;

	for (;;) {
		struct region *r = region_find(vs, va);

		if (!r)
			return -ENOMEM;
		if (prot & ~r->max_prot)
			return -EACCES;
		if (r->last >= last)
			return 0;
		va = r->last + 1;
	}
}

void vm_promote(struct vmspace *vs, uint64_t va)
{
	struct region *r;

	WRITE_GUARD(&vs->lock);
	r = region_find(vs, va);
	if (r && region_holds_block(r, va))
		pmap_promote(&vs->pmap, va);
}

/* Tables that have become alike.  No lock held. */
static void promote_range(struct vmspace *vs, uint64_t first, uint64_t last)
{
	while (pmap_find_alike(&vs->pmap, &first, last)) {
		vm_promote(vs, first);
		first |= BLOCK_SIZE - 1;
		if (first >= last) /* I15 */
			return;
		first++;
	}
}

/* Gives [first, last] new rights; *blocks: some of it may be blocks, or become some.  Locked for writing. */
static int change_rights(struct vmspace *vs, uint64_t first, uint64_t last, unsigned prot, struct spares *s,
			 struct region_list *gone, bool *blocks)
{
	int error = check_protect(vs, first, last, prot);

	if (!error)
		error = demote_ends(vs, first, last);
	if (error)
		return error;
	cut_range(vs, first, last, s);
	for (struct region *r = region_find(vs, first); r && r->first <= last; r = RB_NEXT(region_tree, &vs->regions, r)) {
		r->prot = prot;
		*blocks |= r->blocks;
	}
	region_join(vs, first, last, gone);
	return 0;
}

int vm_protect(struct vmspace *vs, uint64_t addr, uint64_t length, unsigned prot)
{
	struct region_list gone = SLIST_HEAD_INITIALIZER(gone);
	uint64_t first, last;
	bool blocks = false;
	struct spares s;
	int error;

	if (addr % PAGE_SIZE || prot & ~(MMU_READ | MMU_WRITE | MMU_EXECUTE))
		return -EINVAL;
	if (length == 0)
		return 0;
	prot = with_read(prot);
	if (!bounds(addr, length, &first, &last))
		return -ENOMEM;
	if (prot & MMU_WRITE && prot & MMU_EXECUTE) /* I11 */
		return -EACCES;
	if (!spares_get(&s))
		return -ENOMEM;
	rwlock_write(&vs->lock);
	error = change_rights(vs, first, last, prot, &s, &gone, &blocks);
	rwlock_downgrade(&vs->lock); /* faults go by the new rights from here on */
	if (!error)
		pmap_protect(&vs->pmap, first, last, prot);
	rwlock_read_unlock(&vs->lock);
	drop_regions(&gone);
	spares_put(&s);
	if (blocks && !error)
		promote_range(vs, first, last);
	return error;
}
