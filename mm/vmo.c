/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects: see vmo.h.  An anonymous object finds its pages through two levels: an index of 2 MiB leaves, each
 * a page of pointers, both made as they are needed (the index at once: it tells how large the object may be).
 */
#include <sys/errno.h>
#include "kernel/log.h"
#include "kernel/string.h"
#include "mm/slab.h"
#include "mm/user_block.h"
#include "mm/user_page.h"
#include "mm/vmo.h"

#define LEAF_SIZE ((uint64_t)VMO_LEAF_PAGES * PAGE_SIZE)
_Static_assert(VMO_LEAF_PAGES * PAGE_SIZE == BLOCK_SIZE, "a leaf's pages may be one block");

/* page->data of a leaf whose pages are one block. */
#define LEAF_BLOCK 1

static struct slab_cache vmo_cache;

void vmo_boot(void)
{
	slab_cache_init(&vmo_cache, "vmo", sizeof(struct vmo), 8);
}

static struct vmo *create(uint64_t size, uint64_t physical)
{
	struct vmo *v = slab_alloc(&vmo_cache);

	if (!v)
		return NULL;
	*v = (struct vmo){ .object = { 1, OBJECT_VMO }, .size = size, .physical = physical };
	mutex_init(&v->lock);
	return v;
}

static uint64_t leaf_count(const struct vmo *v)
{
	return (v->size + LEAF_SIZE - 1) / LEAF_SIZE;
}

int vmo_create(uint64_t size, struct vmo **out)
{
	struct vmo *v;

	if (size == 0 || size > VMO_MAX_SIZE)
		return -EINVAL;
	v = create(size, UINT64_MAX);
	if (!v)
		return -ENOMEM;
	v->leaves = kzalloc(leaf_count(v) * sizeof(*v->leaves));
	if (!v->leaves) {
		slab_free(&vmo_cache, v);
		return -ENOMEM;
	}
	*out = v;
	return 0;
}

int vmo_create_physical(uint64_t pa, uint64_t size, struct vmo **out)
{
	struct vmo *v = create(size, pa);

	if (!v)
		return -ENOMEM;
	for (uint64_t off = 0; off < size; off += PAGE_SIZE)
		page_get(pa_to_page(pa + off));
	*out = v;
	return 0;
}

static void free_leaf(struct page **leaf)
{
	struct page *page = va_to_page(leaf);

	if (page->data == LEAF_BLOCK)
		user_block_put(leaf[0]);
	for (unsigned j = 0; page->data != LEAF_BLOCK && j < VMO_LEAF_PAGES; j++)
		if (leaf[j])
			page_put(leaf[j]);
	page->data = 0;
	page_put(page);
}

void vmo_destroy(struct vmo *v)
{
	if (v->physical != UINT64_MAX) {
		for (uint64_t off = 0; off < v->size; off += PAGE_SIZE)
			page_put(pa_to_page(v->physical + off));
	} else {
		for (uint64_t i = 0; i < leaf_count(v); i++) {
			if (!v->leaves[i])
				continue;
			free_leaf(v->leaves[i]);
		}
		kfree(v->leaves);
	}
	slab_free(&vmo_cache, v);
}

/* A new leaf is filled with a block, if all of it is in the object and there is one. */
static struct page **leaf_alloc(struct vmo *v, uint64_t offset)
{
	struct page *page = user_page_alloc(true), *block = NULL, **leaf;

	if (!page)
		return NULL;
	leaf = page_to_va(page);
	if (v->size - (offset & -LEAF_SIZE) >= LEAF_SIZE)
		block = user_block_alloc();
	if (!block)
		return leaf;
	for (unsigned i = 0; i < VMO_LEAF_PAGES; i++)
		leaf[i] = block + i;
	page->data = LEAF_BLOCK;
	return leaf;
}

/* The leaf for offset; NULL: no memory.  Lock held. */
static struct page **leaf_for(struct vmo *v, uint64_t offset)
{
	struct page ***leaf = &v->leaves[offset / LEAF_SIZE];

	if (!*leaf)
		*leaf = leaf_alloc(v, offset);
	return *leaf;
}

int vmo_block(struct vmo *v, uint64_t offset, struct page **first)
{
	struct page **leaf;

	if (offset >= v->size || v->size - offset < LEAF_SIZE)
		return -EAGAIN;
	if (v->physical != UINT64_MAX) {
		if ((v->physical + offset) % LEAF_SIZE)
			return -EAGAIN;
		*first = pa_to_page(v->physical + offset);
		user_block_get(*first);
		return 0;
	}
	if (offset % LEAF_SIZE)
		return -EAGAIN;
	MUTEX_GUARD(&v->lock);
	leaf = leaf_for(v, offset);
	if (!leaf)
		return -ENOMEM;
	if (va_to_page(leaf)->data != LEAF_BLOCK)
		return -EAGAIN;
	*first = leaf[0];
	user_block_get(*first);
	return 0;
}

int vmo_page(struct vmo *v, uint64_t offset, struct page **out)
{
	struct page **s, **leaf;
	int error = vmo_page_now(v, offset, out);

	if (error != -EAGAIN)
		return error;
	MUTEX_GUARD(&v->lock);
	leaf = leaf_for(v, offset);
	if (!leaf)
		return -ENOMEM;
	s = &leaf[offset / PAGE_SIZE % VMO_LEAF_PAGES];
	if (!*s && !(*s = user_page_alloc(true)))
		return -ENOMEM;
	page_get(*s);
	*out = *s;
	return 0;
}

int64_t vmo_read(struct vmo *v, uint64_t offset, void *to, uint64_t n)
{
	uint64_t done = 0;

	if (offset >= v->size)
		return 0;
	n = n < v->size - offset ? n : v->size - offset;
	while (done < n) {
		uint64_t in = (offset + done) % PAGE_SIZE;
		uint64_t part = PAGE_SIZE - in < n - done ? PAGE_SIZE - in : n - done;
		struct page *page;
		int error = vmo_page(v, offset + done, &page);

		if (error)
			return error;
		memcpy((char *)to + done, (char *)page_to_va(page) + in, part);
		page_put(page);
		done += part;
	}
	return done;
}
