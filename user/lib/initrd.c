/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds files in the initrd (initrd.h).
 *
 * The archive is mapped whole, but only the pages of its index are touched.
 * The mapping stays for the life of the program and is inherited by fork, so
 * pointers to entries never become invalid.
 */
#include "initrd.h"

#include <curfew/syscall.h>
#include <string.h>

#include "lock.h"
#include "mman.h"
#include "thread.h"

static struct initrd tree;          /* filled once (map lock) */
static const struct initrd *mapped; /* &tree, when it is filled */
static uint32_t map_lock;

/* Maps the archive.  Map lock held. */
static const struct initrd *map_initrd(void)
{
	long size = curfew_syscall(SYS_vmo_size, CURFEW_HANDLE_INITRD);
	const struct initrd_footer *footer;
	const char *map;

	if (size < (long)sizeof(*footer))
		return NULL;
	map = (const char *)curfew_syscall(
		SYS_mmap, 0, size, CURFEW_PROT_READ, CURFEW_MAP_SHARED, CURFEW_HANDLE_INITRD, 0);
	if (mmap_failed(map))
		return NULL;
	footer = (const struct initrd_footer *)(map + size - sizeof(*footer));
	if (memcmp(footer->magic, INITRD_MAGIC, sizeof(footer->magic)) != 0) {
		curfew_syscall(SYS_munmap, map, size);
		return NULL;
	}
	tree.entries = (const struct initrd_entry *)(map + footer->entries);
	tree.footer = footer;
	/* Release: whoever sees the pointer (acquire in __curfew_initrd()) sees what it points to. */
	__atomic_store_n(&mapped, &tree, __ATOMIC_RELEASE);
	return &tree;
}

const struct initrd *__curfew_initrd(void)
{
	/* Acquire: pairs with the release in map_initrd(). */
	const struct initrd *initrd = __atomic_load_n(&mapped, __ATOMIC_ACQUIRE);

	if (initrd)
		return initrd;
	/* A child of vfork() may not wait for a thread that may be gone; its parent saw to the mapping (vfork.c). */
	if (thread_self()->vforks)
		return map_initrd();
	word_lock(&map_lock);
	initrd = mapped ? mapped : map_initrd();
	word_unlock(&map_lock);
	return initrd;
}

uint32_t __curfew_initrd_lower_bound(const struct initrd *initrd, const char *name)
{
	uint32_t low = 0, high = initrd->footer->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strcmp(initrd_name(initrd, &initrd->entries[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct initrd_entry *__curfew_initrd_find(const char *name)
{
	const struct initrd *initrd = __curfew_initrd();
	uint32_t index;

	if (initrd == NULL)
		return NULL;
	index = __curfew_initrd_lower_bound(initrd, name);
	if (index == initrd->footer->count || strcmp(initrd_name(initrd, &initrd->entries[index]), name) != 0)
		return NULL;
	return &initrd->entries[index];
}
