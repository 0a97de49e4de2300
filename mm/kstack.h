/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_KSTACK_H
#define MM_KSTACK_H
/*
 * Kernel stacks: KSTACK_SIZE bytes mapped in the upper half of a slot of twice the size, so that an overflow hits the
 * unmapped lower half, and one bit of SP tells good from bad (arch/arm64/layout.h).
 *
 * Stacks that were mapped once are kept and used again: no TLB maintenance at thread creation and exit.  They
 * are given back by kstack_trim(), when memory is short or counts are compared.
 */
#include <stdint.h>

/* Lowest mapped address, or 0: out of memory.  May sleep. */
uint64_t kstack_alloc(void);
/* Any context.  E8: nobody runs on it any more. */
void kstack_free(uint64_t stack);
/* Unmaps and frees the kept ones.  May sleep. */
void kstack_trim(void);
uint64_t kstack_cached_pages(void);

#endif
