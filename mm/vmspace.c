/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making, copying, leaving and freeing address spaces.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/user_page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

static struct slab_cache vmspace_cache;
static struct page *shared_page; /* constant after boot */

void region_boot(void);

void vmspace_boot(void)
{
	slab_cache_init(&vmspace_cache, "vmspace", sizeof(struct vmspace), _Alignof(struct vmspace));
	region_boot();
}

void vm_set_realtime(uint64_t base)
{
	struct curfew_shared_page *s = page_to_va(shared_page);

	__atomic_store_n(&s->realtime_base, base, __ATOMIC_RELAXED); /* one value, read alone */
}

void vm_set_shared_page(struct page *page)
{
	shared_page = page;
}

/* With an empty pmap and no regions; NULL: no memory. */
static struct vmspace *create(void)
{
	struct vmspace *vs = slab_alloc(&vmspace_cache);

	if (!vs)
		return NULL;
	rwlock_init(&vs->lock);
	RB_INIT(&vs->regions);
	vs->live = 1;
	if (pmap_init(&vs->pmap)) {
		slab_free(&vmspace_cache, vs);
		return NULL;
	}
	return vs;
}

/* Enters the shared page into a space that nobody else has. */
static int enter_shared_page(struct pmap *p, uint64_t va)
{
	struct pmap_pos at;
	int error;

	EPOCH_GUARD();
	pmap_walk(p, va, &at);
	page_get(shared_page);
	error = pmap_enter(p, va, &at, shared_page, MMU_READ);
	if (error < 0)
		page_put(shared_page);
	return error < 0 ? error : 0;
}

int vmspace_create(struct vmspace **out)
{
	struct vmspace *vs = create();
	struct region *r = vs ? region_alloc() : NULL;
	int error = -ENOMEM;

	if (r) {
		*r = (struct region){ .first = SHARED_PAGE_VA, .last = SHARED_PAGE_VA + PAGE_SIZE - 1,
				      .kind = REGION_SHARED_PAGE, .prot = MMU_READ, .max_prot = MMU_READ, .shared = true };
		region_insert(vs, r);
		error = enter_shared_page(&vs->pmap, SHARED_PAGE_VA);
	}
	if (error) {
		if (vs)
			vmspace_destroy(vs);
		return error;
	}
	*out = vs;
	return 0;
}

/* Region and what is mapped of it.  `from` locked for writing, `to` not yet run. */
static int fork_region(struct vmspace *to, struct region *r, struct pmap_copier *c)
{
	struct region *copy = region_alloc();

	if (!copy)
		return -ENOMEM;
	*copy = *r;
	if (copy->vmo)
		object_get(&copy->vmo->object);
	region_insert(to, copy);
	return pmap_copy(c, r->first, r->last, !r->shared);
}

int vmspace_fork(struct vmspace *from, struct vmspace **out)
{
	struct vmspace *to = create();
	struct pmap_copier copier;
	struct region *r;
	int error = 0;

	if (!to)
		return -ENOMEM;
	copier = (struct pmap_copier){ .to = &to->pmap, .from = &from->pmap };
	rwlock_write(&from->lock);
	RB_FOREACH(r, region_tree, &from->regions) {
		error = fork_region(to, r, &copier);
		if (error)
			break;
	}
	pmap_copy_end(&copier); /* flushes, before anything can run that relies on the pages not changing */
	rwlock_write_unlock(&from->lock);
	if (error) {
		vmspace_destroy(to);
		return error;
	}
	*out = to;
	return 0;
}

static void drop_regions(struct vmspace *vs)
{
	struct region *r, *next;

	/* Nobody else looks at the tree any more: it is taken apart without being kept balanced. */
	RB_FOREACH_SAFE(r, region_tree, &vs->regions, next) {
#ifdef BUG_REGION_LEFT /* our own: it belongs to nobody, so nobody takes it out */
		if (r->kind == REGION_SHARED_PAGE)
			continue;
#endif
		RB_REMOVE(region_tree, &vs->regions, r);
		if (r->vmo)
			vmo_put(r->vmo);
		region_free(r);
	}
}

void vmspace_destroy(struct vmspace *vs)
{
#ifndef BUG_PURGE_LIVE
	if (vs->pmap.state == PMAP_LIVE)
		pmap_kill(&vs->pmap); /* never ran: nothing to flush */
#endif
	pmap_purge(&vs->pmap, SHARED_PAGE_VA);
	drop_regions(vs);
	ASSERT_RULE("E6", RB_EMPTY(&vs->regions));
	slab_free(&vmspace_cache, vs);
}

void vmspace_leave(struct vmspace *vs)
{
	ASSERT_RULE("E3", current()->vmspace != vs);
	/*
	 * Release: this CPU was parked before it counts itself out.  Acquire in the last one's decrement: it sees all
	 * of them parked (I4: all parked < DSB ISHST < TLBI).  Pairs with itself in the other threads.
	 */
	if (__atomic_fetch_sub(&vs->live, 1, __ATOMIC_ACQ_REL) != 1) {
		protocol_entered(WINDOW_EXIT_SIBLING);
		return;
	}
	protocol_window();
#ifndef BUG_PURGE_LIVE /* our own: purged without the flush of E4 */
	pmap_kill(&vs->pmap);  /* E4 */
#endif
#ifdef BUG_DEAD_ENTER /* our own: a page enters after the last flush */
	enter_shared_page(&vs->pmap, USER_TOP - PAGE_SIZE);
#endif
	vmspace_destroy(vs);   /* E5, E6 */
}

int vm_futex_key(struct vmspace *vs, uint64_t va, struct futex_key *key)
{
	struct region *r;

	READ_GUARD(&vs->lock);
	r = region_find(vs, va);
	if (!r)
		return -EFAULT;
	*key = (struct futex_key){ { (uint64_t)vs, va }, NULL };
	if (r->kind == REGION_VMO && r->shared) {
		*key = (struct futex_key){ { (uint64_t)r->vmo->store, r->vmo->base + r->offset + (va - r->first) }, r->vmo };
		object_get(&r->vmo->object);
	}
	return 0;
}

void vm_futex_key_put(struct futex_key *key)
{
	if (key->vmo)
		vmo_put(key->vmo);
}
