/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults: what a missing or too weak translation means.
 *
 *   nothing there     anonymous: a zeroed page; object: its page, copied first if this is a write to a private mapping
 *   write to read-only  private: alone with the page, it becomes writable in place; else it is copied, by
 *                     break-before-make (T9)
 *   2 MiB missing     where they may be a block, and there is one: all of them at once
 *   all as it should be  this CPU's TLB had an older entry with fewer rights: dropped here, no other CPU is asked
 *
 * The vmspace's lock is held for reading, so that faults of all its threads run in parallel; for writing only to let
 * a stack grow, and to turn a block into pages or pages into a block.  From the walk to the change a fault is in a
 * section of an epoch, where it does not sleep: what must sleep is done before.  Who loses its entry to another gives
 * back what it had and is through: the access comes again if it still has a reason (I14).
 */
#include <signal.h>
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/user_block.h"
#include "mm/user_page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

/* What a try may end with, besides 0 and errors. */
#define FAULT_FULL   PMAP_FULL /* done, and all 512 pages of a table are there now */
#define FAULT_OBJECT 2 /* it is missing, and comes from an object that must be locked: may sleep */
#define FAULT_BLOCK  3 /* it is missing, and so are all 2 MiB, which may be a block: may sleep */
#define FAULT_GROW   4 /* no region, but a stack above may grow */
#define FAULT_DEMOTE 5 /* a write to a block that is shared: its pages are copied one by one */

/* --- in a section --- */

static int fault_anon(struct vmspace *vs, const struct region *r, uint64_t va, struct pmap_pos *at)
{
	struct page *page = page_alloc_zeroed();
	int error;

	count(FAULT_ANON);
	if (!page)
		return -ENOMEM;
	page->data = 0;
	error = pmap_enter(&vs->pmap, va, at, page, r->prot);
	if (error < 0)
		page_put(page);
	return error;
}

/* Enters the object's page, whose reference is taken over, or for a write to a private mapping a copy. */
static int enter_object(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access, struct pmap_pos *at,
			struct page *page)
{
	unsigned prot = r->prot;
	int error;

	if (!r->shared && !(access & MMU_WRITE)) {
		prot &= ~MMU_WRITE;
	} else if (!r->shared) {
		struct page *copy = page_alloc();

		if (copy) {
			copy->data = 0;
			page_copy(page_to_va(copy), page_to_va(page));
		}
		page_put(page);
		if (!copy)
			return -ENOMEM;
		page = copy;
	}
	error = pmap_enter(&vs->pmap, va, at, page, prot);
	if (error < 0)
		page_put(page);
	return error;
}

static int fault_missing(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access,
			 struct pmap_pos *at, bool blocks)
{
	struct page *page;
	int error;

	if (blocks && at->level < PT_LEVELS - 1 && !at->value && region_holds_block(r, va))
		return FAULT_BLOCK;
	if (r->kind == REGION_ANON)
		return fault_anon(vs, r, va, at);
	if (r->kind != REGION_VMO)
		return -EFAULT;
	error = vmo_page_now(r->vmo, r->offset + (va - r->first), &page);
	if (error == -EAGAIN)
		return FAULT_OBJECT;
	count(FAULT_FILE);
	return error ? error : enter_object(vs, r, va, access, at, page);
}

/* A write to a page that is read-only though the region is writable and private: copy-on-write. */
static int fault_write(struct vmspace *vs, const struct region *r, uint64_t va, struct pmap_pos *at)
{
	struct page *old = pa_to_page(pte_pa(at->value)), *copy;
	int error;

	count(FAULT_COW);
	if (r->shared) { /* the object holds the pages: they are this entry's for good */
		for (unsigned i = 0; i < (at->level < PT_LEVELS - 1 ? BLOCK_PAGES : 1); i++)
			old[i].data = 0;
		return pmap_upgrade(&vs->pmap, va, at, r->prot);
	}
	/* One reference is this entry: nobody else can take another but a fork of this space, which writes. */
	if (at->level < PT_LEVELS - 1)
		return user_block_alone(old) ? pmap_upgrade(&vs->pmap, va, at, r->prot) : FAULT_DEMOTE;
	if (__atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1)
		return pmap_upgrade(&vs->pmap, va, at, r->prot);
	copy = page_alloc();
	if (!copy)
		return -ENOMEM;
	copy->data = 0;
	error = pmap_replace(&vs->pmap, va, at, copy, r->prot);
	if (error)
		page_put(copy);
	return error;
}

