/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VMSPACE_H
#define MM_VMSPACE_H
/*
 * Address spaces: regions in a balanced tree, and the pmap that caches them in hardware form.
 *
 * A region says what a fault in it means; the page tables alone record private anonymous pages.  The vmspace's lock
 * sleeps, and is not needed once the space is dead:
 *
 *   writing   regions change; fork
 *   reading   faults, in parallel with each other; and munmap and mprotect, once the regions say what shall be: they make the
 *             page tables agree with them in parallel with faults elsewhere
 *
 * So while somebody reads, a page table's entry changes only towards what the regions say, and a range that is being
 * unmapped is not mapped anew before all of it is gone.
 *
 * `live` counts the threads that have a right to the space (E3).  Processes share one only between vfork and exec.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include "kernel/rwlock.h"
#include "mm/pmap.h"

struct vmo;

enum region_kind { REGION_ANON, REGION_VMO, REGION_SHARED_PAGE };

struct region {
	RB_ENTRY(region) link;
	SLIST_ENTRY(region) gone; /* of the tree: waits to be freed */
	uint64_t first, last;  /* inclusive (I15), page aligned: last is ...fff */
	uint8_t kind;          /* enum region_kind */
	uint8_t prot;          /* MMU_* */
	uint8_t max_prot;      /* what mprotect may give */
	bool shared;           /* writes go to the object; else they are copied */
	bool grows_down;
	bool blocks;           /* mapped by a call for 2 MiB or more, or joined with such: what of it is aligned may be blocks */
	struct vmo *vmo;       /* REGION_VMO: a reference */
	uint64_t offset;       /* of first in it */
};

SLIST_HEAD(region_list, region);

struct vmspace {
	struct rwlock lock;
	RB_HEAD(region_tree, region) regions; /* lock */
	uint64_t live;                        /* atomic: threads with a right to it (E3) */
	struct pmap pmap;
};

RB_PROTOTYPE(region_tree, region, link, )

/*
 * Where things go in user space: the program and its heap from below, the stack at 16 GiB, the shared page and
 * mappings above it.
 *
 * What a small process uses lies at the low ends of few tables (root entries 0 and 16 of three levels; stack, shared
 * page and the first mappings in one leaf table): fork copies, and purge reads, little that is empty.
 */
#define STACK_BASE     0x400000000ul
#define PROGRAM_TOP    (STACK_BASE - (16ul << 20))
#define STACK_TOP      (STACK_BASE + 16 * PAGE_SIZE)
#define STACK_MAX      (8ul << 20)
#define STACK_GUARD    (16ul * PAGE_SIZE)
#define SHARED_PAGE_VA (STACK_BASE + 32 * PAGE_SIZE)
#define MMAP_BASE      (STACK_BASE + 48 * PAGE_SIZE)
#define MMAP_BOTTOM    0x10000ul /* lower addresses are never mapped: null pointers fault */

void vmspace_boot(void);
/* Empty but for the shared page; live 1.  0 or -ENOMEM. */
int vmspace_create(struct vmspace **out);
/* A copy of the current thread's, copy-on-write; live 1.  0 or -ENOMEM. */
int vmspace_fork(struct vmspace *from, struct vmspace **out);
/* Takes back one that never ran, or frees one that was purged. */
void vmspace_destroy(struct vmspace *vs);

/*
 * E3 second half to E6: the caller has given up its right (current()->vmspace is another, or NULL) and this CPU is
 * off it. The last one out flushes, purges and frees the vmspace.  May sleep.
 */
void vmspace_leave(struct vmspace *vs);

/* Checks and effects as mmap(2), munmap(2) and mprotect(2); addr and length as the user gave them.  `vmo` NULL:
 * anonymous; a reference is taken.  max_prot: what the handle allows. */
int64_t vm_map(struct vmspace *vs, uint64_t addr, uint64_t length, unsigned prot, unsigned max_prot, unsigned flags,
	       struct vmo *vmo, uint64_t offset);
int vm_unmap(struct vmspace *vs, uint64_t addr, uint64_t length);
int vm_protect(struct vmspace *vs, uint64_t addr, uint64_t length, unsigned prot);

/* Makes a block of the full table that va is in, if its region may have blocks.  Takes the lock for writing. */
void vm_promote(struct vmspace *vs, uint64_t va);

/* A fault of the current thread: 0: try again.  -EFAULT no such access, -ENXIO past the object's end, -ENOMEM.  May
 * sleep. */
int vm_fault(uint64_t va, unsigned access);
/* The same for any space; 0: done, or lost to another: see whether it is all right now. */
int vm_fault_in(struct vmspace *vs, uint64_t va, unsigned access);
/* Brings the pages of [va, va + n) in for writing, without changing a byte: before something is taken that could not be
 * delivered.  0, -EFAULT or -ENOMEM.  May sleep. */
int vm_prefault(uint64_t va, uint64_t n);
/* What a failed fault kills by; 0 for 0. */
int vm_fault_signal(int error);
/* Writes kernel memory into a space that never ran, and is the caller's alone: exec's stack.  0 or an error of
 * vm_fault. */
int vm_poke(struct vmspace *vs, uint64_t va, const void *from, uint64_t n);
int vm_poke_zero(struct vmspace *vs, uint64_t va, uint64_t n);

/* A futex's name: of a shared mapping the object that has the page, and the place there, else the space and the address.  The object comes with a
 * reference, so that its name cannot become another's while somebody waits by it; vm_futex_key_put() drops it. */
struct futex_key {
	uint64_t word[2];
	struct vmo *vmo; /* NULL: private */
};
int vm_futex_key(struct vmspace *vs, uint64_t va, struct futex_key *key); /* 0 or -EFAULT; may sleep */
void vm_futex_key_put(struct futex_key *key);

/* The kernel's one page in every process. */
void vm_set_shared_page(struct page *page);
/* ns from 1970 to boot, as the shared page tells every process. */
void vm_set_realtime(uint64_t base);

/* Whether the 2 MiB of va may be a block. */
static inline bool region_holds_block(const struct region *r, uint64_t va)
{
	va &= -(uint64_t)BLOCK_SIZE;
	return r->blocks && r->first <= va && r->last - va >= BLOCK_SIZE - 1 && va <= r->last;
}

/* region.c: lock held */
struct region *region_find(struct vmspace *vs, uint64_t va);       /* that holds va */
struct region *region_next(struct vmspace *vs, uint64_t va);       /* first whose last >= va */
struct region *region_alloc(void);
void region_free(struct region *r);
void region_insert(struct vmspace *vs, struct region *r);
void region_remove(struct vmspace *vs, struct region *r);
/* Cuts r in two at `at` (first < at <= last); `upper` is an unused region that becomes the upper part. */
void region_split(struct vmspace *vs, struct region *r, uint64_t at, struct region *upper);
/* Makes one region of those that touch in [first - 1, last + 1] and say the same; what is left over comes to `gone`. */
void region_join(struct vmspace *vs, uint64_t first, uint64_t last, struct region_list *gone);
/* The lowest free range of `length` bytes from MMAP_BASE on that begins `offset` bytes after a multiple of `align`;
 * 0: none. */
uint64_t region_find_gap(struct vmspace *vs, uint64_t length, uint64_t align, uint64_t offset);

#endif
