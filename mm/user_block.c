/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of user memory: see user_block.h.  A first frame whose `order` is BLOCK_ORDER marks a block that is whole in
 * the direct map too; frames that are freed by themselves have order 0.
 */
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/user_block.h"

/* A block is a guess that all of it will be used: not when less than this part of memory is free. */
#define SHORT_OF_MEMORY (page_total_count() / 4)

struct page *user_block_alloc(void)
{
	struct page *first = page_free_count() > SHORT_OF_MEMORY ? page_alloc_order(BLOCK_ORDER) : NULL;

	if (!first)
		return NULL;
	for (struct page *p = first; p < first + BLOCK_PAGES; p++) {
		p->refs = 1;
		p->order = 0;
		p->kind = PAGE_USED;
		p->live = 0;
		p->data = 0;
		page_zero(page_to_va(p));
	}
	first->order = BLOCK_ORDER;
	kmap_block_whole(page_to_pa(first));
	return first;
}

void user_block_get(struct page *first)
{
	for (struct page *p = first; p < first + BLOCK_PAGES; p++)
		page_get(p);
}

bool user_block_alone(const struct page *first)
{
	for (const struct page *p = first; p < first + BLOCK_PAGES; p++)
		if (__atomic_load_n(&p->refs, __ATOMIC_ACQUIRE) != 1)
			return false;
	return true;
}

/* Two spaces that share the frames may both do this: both hold them, so neither can find them freed. */
void user_block_split(struct page *first)
{
	if (__atomic_load_n(&first->order, __ATOMIC_RELAXED) != BLOCK_ORDER)
		return;
	kmap_block_split(page_to_pa(first));
	__atomic_store_n(&first->order, 0, __ATOMIC_RELAXED);
}

void user_block_put(struct page *first)
{
	user_block_split(first);
	if (user_block_alone(first) && first->kind == PAGE_USED) {
		first->order = BLOCK_ORDER;
		page_free_order(first, BLOCK_ORDER);
		return;
	}
	for (struct page *p = first; p < first + BLOCK_PAGES; p++)
		page_put(p);
}