static bool enough(pte_t e, unsigned access)
{
	return pte_user(e) && (!(access & MMU_WRITE) || pte_writable(e)) &&
	       (!(access & MMU_EXECUTE) || pte_executable(e));
}

/* Everything that needs no sleep. */
static int fault_now(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access, bool blocks)
{
	struct pmap_pos at;

	EPOCH_GUARD();
	pmap_walk(&vs->pmap, va, &at);
	if (!at.value || (at.level < PT_LEVELS - 1 && !pte_valid(at.value)))
		return fault_missing(vs, r, va, access, &at, blocks);
#ifdef BUG_UNLOCK_FOREIGN /* our own: an entry that another has taken is made free by who waits for it */
	if (at.value == PTE_LOCKED)
		pte_set(at.e, 0);
#endif
	if (!pte_valid(at.value))
		return -EAGAIN;
	if (access & MMU_WRITE && !pte_writable(at.value))
		return fault_write(vs, r, va, &at);
	if (!enough(at.value, access))
		return pmap_upgrade(&vs->pmap, va, &at, r->prot & (pte_writable(at.value) ? ~0u : ~MMU_WRITE));
	count(FAULT_SPURIOUS);
	pmap_drop_stale(&vs->pmap, va);
	return 0;
}

/* --- with the lock for reading, may sleep --- */

static int fault_object(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access)
{
	struct pmap_pos at;
	struct page *page;
	int error = vmo_page(r->vmo, r->offset + (va - r->first), &page);

	count(FAULT_FILE);
	if (error)
		return error;
	EPOCH_GUARD();
	pmap_walk(&vs->pmap, va, &at);
	return enter_object(vs, r, va, access, &at, page);
}

/* The pages for the 2 MiB from va on, with a reference to each; NULL: it must be single pages. */
static struct page *block_for(const struct region *r, uint64_t va, unsigned access)
{
	struct page *first;

	if (r->kind == REGION_ANON)
		return user_block_alloc();
	if (r->kind != REGION_VMO || (access & MMU_WRITE && !r->shared)) /* the page written to will be a copy */
		return NULL;
	return vmo_block(r->vmo, r->offset + (va - r->first), &first) ? NULL : first;
}

static int enter_block(struct vmspace *vs, uint64_t va, struct page *first, unsigned prot)
{
	struct pmap_pos at;

	EPOCH_GUARD();
	pmap_walk(&vs->pmap, va, &at);
	return pmap_enter_block(&vs->pmap, va, &at, first, prot);
}

/* 0, -EAGAIN, or FAULT_BLOCK: there is none. */
static int fault_block(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access)
{
	struct page *first;
	int error;

	va &= -(uint64_t)BLOCK_SIZE;
	first = block_for(r, va, access);
	if (!first)
		return FAULT_BLOCK;
	pmap_prepare_block(first, r->prot);
	error = enter_block(vs, va, first, r->kind == REGION_ANON || r->shared ? r->prot : r->prot & ~MMU_WRITE);
	if (error)
		user_block_put(first);
	else if (r->kind == REGION_ANON)
		count(FAULT_ANON);
	else
		count(FAULT_FILE);
	return error == -ENOMEM ? FAULT_BLOCK : error;
}

static __attribute__((noinline)) int fault_slow(struct vmspace *vs, const struct region *r, uint64_t va,
						unsigned access, int error)
{
	if (error == FAULT_BLOCK)
		error = fault_block(vs, r, va, access);
	if (error == FAULT_BLOCK)
		error = fault_now(vs, r, va, access, false);
	return error == FAULT_OBJECT ? fault_object(vs, r, va, access) : error;
}

