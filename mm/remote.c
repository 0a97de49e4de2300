/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between address spaces: see remote.h.
 */
#include <stdbool.h>
#include <sys/errno.h>
#include "arch/arm64/cpu.h"
#include "kernel/oom.h"
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

/* The frame that va leads to with these rights; 0: none. */
static inline uint64_t frame_of(const struct pmap_pos *at, uint64_t va, unsigned access)
{
	pte_t e = at->value;

	if (!pte_valid(e) || !pte_user(e) || pte_is_device(e) || (access == MMU_WRITE && !pte_writable(e)) || pte_is_table(e, at->level))
		return 0;
	return pte_pa(e) + (va & ((1ul << pt_shift(at->level)) - PAGE_SIZE));
}

/* Holds the page that is mapped now.  The space's lock keeps fork out, which has the entries to itself. */
static bool hold(struct vmspace *vs, uint64_t va, unsigned access, struct pin *pin)
{
	struct pmap_pos at;
	uint64_t pa;
	bool held;

	rwlock_read(&vs->lock);
	epoch_enter();
	pmap_walk(&vs->pmap, va, &at);
	pa = frame_of(&at, va, access);
	held = pa && pmap_hold(&at, pa_to_page(pa));
	epoch_leave();
	rwlock_read_unlock(&vs->lock);
	if (held) {
		pin->page = pa_to_page(pa);
		pin->at = (char *)pa_to_va(pa) + va % PAGE_SIZE;
	}
	return held;
}

/* Registers of a device are not in the direct map, and not to be touched in any order or width. */
static bool is_device(struct memory m)
{
	pte_t e = pmap_lookup(&m.vs->pmap, m.va);

	return pte_valid(e) && pte_is_device(e);
}

static int pin_page(struct memory m, unsigned access, struct pin *pin)
{
	int error = 0;

	if (!m.vs) {
		*pin = (struct pin){ NULL, (char *)m.va };
		return 0;
	}
	while (!hold(m.vs, m.va, access, pin)) {
		uint64_t since = read_sysreg(cntvct_el0);

		error = thread_killed() ? -EINTR : is_device(m) ? -EFAULT : vm_fault_in(m.vs, m.va, access);
		/* For its own memory a server has room made, but waits for it where no client waits for the copy: syscall.c. */
		if (error == -ENOMEM && m.vs == current()->vmspace)
			oom_make_room(since);
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

uint64_t vm_copy(struct memory to, struct memory from, uint64_t n, const bool *stop, int *error, int *bad)
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
		*error = thread_killed() || __atomic_load_n(stop, __ATOMIC_RELAXED) ? -EINTR :
			 copy_part(to, from, part, bad);
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

/* One page's part of a short copy; NULL: it is not there, or not for this. */
static inline char *at_rest(struct memory m, unsigned access)
{
	struct pmap_pos at;
	uint64_t pa;

	pmap_walk(&m.vs->pmap, m.va, &at);
	pa = frame_of(&at, m.va, access);
	return pa ? (char *)pa_to_va(pa) + m.va % PAGE_SIZE : NULL;
}

/* Acquire: what threads that have left did to the entries comes before; pairs with vmspace_leave(). */
static inline bool has_one_thread(const struct vmspace *vs)
{
	return __atomic_load_n(&vs->live, __ATOMIC_ACQUIRE) == 1;
}

bool vm_copy_short(struct memory to, struct memory from, uint64_t n)
{
	if (n > VM_COPY_SHORT || !has_one_thread(to.vs) || !has_one_thread(from.vs) || !in_range(to, n) || !in_range(from, n))
		return false;
	for (;;) {
		uint64_t part = part_of(to, from, n);
		char *target = at_rest(to, MMU_WRITE), *source = at_rest(from, MMU_READ);

		if (!source || !target)
			return false;
		memcpy(target, source, part);
		if (part == n)
			return true;
		to.va += part;
		from.va += part;
		n -= part;
	}
}
