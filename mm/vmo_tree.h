/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VMO_TREE_H
#define MM_VMO_TREE_H
/*
 * Where an anonymous memory object finds its pages: a radix tree, each node one page of 512 pointers.
 *
 *   levels  covers
 *   1       2 MiB    a leaf: pointers to pages
 *   2       1 GiB
 *   3       512 GiB
 *   4       256 TiB
 *
 * A node is made when something below it is, and freed with the last thing below it (its page.live counts them), so a
 * tree costs what was touched, whatever the object's size, and nothing when all was given back.
 *
 * A leaf of an aligned 2 MiB is filled by one block (mm/user_block.h) at its first touch, if there is one; its page.data
 * says so until a part of it is dropped.
 *
 * Addresses are bytes from the object's begin.  The caller serialises; all may sleep.
 */
#include <stdint.h>
#include "mm/page.h"

#define VMO_LEAF_SIZE (512ull * PAGE_SIZE)
#define VMO_LEVELS_MAX 4

struct vmo_tree {
	void *top;           /* a node; NULL: nothing was touched */
	uint64_t pages;      /* that it holds: a reference to each */
	uint64_t blocks_end; /* constant: leaves that end at or below it may be blocks */
	unsigned levels;     /* constant */
};

/* For `size` bytes; with blocks only if `blocks`. */
void vmo_tree_init(struct vmo_tree *t, uint64_t size, bool blocks);
/* The page at `at`, made if need be, or only looked for; NULL: no memory, or none is there.  No reference is taken. */
struct page *vmo_tree_page(struct vmo_tree *t, uint64_t at);
struct page *vmo_tree_find(struct vmo_tree *t, uint64_t at);
/* The first page of the block at `at`, a multiple of 2 MiB, without references: 0; -EAGAIN: they are pages; -ENOMEM. */
int vmo_tree_block(struct vmo_tree *t, uint64_t at, struct page **first);
/* Drops the references to the pages in [*first, last] (whole pages, inclusive), those of one leaf at a time: true: *first is where
 * to go on; false: done. */
bool vmo_tree_drop(struct vmo_tree *t, uint64_t *first, uint64_t last);
/* How many pages there are in [first, last]. */
uint64_t vmo_tree_count(struct vmo_tree *t, uint64_t first, uint64_t last);

#endif