static inline int try_fault(struct vmspace *vs, const struct region *r, uint64_t va, unsigned access)
{
	int error = fault_now(vs, r, va, access, r->blocks);

	return __builtin_expect(error > FAULT_FULL, 0) ? fault_slow(vs, r, va, access, error) : error;
}

/* The stack that may grow down to va, if that leaves room to what lies below. */
static struct region *growing_stack(struct vmspace *vs, uint64_t va)
{
	struct region *r = region_next(vs, va), *below;
	uint64_t first = va & -(uint64_t)PAGE_SIZE;

	if (!r || !r->grows_down || first < MMAP_BOTTOM || r->last - first >= STACK_MAX)
		return NULL;
	below = RB_PREV(region_tree, &vs->regions, r);
	if (below && (first <= below->last || first - below->last <= STACK_GUARD))
		return NULL;
	return r;
}

static int fault_reading(struct vmspace *vs, uint64_t va, unsigned access)
{
	struct region *r = region_find(vs, va);
	int error;

	if (!r)
		return growing_stack(vs, va) ? FAULT_GROW : -EFAULT;
	if (!r->prot || (access & (MMU_WRITE | MMU_EXECUTE)) & ~r->prot)
		return -EFAULT;
	va &= -(uint64_t)PAGE_SIZE;
	error = try_fault(vs, r, va, access);
	if (__builtin_expect(error == -ENOMEM, 0)) {
		trim_caches();
		error = try_fault(vs, r, va, access);
	}
	return error == FAULT_FULL && !region_holds_block(r, va) ? 0 : error;
}

/* --- without the lock --- */

static void grow_stack(struct vmspace *vs, uint64_t va)
{
	struct region *r;

	WRITE_GUARD(&vs->lock);
	r = region_find(vs, va) ? NULL : growing_stack(vs, va); /* another thread's fault may have done it */
	if (r)
		r->first = va & -(uint64_t)PAGE_SIZE;
}

static int demote(struct vmspace *vs, uint64_t va)
{
	int error;

	WRITE_GUARD(&vs->lock);
	error = pmap_demote(&vs->pmap, va);
	if (error) {
		trim_caches();
		error = pmap_demote(&vs->pmap, va);
	}
	return error;
}

/* What a reader found that only a writer can do.  0 or an error. */
static int fault_writing(struct vmspace *vs, uint64_t va, int what)
{
	uint64_t block = va;

	switch (what) {
	case FAULT_GROW:
		grow_stack(vs, va);
		return 0;
	case FAULT_DEMOTE:
		return demote(vs, va);
	default:
		if (pmap_find_alike(&vs->pmap, &block, va))
			vm_promote(vs, va);
		return 0;
	}
}

int vm_fault_in(struct vmspace *vs, uint64_t va, unsigned access)
{
	int what, error;

	if (va >= USER_TOP)
		return -EFAULT;
	do {
		rwlock_read(&vs->lock);
		what = error = fault_reading(vs, va, access);
		rwlock_read_unlock(&vs->lock);
		if (__builtin_expect(what > 0, 0))
			error = fault_writing(vs, va, what);
	} while (!error && what > FAULT_FULL);
	if (error != -EAGAIN)
		return error;
	count(PMAP_RETRY);
	return 0;
}

int vm_fault(uint64_t va, unsigned access)
{
	struct vmspace *vs = current()->vmspace;

	ASSERT_RULE("I6", vs && vs->pmap.state == PMAP_LIVE);
	current()->faults++;
	return vm_fault_in(vs, va, access);
}

int vm_fault_signal(int error)
{
	switch (error) {
	case 0:
		return 0;
	case -ENOMEM:
		count(OOM_KILL);
		return SIGKILL;
	case -ENXIO:
		return SIGBUS;
	default:
		return SIGSEGV;
	}
}
