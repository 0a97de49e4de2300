/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_KMAP_PRIVATE_H
#define MM_KMAP_PRIVATE_H
/* Shared by kmap.c and kmap_block.c only. */
#include "arch/arm64/mmu.h"
#include "mm/kmap.h"

#define BLOCK_LEVEL (PT_LEVELS - 2) /* of an entry that maps 2 MiB, or leads to a table of pages */
#define PAGE_LEVEL  (PT_LEVELS - 1)

/* The address at which a table is read and, by pte_set(), changed. */
const pte_t *kmap_table_va(uint64_t pa);
/* A zeroed table page that the checker knows, to be linked at `level` for addresses from va on; 0: no memory. */
uint64_t kmap_table_alloc(uint64_t va, unsigned level);

#endif
