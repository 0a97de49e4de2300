/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects: see vmo.h.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/log.h"
#include "kernel/string.h"
#include "mm/device.h"
#include "mm/slab.h"
#include "mm/user_block.h"
#include "mm/vmo.h"

static struct slab_cache vmo_cache;

void vmo_boot(void)
{
	slab_cache_init(&vmo_cache, "vmo", sizeof(struct vmo), 8);
}

/* --- making and destroying --- */

/* store NULL: itself. */
static struct vmo *create(enum vmo_kind kind, uint64_t size, struct vmo *store, uint64_t base)
{
	struct vmo *v = slab_alloc(&vmo_cache);

	if (!v)
		return NULL;
	*v = (struct vmo){ .object = { 1, OBJECT_VMO }, .kind = kind, .size = size, .store = store, .base = base };
	mutex_init(&v->lock);
	LIST_INIT(&v->windows);
	if (!store) {
		v->store = v;
		return v;
	}
	object_get(&store->object);
	MUTEX_GUARD(&store->lock);
	LIST_INSERT_HEAD(&store->windows, v, link);
	return v;
}

int vmo_create(uint64_t size, uint32_t flags, struct vmo **out)
{
	struct vmo *v;

	if (size == 0 || size > VMO_MAX_SIZE || flags & ~CURFEW_VMO_PAGES)
		return -EINVAL;
	v = create(VMO_ANONYMOUS, size, NULL, 0);
	if (!v)
		return -ENOMEM;
	vmo_tree_init(&v->tree, size, !(flags & CURFEW_VMO_PAGES));
	*out = v;
	return 0;
}

static int create_physical(enum vmo_kind kind, uint64_t pa, uint64_t size, struct vmo **out)
{
	struct vmo *v = create(kind, size, NULL, pa);

	if (!v)
		return -ENOMEM;
	for (uint64_t off = 0; off < size; off += PAGE_SIZE)
		page_get(pa_to_page(pa + off));
	*out = v;
	return 0;
}

int vmo_create_ram(uint64_t pa, uint64_t size, struct vmo **out)
{
	return create_physical(VMO_RAM, pa, size, out);
}

int vmo_create_device(uint64_t pa, uint64_t size, struct vmo **out)
{
	int error = device_frames(pa, size);

	return error ? error : create_physical(VMO_DEVICE, pa, size, out);
}

int vmo_window(struct vmo *v, uint64_t offset, uint64_t size, struct vmo **out)
{
	if (offset % PAGE_SIZE || size == 0 || size > v->size || offset > v->size - size)
		return -EINVAL;
	*out = create(v->kind, size, v->store, v->base + offset);
	return *out ? 0 : -ENOMEM;
}

static void leave_store(struct vmo *v)
{
	{
		MUTEX_GUARD(&v->store->lock);
		LIST_REMOVE(v, link);
	}
	vmo_put(v->store);
}

void vmo_destroy(struct vmo *v)
{
	uint64_t first = 0;

	if (v->store != v)
		leave_store(v);
	else if (v->kind == VMO_ANONYMOUS)
		while (vmo_tree_drop(&v->tree, &first, UINT64_MAX))
			;
	else
		for (uint64_t off = 0; off < v->size; off += PAGE_SIZE)
			page_put(pa_to_page(v->base + off));
	slab_free(&vmo_cache, v);
}

/* --- pages --- */

int vmo_page(struct vmo *v, uint64_t offset, struct page **out)
{
	int error = vmo_page_now(v, offset, out);

	if (error != -EAGAIN)
		return error;
	MUTEX_GUARD(&v->store->lock);
	*out = vmo_tree_page(&v->store->tree, v->base + offset);
	if (!*out)
		return -ENOMEM;
	page_get(*out);
	return 0;
}

int vmo_page_or_hole(struct vmo *v, uint64_t offset, struct page **out)
{
	int error = vmo_page_now(v, offset, out);

	if (error != -EAGAIN)
		return error;
	MUTEX_GUARD(&v->store->lock);
	*out = vmo_tree_find(&v->store->tree, v->base + offset);
	if (*out)
		page_get(*out);
	return 0;
}

