/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between address spaces: see remote.h.
 */
#include <stdbool.h>
#include <sys/errno.h>
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/remote.h"
#include "mm/vmspace.h"

/* A page of one side while it is copied. */
struct pin {
	struct page *page; /* a reference; NULL: the kernel's memory */
	char *at;
};

/* A reference, unless the frame is free: then what led to it is gone as well. */
static bool page_try_get(struct page *p)
{
	uint32_t refs = __atomic_load_n(&p->refs, __ATOMIC_RELAXED);

	do {
		if (refs == 0)
			return false;
	} while (!__atomic_compare_exchange_n(&p->refs, &refs, refs + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/* The frame that va leads to with these rights; 0: none. */
static uint64_t frame_of(const struct pmap_pos *at, uint64_t va, unsigned access)
{
	pte_t e = at->value;

	if (!pte_valid(e) || !pte_user(e) || (access == MMU_WRITE && !pte_writable(e)) || pte_is_table(e, at->level))
		return 0;
	return pte_pa(e) + (va & ((1ul << pt_shift(at->level)) - PAGE_SIZE));
}

/*
 * Holds the page that is mapped now.  The reference may for a moment be one to a frame that was freed since, and is somebody
 * else's: the second look at the entry tells, and it is dropped again.
 */
static bool hold(struct vmspace *vs, uint64_t va, unsigned access, struct pin *pin)
{
	struct pmap_pos at;
	uint64_t pa;

	EPOCH_GUARD();
	pmap_walk(&vs->pmap, va, &at);
	pa = frame_of(&at, va, access);
	if (!pa || !page_try_get(pa_to_page(pa)))
		return false;
	if (pte_get(at.e) != at.value) {
		page_put(pa_to_page(pa));
		return false;
	}
	pin->page = pa_to_page(pa);
	pin->at = (char *)pa_to_va(pa) + va % PAGE_SIZE;
	return true;
}

static int pin_page(struct memory m, unsigned access, struct pin *pin)
{
	int error = 0;

	if (!m.vs) {
		*pin = (struct pin){ NULL, (char *)m.va };
		return 0;
	}
	while (!hold(m.vs, m.va, access, pin)) {
		error = thread_killed() ? -EINTR : vm_fault_in(m.vs, m.va, access);
		if (error)
			return error == -ENXIO ? -EFAULT : error;
	}
	return 0;
}

static void unpin(struct pin *pin)
{
	if (pin->page)
		page_put(pin->page);
}

/* What was written is where the space will find it. */
static bool still_there(struct memory m, const struct pin *pin)
{
	struct pmap_pos at;

	if (!pin->page)
		return true;
	EPOCH_GUARD();
	pmap_walk(&m.vs->pmap, m.va, &at);
	return frame_of(&at, m.va, MMU_WRITE) == page_to_pa(pin->page);
}

/* Up to the next end of a page on either side. */
static uint64_t part_of(struct memory to, struct memory from, uint64_t n)
{
	uint64_t room = PAGE_SIZE - to.va % PAGE_SIZE, there = PAGE_SIZE - from.va % PAGE_SIZE;

	if (to.vs && room < n)
		n = room;
	return from.vs && there < n ? there : n;
}

static int copy_part(struct memory to, struct memory from, uint64_t n, int *bad)
{
	struct pin source, target;
	int error;
	bool again;

	do {
		*bad = 1;
		error = pin_page(from, MMU_READ, &source);
		if (error)
			return error;
		*bad = 0;
		error = pin_page(to, MMU_WRITE, &target);
		if (!error) {
			memcpy(target.at, source.at, n);
			again = !still_there(to, &target);
			unpin(&target);
		}
		unpin(&source);
		if (error)
			return error;
	} while (again);
	return 0;
}

static bool in_range(struct memory m, uint64_t n)
{
	return !m.vs || (n <= USER_TOP && m.va <= USER_TOP - n);
}

uint64_t vm_copy(struct memory to, struct memory from, uint64_t n, int *error, int *bad)
{
	uint64_t done = 0, part;

	*error = 0;
	*bad = in_range(to, n) ? 1 : 0;
	if (n && (!in_range(to, n) || !in_range(from, n))) {
		*error = -EFAULT;
		return 0;
	}
	while (done < n) {
		part = part_of(to, from, n - done);
		*error = copy_part(to, from, part, bad);
		if (*error == -EINTR)
			*bad = 2;
		if (*error)
			return done;
		to.va += part;
		from.va += part;
		done += part;
	}
	return done;
}
