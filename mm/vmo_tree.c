/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The radix tree of an anonymous memory object's pages: see vmo_tree.h.
 */
#include <sys/errno.h>
#include "kernel/log.h"
#include "mm/user_block.h"
#include "mm/user_page.h"
#include "mm/vmo_tree.h"

#define NODE_SHIFT 9
#define NODE_SIZE  (1u << NODE_SHIFT)
_Static_assert(VMO_LEAF_SIZE == BLOCK_SIZE, "a leaf's pages may be one block");

/* page->data of a leaf whose pages are one block. */
#define LEAF_BLOCK 1

/* Level 0 is a leaf's. */
static unsigned shift_of(unsigned level)
{
	return PAGE_SHIFT + NODE_SHIFT * level;
}

static unsigned index_of(uint64_t at, unsigned level)
{
	return at >> shift_of(level) & (NODE_SIZE - 1);
}

void vmo_tree_init(struct vmo_tree *t, uint64_t size, bool blocks)
{
	*t = (struct vmo_tree){ .blocks_end = blocks ? size : 0, .levels = 1 };
	while (size > 1ull << shift_of(t->levels))
		t->levels++;
	ASSERT(t->levels <= VMO_LEVELS_MAX);
}

/* --- nodes --- */

static bool may_be_block(const struct vmo_tree *t, uint64_t at)
{
	return (at | (VMO_LEAF_SIZE - 1)) < t->blocks_end;
}

/* An empty node of that level; a leaf is filled with a block, if it may be, and there is one. */
static void **node_alloc(struct vmo_tree *t, uint64_t at, unsigned level)
{
	struct page *page = user_page_alloc(true), *block = NULL, **leaf;

	if (!page)
		return NULL;
	leaf = page_to_va(page);
	if (level == 0 && may_be_block(t, at))
		block = user_block_alloc();
	if (!block)
		return (void **)leaf;
	for (unsigned i = 0; i < NODE_SIZE; i++)
		leaf[i] = block + i;
	page->live = NODE_SIZE;
	page->data = LEAF_BLOCK;
	t->pages += NODE_SIZE;
	return (void **)leaf;
}

static void node_free(void **node)
{
	struct page *page = va_to_page(node);

	page->data = 0;
	page_put(page);
}

/* Frees the nodes on the way to `at` that hold nothing, from below. */
static void prune(struct vmo_tree *t, uint64_t at)
{
	void **slot[VMO_LEVELS_MAX] = { &t->top };
	unsigned n = 0;

	while (*slot[n] && n < t->levels - 1) {
		slot[n + 1] = &((void **)*slot[n])[index_of(at, t->levels - 1 - n)];
		n++;
	}
	for (;; n--) {
		void **node = *slot[n];

		if (node && va_to_page(node)->live)
			return;
		if (node) {
			node_free(node);
			*slot[n] = NULL;
			if (n)
				va_to_page(slot[n])->live--;
		}
		if (!n)
			return;
	}
}

/* The leaf for `at`, made with all that leads to it; NULL: no memory. */
static struct page **make_leaf(struct vmo_tree *t, uint64_t at)
{
	void **slot = &t->top;

	for (unsigned level = t->levels; level-- > 0;) {
		if (!*slot) {
			*slot = node_alloc(t, at, level);
			if (!*slot) {
				prune(t, at);
				return NULL;
			}
			if (slot != &t->top)
				va_to_page(slot)->live++;
		}
		if (level == 0)
			break;
		slot = &((void **)*slot)[index_of(at, level)];
	}
	return *slot;
}

/* The first leaf at or above *at and not above last, *at moved there; NULL: none. */
static struct page **next_leaf(struct vmo_tree *t, uint64_t *at, uint64_t last)
{
	for (;;) {
		unsigned level = t->levels;
		void **node = t->top;
		uint64_t span;

		if (*at >> shift_of(level)) /* beyond what the tree covers */
			return NULL;
		while (node && level > 1) {
			level--;
			node = node[index_of(*at, level)];
		}
		if (node)
			return (struct page **)node;
		span = 1ull << shift_of(level);
		if ((*at | (span - 1)) >= last) /* I15: no overflow at the end */
			return NULL;
		*at = (*at | (span - 1)) + 1;
	}
}

/* The last index in the leaf of `at` that is not above last. */
static unsigned last_index(uint64_t at, uint64_t last)
{
	return (at | (VMO_LEAF_SIZE - 1)) <= last ? NODE_SIZE - 1 : index_of(last, 0);
}

/* --- pages --- */

struct page *vmo_tree_page(struct vmo_tree *t, uint64_t at)
{
	struct page **leaf = make_leaf(t, at), **slot;

	if (!leaf)
		return NULL;
	slot = &leaf[index_of(at, 0)];
	if (*slot)
		return *slot;
	*slot = user_page_alloc(true);
	if (!*slot) {
		prune(t, at);
		return NULL;
	}
	va_to_page(leaf)->live++;
	t->pages++;
	return *slot;
}

struct page *vmo_tree_find(struct vmo_tree *t, uint64_t at)
{
	struct page **leaf = next_leaf(t, &at, at);

	return leaf ? leaf[index_of(at, 0)] : NULL;
}

int vmo_tree_block(struct vmo_tree *t, uint64_t at, struct page **first)
{
	struct page **leaf;

	if (!may_be_block(t, at))
		return -EAGAIN;
	leaf = make_leaf(t, at);
	if (!leaf)
		return -ENOMEM;
	if (va_to_page(leaf)->data != LEAF_BLOCK) {
		prune(t, at);
		return -EAGAIN;
	}
	*first = leaf[0];
	return 0;
}

/* Entries first..last of a leaf. */
static void drop_entries(struct vmo_tree *t, struct page **leaf, unsigned first, unsigned last)
{
	struct page *node = va_to_page(leaf);

	if (node->data == LEAF_BLOCK) {
		node->data = 0;
		if (first == 0 && last == NODE_SIZE - 1) {
			t->pages -= NODE_SIZE;
			node->live = 0;
			user_block_put(leaf[0]);
			return;
		}
		user_block_split(leaf[0]);
	}
	for (unsigned i = first; i <= last && node->live; i++) {
		if (!leaf[i])
			continue;
		page_put(leaf[i]);
		leaf[i] = NULL;
		node->live--;
		t->pages--;
	}
}

bool vmo_tree_drop(struct vmo_tree *t, uint64_t *first, uint64_t last)
{
	struct page **leaf = next_leaf(t, first, last);
	uint64_t end;

	if (!leaf)
		return false;
	drop_entries(t, leaf, index_of(*first, 0), last_index(*first, last));
	prune(t, *first);
	end = *first | (VMO_LEAF_SIZE - 1);
	*first = end + 1;
	return end < last;
}

uint64_t vmo_tree_count(struct vmo_tree *t, uint64_t first, uint64_t last)
{
	struct page **leaf;
	uint64_t n = 0;

	while ((leaf = next_leaf(t, &first, last))) {
		unsigned i = index_of(first, 0), end = last_index(first, last);

		if (i == 0 && end == NODE_SIZE - 1)
			n += va_to_page(leaf)->live;
		else
			for (; i <= end; i++)
				n += leaf[i] != NULL;
		first |= VMO_LEAF_SIZE - 1;
		if (first >= last) /* I15 */
			break;
		first++;
	}
	return n;
}
