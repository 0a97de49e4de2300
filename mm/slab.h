/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SLAB_H
#define MM_SLAB_H
/*
 * Small objects of one size, cut from pages, with a free list on each CPU so that the usual allocation takes no lock.
 * An object's page knows its cache, so kfree needs no size.
 *
 * Context: any that may take a spinlock, but not interrupt handlers.  Never sleeps.  NULL: out of memory.
 * Contents are undefined after alloc; in debug builds freed objects are poisoned and checked.
 */
#include <stddef.h>
#include <stdint.h>

#include "arch/arm64/layout.h"
#include "boot/platform.h"
#include "kernel/spinlock.h"
#include "mm/page.h"

#define SLAB_MAX_CACHES 64

struct slab_cpu {
	void *free; /* stack of free objects, see mm/slab.c */
} __attribute__((aligned(64))); /* a cache line each */

/* P: under `lock`; (c) constant after boot. */
struct slab_cache {
	const char *name;            /* (c) */
	uint32_t size;               /* (c) rounded up to align, at least 16 */
	uint32_t per_page;           /* (c) objects */
	uint32_t batch;              /* (c) objects moved at a time; a CPU keeps up to twice as many */
	uint8_t index;               /* (c) in page.cache of its pages */
	struct spinlock lock;        /* interrupts masked; above the page allocator's */
	struct page_list partial;    /* P: pages that have free objects and objects that are out */
	struct page *spare;          /* P: at most one page with nothing out */
	uint64_t live;               /* P: objects that are out, those in CPUs' stacks included */
	uint64_t pages;              /* P */
	struct slab_cpu cpu[PLATFORM_MAX_CPUS]; /* own CPU only, interrupts masked */
};

/* A cache for objects of `size` bytes (up to 2048), aligned to `align` (a power of two, at most 64).
 * `c` and `name` are static.  Boot CPU, while it is alone; never fails. */
void slab_cache_init(struct slab_cache *c, const char *name, size_t size, size_t align);
void *slab_alloc(struct slab_cache *c);
void slab_free(struct slab_cache *c, void *object);

/* General sizes 16..2048; more is whole pages (up to 2^PAGE_MAX_ORDER). */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *object); /* NULL is nothing */
void kmalloc_init(void);

/* Returns this CPU's free lists and every empty page of all caches to the page allocator; the caller runs it
 * on each CPU in turn (kernel/trim.c) when page counts are to be compared. */
void slab_trim_cpu(void);

/* Of all caches: pages, and objects that are out; those in CPUs' lists are too, until they are trimmed. */
uint64_t slab_page_count(void);
uint64_t slab_object_count(void);

#endif
