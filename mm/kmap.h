/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_KMAP_H
#define MM_KMAP_H
/*
 * The kernel's half of the address space.  head.S made the tables of the image, final as they are; here the direct map,
 * device registers and kernel stacks are added: invalid -> valid only, so no TLB maintenance (T1), except where stacks
 * are trimmed.
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

/* I13: marks the 2 MiB block at this direct-map address as one that may never be split, merged or unmapped. */
void kmap_pin_block(const void *va);

#endif
