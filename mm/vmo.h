/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VMO_H
#define MM_VMO_H
/*
 * Memory objects: pages that can be shared between address spaces, read and written by handle, or run as a program.
 *
 * Anonymous ones get a zeroed page where one is first touched, or all 512 of an aligned 2 MiB in one block
 * (mm/user_block.h), and own a reference to each.  Physical ones (the initrd) are a fixed run of frames.  A mapping
 * holds a reference to the object, and each page-table entry one to its page.
 */
#include <stdint.h>
#include <sys/errno.h>
#include "kernel/handle.h"
#include "kernel/mutex.h"
#include "mm/page.h"

#define VMO_LEAF_PAGES 512
/* The index of leaves is one kmalloc of at most 4 MiB. */
#define VMO_MAX_SIZE (1ull << 40)

struct vmo {
	struct object object;
	struct mutex lock;
	uint64_t size;         /* constant, bytes */
	uint64_t physical;     /* constant: address of the first frame, or UINT64_MAX: anonymous */
	struct page ***leaves; /* lock: size / 2 MiB pointers to pages of pointers */
};

void vmo_boot(void);
/* size in bytes, up to VMO_MAX_SIZE.  0 or -ENOMEM, -EINVAL. */
int vmo_create(uint64_t size, struct vmo **out);
/* Frames [pa, pa + size), page aligned at the start; they are given a reference of the object's. */
int vmo_create_physical(uint64_t pa, uint64_t size, struct vmo **out);
void vmo_destroy(struct vmo *v); /* object_put() calls it */

/* A reference to the page at offset, brought in if need be; -ENXIO past the end, -ENOMEM.  May sleep. */
int vmo_page(struct vmo *v, uint64_t offset, struct page **out);

/* The same where it needs no lock: 0, -ENXIO, or -EAGAIN: call vmo_page().  Never sleeps. */
static inline int vmo_page_now(struct vmo *v, uint64_t offset, struct page **out)
{
	if (offset >= v->size)
		return -ENXIO;
	if (v->physical == UINT64_MAX)
		return -EAGAIN;
	*out = pa_to_page(v->physical + (offset & -(uint64_t)PAGE_SIZE));
	page_get(*out);
	return 0;
}

/*
 * The first page of the 2 MiB from offset on, with a reference to each of its 512, if they are frames of a block in
 * order: where the physical address fits, or where the object, at the first touch, was given a block.  0; -EAGAIN:
 * they are pages; -ENOMEM.
 */
int vmo_block(struct vmo *v, uint64_t offset, struct page **first);

/* Kernel memory to and from the object: bytes done (less only at the end), or an error.  May sleep. */
int64_t vmo_read(struct vmo *v, uint64_t offset, void *to, uint64_t n);

static inline struct vmo *object_vmo(struct object *o) { return (struct vmo *)o; }
static inline void vmo_put(struct vmo *v) { object_put(&v->object); }

#endif
