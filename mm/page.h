/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_H
#define MM_PAGE_H
/*
 * Physical pages.  Every frame of RAM has a struct page, and those registers that user space may map; free frames are kept in a buddy allocator of
 * orders 0..PAGE_MAX_ORDER behind a cache of single pages on each CPU, so that the usual allocation takes no lock.
 *
 * Counting is exact: page_free_count() is every frame that could be handed out now, in the buddy lists or in a
 * CPU's cache; total - free is what somebody holds.
 *
 * Context: any that may take a spinlock, interrupts included.  Never sleeps.  NULL means out of memory, after the
 * caches of other CPUs were drained back too; the caller says ENOMEM.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include "arch/arm64/layout.h"

#define PAGE_MAX_ORDER 10

/* refs is atomic.  The other fields belong to whoever holds the frame: the allocator while refs is 0.  A new frame has
 * order, live and kind set (PAGE_USED) and rubbish in the rest; live must be 0 again when it is freed. */
struct page {
	uint32_t refs;     /* mappings + other holders; 0: free, or not RAM to give out */
	union {
		uint8_t order; /* allocator: of the block that starts here */
		uint8_t cache; /* slab: index of its cache */
	};
	uint8_t kind;      /* enum page_kind */
	uint16_t live;     /* page tables: entries that are not 0; slab: objects that are out */
	union {
		LIST_ENTRY(page) link;                /* buddy lists; slab: pages with free objects */
		struct { struct page *next, *prev; }; /* CPU's cache: next */
		void *owner;                          /* page table: its pmap */
		struct { struct page *chain; uint64_t epoch; }; /* unlinked page table: mm/epoch.c */
	};
	uint64_t data;     /* owner's use (CPU's cache: how many pages from here down; slab: free objects) */
};

LIST_HEAD(page_list, page);

/* FREE: first frame of a block in a buddy list.  CACHED: free, in a CPU's cache.  DEVICE: no RAM (mm/device.h). */
enum page_kind { PAGE_RESERVED, PAGE_FREE, PAGE_CACHED, PAGE_USED, PAGE_TABLE, PAGE_SLAB, PAGE_DEVICE };

extern struct page *page_array; /* indexed by frame number - page_first_frame */
extern uint64_t page_first_frame, page_frames;

static inline void *pa_to_va(uint64_t pa) { return (void *)(pa + DMAP_BASE); }
static inline uint64_t va_to_pa(const void *va) { return (uint64_t)va - DMAP_BASE; } /* direct map only */
static inline struct page *pa_to_page(uint64_t pa) { return &page_array[(pa >> PAGE_SHIFT) - page_first_frame]; }
static inline uint64_t page_to_pa(const struct page *p)
{
	return ((uint64_t)(p - page_array) + page_first_frame) << PAGE_SHIFT;
}
static inline void *page_to_va(const struct page *p) { return pa_to_va(page_to_pa(p)); }
static inline struct page *va_to_page(const void *va) { return pa_to_page(va_to_pa(va)); }

/* Boot: the array covers [first, first + frames); all frames are PAGE_RESERVED until they are given. */
void page_init(struct page *array, uint64_t first_frame, uint64_t frames);
/* Boot: hands frames [pa, pa + size) to the allocator; whole pages only. */
void page_give(uint64_t pa, uint64_t size);

/* One frame, refs 1, contents undefined / zeroed. */
struct page *page_alloc(void);
struct page *page_alloc_zeroed(void);
/* 2^order frames, aligned to their size; refs 1 in the first, order recorded; freed with page_free_order, by the one
 * holder (refs is 1 or 0).  Only the first frame's struct page is set up. */
struct page *page_alloc_order(unsigned order);
void page_free_order(struct page *p, unsigned order);
/* Gives back a single frame whose refs have gone to 0 (page_put does that). */
void page_free(struct page *p);

static inline void page_get(struct page *p)
{
	__atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);
}

/* Drops a reference; the last one frees.  Release before, acquire after the last: pairs with itself.  Where there
 * was none to drop, page_free() sees refs wrapped around, and panics. */
static inline void page_put(struct page *p)
{
	if (__atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL) <= 1)
		page_free(p);
}

uint64_t page_free_count(void); /* exact while nobody allocates */
uint64_t page_total_count(void);

/* From arch/arm64/string.S. */
void page_zero(void *page);
void page_copy(void *to, const void *from);

#endif
