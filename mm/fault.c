/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults: what a missing or too weak translation means.
 *
 *   nothing there     anonymous: a zeroed page; object: its page, copied first if this is a write to a private mapping
 *   write to read-only  private: alone with the page, it becomes writable in place; else it is copied, break-before-make (T9)
 *   all as it should be  this CPU's TLB had an older entry with fewer rights: dropped here, no other CPU is asked
 *
 * The vmspace's lock is held throughout, and nothing else: it may sleep for memory.
 */
#include <signal.h>
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/page.h"
#include "mm/user_page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

/* A stack grows down to va if that leaves room to what lies below. */
static struct region *grow_stack(struct vmspace *vs, uint64_t va)
{
	struct region *r = region_next(vs, va), *below;
	uint64_t first = va & -(uint64_t)PAGE_SIZE;

	if (!r || !r->grows_down || first < MMAP_BOTTOM || r->last - first >= STACK_MAX)
		return NULL;
	below = RB_PREV(region_tree, &vs->regions, r);
	if (below && (first <= below->last || first - below->last <= STACK_GUARD))
		return NULL;
	r->first = first;
	return r;
}

static int enter(struct vmspace *vs, uint64_t va, struct page *page, unsigned prot)
{
	int error = pmap_enter(&vs->pmap, va, page, prot);

	if (error) {
		trim_caches();
		error = pmap_enter(&vs->pmap, va, page, prot);
	}
	if (error)
		page_put(page);
	return error;
}

/* Nothing is mapped at va. */
static int fault_missing(struct vmspace *vs, struct region *r, uint64_t va, unsigned access)
{
	struct page *page, *copy;
	unsigned prot = r->prot;
	int error;

	if (r->kind == REGION_ANON) {
		count(FAULT_ANON);
		page = user_page_alloc(true);
		return page ? enter(vs, va, page, prot) : -ENOMEM;
	}
	if (r->kind != REGION_VMO)
		return -EFAULT;
	count(FAULT_FILE);
	error = vmo_page(r->vmo, r->offset + (va - r->first), &page);
	if (error)
		return error;
	if (r->shared)
		return enter(vs, va, page, prot);
	if (!(access & MMU_WRITE))
		return enter(vs, va, page, prot & ~MMU_WRITE);
	copy = user_page_alloc(false);
	if (copy)
		page_copy(page_to_va(copy), page_to_va(page));
	page_put(page);
	return copy ? enter(vs, va, copy, prot) : -ENOMEM;
}

/* A write to a page that is read-only though the region is writable and private: copy-on-write. */
static int fault_write(struct vmspace *vs, struct region *r, uint64_t va, pte_t *e)
{
	struct page *old = pa_to_page(pte_pa(*e)), *copy;

	count(FAULT_COW);
	/* One reference is this entry: nobody else can take another but a fork of this space, which needs the lock. */
	if (r->shared || __atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1) {
		pmap_upgrade(&vs->pmap, va, e, r->prot);
		return 0;
	}
	copy = user_page_alloc(false);
	if (!copy)
		return -ENOMEM;
	page_copy(page_to_va(copy), page_to_va(old));
	pmap_replace(&vs->pmap, va, e, copy, r->prot);
	return 0;
}

static bool enough(pte_t e, unsigned access)
{
	return pte_user(e) && (!(access & MMU_WRITE) || pte_writable(e)) &&
	       (!(access & MMU_EXECUTE) || pte_executable(e));
}

int vm_fault_locked(struct vmspace *vs, uint64_t va, unsigned access)
{
	struct region *r;
	pte_t *e;

	DEBUG_ASSERT_RULE("I14", mutex_held(&vs->lock));
	if (va >= USER_TOP)
		return -EFAULT;
	r = region_find(vs, va);
	if (!r && !(r = grow_stack(vs, va)))
		return -EFAULT;
	if (!r->prot || (access & (MMU_WRITE | MMU_EXECUTE)) & ~r->prot)
		return -EFAULT;
	va &= -(uint64_t)PAGE_SIZE;
	e = pmap_lookup(&vs->pmap, va);
	if (!e || !pte_valid(*e))
		return fault_missing(vs, r, va, access);
	if (access & MMU_WRITE && !pte_writable(*e))
		return fault_write(vs, r, va, e);
	if (!enough(*e, access)) {
		pmap_upgrade(&vs->pmap, va, e, r->prot & (pte_writable(*e) ? ~0u : ~MMU_WRITE));
		return 0;
	}
	count(FAULT_SPURIOUS);
	pmap_drop_stale(&vs->pmap, va);
	return 0;
}

int vm_fault(uint64_t va, unsigned access)
{
	struct vmspace *vs = current()->vmspace;
	int error;

	ASSERT_RULE("I6", vs && vs->pmap.state == PMAP_LIVE);
	current()->faults++;
	mutex_lock(&vs->lock);
	error = vm_fault_locked(vs, va, access);
	mutex_unlock(&vs->lock);
	return error;
}

int vm_prefault(uint64_t va, uint64_t n)
{
	struct vmspace *vs = current()->vmspace;
	uint64_t last = va + n - 1;
	int error = 0;

	if (n == 0)
		return 0;
	if (n > USER_TOP || va > USER_TOP - n)
		return -EFAULT;
	MUTEX_GUARD(&vs->lock);
	for (va &= -(uint64_t)PAGE_SIZE; va <= last && !error; va += PAGE_SIZE) {
		pte_t *e = pmap_lookup(&vs->pmap, va);

		if (!e || !pte_valid(*e) || !pte_writable(*e))
			error = vm_fault_locked(vs, va, MMU_WRITE);
	}
	return error && error != -ENOMEM ? -EFAULT : error;
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

/* One page at a time: brought in for writing, then written through the direct map. */
static int poke(struct vmspace *vs, uint64_t va, const char *from, uint64_t n)
{
	while (n) {
		uint64_t in = va % PAGE_SIZE, part = PAGE_SIZE - in < n ? PAGE_SIZE - in : n;
		pte_t *e = pmap_lookup(&vs->pmap, va);
		char *to;
		int error;

		if (!e || !pte_valid(*e) || !pte_writable(*e)) {
			error = vm_fault_locked(vs, va, MMU_WRITE);
			if (error)
				return error;
			e = pmap_lookup(&vs->pmap, va);
		}
		to = (char *)pa_to_va(pte_pa(*e)) + in;
		if (from)
			memcpy(to, from, part);
		else
			memset(to, 0, part);
		va += part;
		from = from ? from + part : NULL;
		n -= part;
	}
	return 0;
}

int vm_poke(struct vmspace *vs, uint64_t va, const void *from, uint64_t n)
{
	MUTEX_GUARD(&vs->lock);
	return poke(vs, va, from, n);
}

int vm_poke_zero(struct vmspace *vs, uint64_t va, uint64_t n)
{
	MUTEX_GUARD(&vs->lock);
	return poke(vs, va, NULL, n);
}
