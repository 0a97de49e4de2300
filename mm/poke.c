/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages brought in without an access: before the kernel takes what it must be able to deliver, and to write into a
 * space that is being built.
 */
#include <sys/errno.h>
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/page.h"
#include "mm/vmspace.h"

/* Brings in the page of va for writing: its entry, good if *error is 0. */
static pte_t make_writable(struct vmspace *vs, uint64_t va, int *error)
{
	pte_t e;

	*error = 0;
	while (e = pmap_lookup(&vs->pmap, va), !(pte_valid(e) && pte_writable(e)) && !*error)
		*error = vm_fault_in(vs, va, MMU_WRITE);
	return e;
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
	for (va &= -(uint64_t)PAGE_SIZE; va <= last && !error; va += PAGE_SIZE)
		make_writable(vs, va, &error);
	return error && error != -ENOMEM ? -EFAULT : error;
}

/* One page at a time: brought in for writing, then written through the direct map.  Nobody else has this space. */
static int poke(struct vmspace *vs, uint64_t va, const char *from, uint64_t n)
{
	while (n) {
		uint64_t in = va % PAGE_SIZE, part = PAGE_SIZE - in < n ? PAGE_SIZE - in : n;
		int error;
		pte_t e = make_writable(vs, va, &error);
		char *to;

		if (error)
			return error;
		to = (char *)pa_to_va(pte_pa(e)) + in;
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
	return poke(vs, va, from, n);
}

int vm_poke_zero(struct vmspace *vs, uint64_t va, uint64_t n)
{
	return poke(vs, va, NULL, n);
}
