/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects: see vmo.h.  An anonymous object finds its pages through two levels: an index of 2 MiB leaves, each a page
 * of pointers, both made as they are needed (the index at once: it tells how large the object may be).
 */
#include <sys/errno.h>
#include "kernel/log.h"
#include "kernel/string.h"
#include "mm/slab.h"
#include "mm/user_page.h"
#include "mm/vmo.h"

#define LEAF_SIZE ((uint64_t)VMO_LEAF_PAGES * PAGE_SIZE)

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

void vmo_destroy(struct vmo *v)
{
	if (v->physical != UINT64_MAX) {
		for (uint64_t off = 0; off < v->size; off += PAGE_SIZE)
			page_put(pa_to_page(v->physical + off));
	} else {
		for (uint64_t i = 0; i < leaf_count(v); i++) {
			if (!v->leaves[i])
				continue;
			for (unsigned j = 0; j < VMO_LEAF_PAGES; j++)
				if (v->leaves[i][j])
					page_put(v->leaves[i][j]);
			page_put(va_to_page(v->leaves[i]));
		}
		kfree(v->leaves);
	}
	slab_free(&vmo_cache, v);
}

/* The slot for offset; NULL: no memory.  Lock held. */
static struct page **slot(struct vmo *v, uint64_t offset)
{
	struct page ***leaf = &v->leaves[offset / LEAF_SIZE];

	if (!*leaf) {
		struct page *page = user_page_alloc(true);

		if (!page)
			return NULL;
		*leaf = page_to_va(page);
	}
	return &(*leaf)[offset / PAGE_SIZE % VMO_LEAF_PAGES];
}

int vmo_page(struct vmo *v, uint64_t offset, struct page **out)
{
	struct page **s;
	int error = vmo_page_now(v, offset, out);

	if (error != -EAGAIN)
		return error;
	MUTEX_GUARD(&v->lock);
	s = slot(v, offset);
	if (!s)
		return -ENOMEM;
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
