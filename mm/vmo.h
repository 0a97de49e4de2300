/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VMO_H
#define MM_VMO_H
/*
 * Memory objects: pages that can be shared between address spaces, read and written by handle, or run as a program.
 *
 *   anonymous  a zeroed page where one is first touched, or all 512 of an aligned 2 MiB in one block; it holds a
 *              reference to each, in a tree (mm/vmo_tree.h) that costs what was touched
 *   RAM        a fixed run of frames: the initrd
 *   device     a fixed run of frames of device registers (mm/device.h): mapped shared and as device memory only; the
 *              kernel does not read or write them
 *
 * A window shows a part of another object.  The object that has the pages is its `store`, everybody else's is itself: a
 * window of a window has the first one's store, and so shows the same pages, and names the same futexes.
 *
 * A mapping holds a reference to the object, a window one to its store, and each page-table entry one to its page.
 */
#include <sys/errno.h>
#include <stdint.h>
#include <sys/queue.h>
#include "kernel/handle.h"
#include "kernel/mutex.h"
#include "mm/page.h"
#include "mm/vmo_tree.h"

#define VMO_MAX_SIZE (1ull << 40)

enum vmo_kind { VMO_ANONYMOUS, VMO_RAM, VMO_DEVICE };

/* (c) constant. */
struct vmo {
	struct object object;
	enum vmo_kind kind;    /* (c) the store's */
	uint64_t size;         /* (c) bytes */
	struct vmo *store;     /* (c) itself, or with a reference the one it is a window of */
	uint64_t base;         /* (c) of its first byte: in the store's tree, or the physical address */
	struct mutex lock;     /* of stores */
	struct vmo_tree tree;  /* lock: of an anonymous store */
	LIST_HEAD(, vmo) windows; /* lock: of a store: those that show a part of it */
	LIST_ENTRY(vmo) link;  /* the store's lock: of a window */
	uint64_t counted;      /* process_lock: of a store: the mark of the process that kernel/oom.c found it with last */
};

void vmo_boot(void);
/* size in bytes, up to VMO_MAX_SIZE; flags: CURFEW_VMO_*.  0 or -ENOMEM, -EINVAL. */
int vmo_create(uint64_t size, uint32_t flags, struct vmo **out);
/* RAM or registers at [pa, pa + size), page aligned at the start; the frames are given a reference of the object's.
 * Boot.  0 or -ENOMEM; for a device -EINVAL: that is RAM. */
int vmo_create_ram(uint64_t pa, uint64_t size, struct vmo **out);
int vmo_create_device(uint64_t pa, uint64_t size, struct vmo **out);
/* [offset, offset + size) of v as an object of its own; offset a multiple of the page size.  0 or -ENOMEM, -EINVAL. */
int vmo_window(struct vmo *v, uint64_t offset, uint64_t size, struct vmo **out);
void vmo_destroy(struct vmo *v); /* object_put() calls it */

/* A reference to the page at offset, brought in if need be; -ENXIO past the end, -ENOMEM.  May sleep. */
int vmo_page(struct vmo *v, uint64_t offset, struct page **out);

/* The same where it needs no lock: 0, -ENXIO, or -EAGAIN: call vmo_page().  Never sleeps. */
static inline int vmo_page_now(struct vmo *v, uint64_t offset, struct page **out)
{
	if (offset >= v->size)
		return -ENXIO;
	if (v->kind == VMO_ANONYMOUS)
		return -EAGAIN;
	*out = pa_to_page(v->base + offset);
	page_get(*out);
	return 0;
}

/* To read only: the same, but *out is NULL where an anonymous object has nothing yet, which is zeroes. */
int vmo_page_or_hole(struct vmo *v, uint64_t offset, struct page **out);

/*
 * The first page of the 2 MiB from offset on, with a reference to each of its 512, if they are frames of a block in
 * order: where the physical address fits, or where the object, at the first touch, was given a block.  0; -EAGAIN:
 * they are pages; -ENOMEM.
 */
int vmo_block(struct vmo *v, uint64_t offset, struct page **first);

/* Object to kernel memory: bytes done (less only at the end), or an error; -ENOTSUP: device registers.  May sleep. */
int64_t vmo_read(struct vmo *v, uint64_t offset, void *to, uint64_t n);

/*
 * Bytes [offset, offset + n) become zeroes: pages wholly inside are given up, the rest is overwritten.  What is behind the end of
 * the store counts as inside.  Page-table entries keep the page that they have; a fault or a copy that runs meanwhile comes before
 * or after.  A block given up in part is pages from then on.  0; -EINVAL: not within the object; -ENOTSUP: it is not anonymous.
 * May sleep.
 */
int vmo_discard(struct vmo *v, uint64_t offset, uint64_t n);

/* How many pages the object has. */
uint64_t vmo_pages(struct vmo *v);

/* How many windows, which a handle, a mapping or a message keeps, show pages of [offset, offset + n) of v; where v is a window,
 * itself too.  As many steps as there are windows of the store.  -EINVAL: not within the object.  May sleep. */
int64_t vmo_windows(struct vmo *v, uint64_t offset, uint64_t n);

static inline struct vmo *object_vmo(struct object *o) { return (struct vmo *)o; }
static inline void vmo_put(struct vmo *v) { object_put(&v->object); }

#endif