int vmo_block(struct vmo *v, uint64_t offset, struct page **first)
{
	int error;

	if (v->kind == VMO_DEVICE || offset >= v->size || v->size - offset < BLOCK_SIZE || (v->base + offset) % BLOCK_SIZE)
		return -EAGAIN;
	if (v->kind == VMO_RAM) {
		*first = pa_to_page(v->base + offset);
		user_block_get(*first);
		return 0;
	}
	MUTEX_GUARD(&v->store->lock);
	error = vmo_tree_block(&v->store->tree, v->base + offset, first);
	if (!error)
		user_block_get(*first);
	return error;
}

uint64_t vmo_pages(struct vmo *v)
{
	uint64_t last = v->base + v->size - 1;

	if (v->kind != VMO_ANONYMOUS)
		return (last >> PAGE_SHIFT) - (v->base >> PAGE_SHIFT) + 1;
	MUTEX_GUARD(&v->store->lock);
	return v == v->store ? v->tree.pages : vmo_tree_count(&v->store->tree, v->base, last);
}

int64_t vmo_windows(struct vmo *v, uint64_t offset, uint64_t n)
{
	uint64_t first = v->base + offset;
	const struct vmo *w;
	int64_t count = 0;

	if (offset > v->size || n > v->size - offset)
		return -EINVAL;
	if (n == 0)
		return 0;
	MUTEX_GUARD(&v->store->lock);
	LIST_FOREACH(w, &v->store->windows, link) /* a mapping shows all of its last page */
		if (w->base < first + n && ((w->base + w->size - 1) | (PAGE_SIZE - 1)) >= first)
			count++;
	return count;
}

/* --- contents --- */

int64_t vmo_read(struct vmo *v, uint64_t offset, void *to, uint64_t n)
{
	uint64_t done = 0;

	if (v->kind == VMO_DEVICE)
		return -ENOTSUP;
	if (offset >= v->size)
		return 0;
	n = n < v->size - offset ? n : v->size - offset;
	while (done < n) {
		uint64_t in = (offset + done) % PAGE_SIZE;
		uint64_t part = PAGE_SIZE - in < n - done ? PAGE_SIZE - in : n - done;
		struct page *page;
		int error = vmo_page_or_hole(v, offset + done, &page);

		if (error)
			return error;
		if (page) {
			memcpy((char *)to + done, (char *)page_to_va(page) + in, part);
			page_put(page);
		} else {
			memset((char *)to + done, 0, part);
		}
		done += part;
	}
	return done;
}

/* Zeroes [at, end) of one page of a store, if it is there. */
static void zero_part(struct vmo *store, uint64_t at, uint64_t end)
{
	struct page *page;

	if (at == end)
		return;
	MUTEX_GUARD(&store->lock);
	page = vmo_tree_find(&store->tree, at);
	if (!page)
		return;
	memset((char *)page_to_va(page) + at % PAGE_SIZE, 0, end - at);
	page->data = 0; /* to be made fetchable anew, should it be executed */
}

/* Gives up the pages of [first, end).  Not all in one step: faults go on meanwhile. */
static void drop_pages(struct vmo *store, uint64_t first, uint64_t end)
{
	bool more = first < end;

	while (more) {
		MUTEX_GUARD(&store->lock);
		more = vmo_tree_drop(&store->tree, &first, end - 1);
	}
}

int vmo_discard(struct vmo *v, uint64_t offset, uint64_t n)
{
	uint64_t at, end, first, last;

	if (v->kind != VMO_ANONYMOUS)
		return -ENOTSUP;
	if (offset > v->size || n > v->size - offset)
		return -EINVAL;
	at = v->base + offset;
	end = at + n;
	if (n && end == v->store->size)
		end = (end + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	first = (at + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	last = end & -(uint64_t)PAGE_SIZE;
	if (first > last) { /* within one page */
		zero_part(v->store, at, end);
		return 0;
	}
	zero_part(v->store, at, first);
	drop_pages(v->store, first, last);
	zero_part(v->store, last, end);
	return 0;
}
