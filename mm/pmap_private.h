/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PMAP_PRIVATE_H
#define MM_PMAP_PRIVATE_H
/* Shared by pmap.c, pmap_range.c and purge.c only. */
#include "mm/page.h"
#include "mm/pmap.h"

/* More pages than this are flushed by ASID: one TLBI then beats many. */
#define FLUSH_PAGES_MAX 16

/* page->data of a user page whose instruction cache maintenance was done. */
#define PAGE_DATA_SYNCED 1

/* The struct page of the table that holds an entry. */
static inline struct page *pte_table_page(const pte_t *e)
{
	return va_to_page((const void *)((uint64_t)e & -(uint64_t)PAGE_SIZE));
}

/* The leaf entry, its tables made; NULL: no memory. */
pte_t *pmap_leaf(struct pmap *p, uint64_t va);
/* The references of a leaf that was taken out go; a block's too. */
void pmap_leaf_free(struct pmap *p, pte_t e, unsigned level);
void pmap_table_free(struct pmap *p, struct page *page);
void pmap_flush_range(struct pmap *p, uint64_t va, uint64_t pages);
void pmap_flush_asid(struct pmap *p);
void pmap_make_executable(struct page *page);

#endif
