/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_USER_BLOCK_H
#define MM_USER_BLOCK_H
/*
 * 512 frames in a row, aligned to 2 MiB, that user space maps by one block entry.
 *
 * Each frame is counted by itself: a block entry holds a reference to each of its 512 frames, an object too.  So
 * demotion, promotion, fork and purge change no rule of counting, and any of the frames may outlive the others.
 *
 * While the block is whole, the kernel's direct map may have it as one block as well (checking builds do that, to
 * exercise it); user_block_split() ends that.  It comes before the first frame is freed: when the mapping is demoted,
 * and in user_block_put().
 *
 * All may sleep; no spinlock held, not in a section of an epoch.
 */
#include <stdbool.h>
#include "arch/arm64/layout.h"
#include "mm/page.h"

#define BLOCK_ORDER (BLOCK_SHIFT - PAGE_SHIFT)
#define BLOCK_PAGES (1u << BLOCK_ORDER)

/* Zeroed, one reference each, `data` 0; NULL: there is none, or memory is too short to give away so much of it. */
struct page *user_block_alloc(void);
/* One reference more, or less, to each frame. */
void user_block_get(struct page *first);
void user_block_put(struct page *first);
/* Whether each has one reference only, which is the caller's.  Never sleeps. */
bool user_block_alone(const struct page *first);
/* Frames of this block may be freed one by one from here on.  The caller holds them all. */
void user_block_split(struct page *first);

#endif
