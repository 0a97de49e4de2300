/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_KMAP_H
#define MM_KMAP_H
/*
 * The kernel's half of the address space.  head.S made the tables of the image, final as they are; here (kmap.c) the direct map,
 * device registers and kernel stacks are added: invalid -> valid only, so no TLB maintenance (T1), except where stacks
 * are trimmed.  Blocks of the direct map can be split into pages and merged again (kmap_block.c), and in checking builds the
 * direct map has no valid entry for a free frame.
 *
 * Table pages come from a pool inside the image until the page allocator runs, from it afterwards.
 */
#include <stdbool.h>
#include <stdint.h>
#include "boot/platform.h"

struct page;

/* Boot: where the image was loaded. */
void kmap_init(uint64_t image_pa);
uint64_t kmap_image_pa(const void *image_va); /* physical address of something in the image */
/* Boot: makes the device tree readable at FDT_BASE; its address there. */
const void *kmap_fdt(uint64_t fdt_pa);
/* Boot: the direct map of one range of RAM, in 2 MiB blocks where it can be; the image's read-only part stays so.
 * False when the pool of table pages is used up. */
bool kmap_ram(struct pa_range r);
/* Maps the struct pages at [va, va + size) to RAM at pa, for good, in blocks where it can be.  False: no table pages or memory left. */
bool kmap_page_array(uint64_t va, uint64_t pa, uint64_t size);
/* Something is mapped at va, which is a page of the kernel's that is mapped for good. */
bool kmap_is_mapped(uint64_t va);
/* Boot: from now on table pages come from page_alloc(). */
void kmap_use_pages(void);
/* Maps device registers, never to be unmapped; NULL: no room or memory. */
void *kmap_device(uint64_t pa, uint64_t size);

/* One kernel page at va, which was invalid.  0 or -ENOMEM.  The caller serialises (kstack lock). */
int kmap_page(uint64_t va, uint64_t pa);
/* Takes n pages in one table, mapped by kmap_page(), out of it, and the table if it is left empty: the frames, put before `chain` by
 * page.next.  kmap_free() then flushes once for a whole chain and frees it.  The caller serialises. */
struct page *kmap_clear(uint64_t va, unsigned n, struct page *chain);
void kmap_free(struct page *chain);

/*
 * Blocks of the direct map, by any address in them.  A pinned one has its final mapping: to ask for another is a panic (I13).
 * May sleep (but for kmap_pin() at boot); no spinlock held.  Who calls them holds all frames of the block, or no frame there may
 * be allocated or freed meanwhile in checking builds.
 */
/* Boot: marks the blocks that [va, va + size) lies in.  Checking builds split them first, so that free frames in them are unmapped too. */
void kmap_pin(const void *va, uint64_t size);
bool kmap_pinned(const void *va);
bool kmap_is_block(const void *va);
/* One block becomes 512 pages; 0, also if it is pages already; -ENOMEM; -EBUSY: a table lies in it, so its mapping may not be
 * broken (I13).  A block that was merged splits without memory: its table was kept. */
int kmap_split(const void *va);
/* The other way round; 0, also if it is a block already; -EBUSY: as above, or the 512 pages are not mapped one like the other. */
int kmap_merge(const void *va);

#if CURFEW_CHECK
/* A free frame is unmapped before it can be found free, here at once; on other CPUs too if not `local`, else by the next
 * kmap_frames_settle(), before it leaves this CPU's cache: a broadcast for each would make a storm fifty times slower.  That does
 * no harm but to miss a use after free there.  Mapped again when it is allocated.  2^order frames.
 * page.c, any context. */
void kmap_frames_off(const struct page *first, unsigned order, bool local);
void kmap_frames_settle(void);
void kmap_frames_on(const struct page *first, unsigned order);
/* This address is in the direct map, and unmapped because its frame is free. */
bool kmap_is_off(uint64_t va);
/* Who maps 512 frames in one block elsewhere, and holds them all (page_alloc_order(9)), gives their direct map one too, as far as
 * that can be, and splits it again before the first of them is freed. */
void kmap_block_whole(uint64_t pa);
void kmap_block_split(uint64_t pa);
#else
static inline void kmap_frames_off(const struct page *first, unsigned order, bool local) { }
static inline void kmap_frames_settle(void) { }
static inline void kmap_frames_on(const struct page *first, unsigned order) { }
static inline bool kmap_is_off(uint64_t va) { return false; }
static inline void kmap_block_whole(uint64_t pa) { }
static inline void kmap_block_split(uint64_t pa) { }
#endif

#endif
