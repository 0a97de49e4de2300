/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PMAP_H
#define MM_PMAP_H
/*
 * Page maps: the translation tables of a vmspace, its ASID, which CPUs have run it, and exact counts.
 *
 * Life (docs/protocol.md): pmap_init() LIVE -> every thread has parked and left -> pmap_kill() flushes and marks it
 * DEAD (E4) -> pmap_purge() frees everything without TLB maintenance (E5, E6).  A dead pmap accepts no entry and asks
 * for no TLBI (I5).
 *
 * There is no lock: operations run in parallel, and each entry belongs to whoever changes it by compare-and-swap (I14).
 *
 *   invalid -> valid      one compare-and-swap from 0: no TLBI (T1)
 *   rights alone          one compare-and-swap, then a flush if rights were taken away (T9)
 *   anything else         valid -> PTE_LOCKED, flush, then the new value or 0 by a store with release (T9)
 *
 * Preemption is off from lock to release, so nobody ever waits for a holder that does not run.  Who meets a locked
 * entry, or loses a compare-and-swap, undoes what it did and gets -EAGAIN: the fault is simply taken again.
 *
 * A table's page counts its entries that are not 0 (page.live).  Who enters something counts it before it is there;
 * who takes out the last one closes the count in the same step, so that nobody can enter anything any more, takes the
 * table out of its parent in the same way, and retires it (mm/epoch.h).  So walkers are always in a section of an
 * epoch, and look at what they have read only in it.  pmap_copy(), pmap_kill() and pmap_purge() have the pmap to
 * themselves instead.
 *
 * That an address has the right kind of page is the business of the vmspace, whose lock is held, for reading at least.
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/mmu.h"

struct page;

enum pmap_state { PMAP_LIVE, PMAP_DEAD };

/* What every switch and flush reads is in one cache line, what faults write in another. */
struct pmap {
	const pte_t *root;     /* direct map; NULL after the purge */
	uint64_t root_pa;
	uint64_t asid;         /* atomic: generation << 16 | number; see asid.h */
	uint64_t ran;          /* atomic: bit n: CPU n may hold entries, has run it since its last flush (T8); seldom written */
	enum pmap_state state;
	bool ended;            /* I4: the teardown policy has done what makes freeing safe; set once, by pmap_kill() */

	uint64_t resident __attribute__((aligned(64))); /* atomic: valid leaves, of 4 KiB each (I12) */
	uint64_t tables;       /* atomic: table pages, the root included (I12) */
	uint64_t peak;         /* atomic: greatest resident before a decrease: see pmap_peak() */
} __attribute__((aligned(64)));

/* Where a walk ended: the entry, at a level that counts from the root, and what it was when it was read. */
struct pmap_pos {
	const pte_t *e;
	pte_t value;
	unsigned level;
};

/* The most pages that were ever resident. */
static inline uint64_t pmap_peak(const struct pmap *p)
{
	uint64_t now = __atomic_load_n(&p->resident, __ATOMIC_RELAXED), peak = __atomic_load_n(&p->peak, __ATOMIC_RELAXED);

	return now > peak ? now : peak;
}

/* The table in which every walk faults; only ever with ASID 0 (I1). */
extern uint64_t zero_table_pa;

void pmap_boot(void);
int pmap_init(struct pmap *p); /* 0 or -ENOMEM */

/* Loads p on this CPU, or parks it on the zero table (NULL).  Interrupts masked; from schedule() and exec. */
void pmap_switch(struct pmap *p);
/* I2: what TTBR0 holds is p's, or the zero table for NULL.  Interrupts masked; for assertions. */
bool pmap_is_loaded(const struct pmap *p);
/* E3: parks this CPU for a thread that gives up its right.  Preemption off. */
void pmap_park(void);

/* --- in a section of an epoch; they never sleep --- */

/* The leaf entry for va, or the one above where no table leads on. */
void pmap_walk(struct pmap *p, uint64_t va, struct pmap_pos *at);
/* invalid -> valid, `at` from pmap_walk() in this section.  Takes over the caller's reference to the page if it
 * returns 0, or PMAP_FULL: its table has all its 512 entries now, which may be a block's.  -EAGAIN: lost to another.
 * -ENOMEM. */
#define PMAP_FULL 1
int pmap_enter(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *page, unsigned prot);
/* The same with the 512 pages from `first` on, as a block: va and page are aligned to 2 MiB.  Before the section,
 * since it takes long: pmap_prepare_block().  0, -EAGAIN, -ENOMEM. */
void pmap_prepare_block(struct page *first, unsigned prot);
int pmap_enter_block(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *first, unsigned prot);
/* valid -> a copy of its page, made here into `copy`, by break-before-make (T9).  0: took over the reference, and
 * dropped the old one; -EAGAIN. */
int pmap_replace(struct pmap *p, uint64_t va, struct pmap_pos *at, struct page *copy, unsigned prot);
/* More rights for the same page or block (T9: no break, no broadcast).  0; PMAP_FULL: a page that now is like its
 * neighbours, in a full table; -EAGAIN. */
int pmap_upgrade(struct pmap *p, uint64_t va, struct pmap_pos *at, unsigned prot);
/* A reference to a page of a valid entry, at->value, for whoever copies from or to it: the entry is taken for that moment, so
 * that nobody frees the page in between.  The vmspace's lock is held for reading.  False: lost to another. */
bool pmap_hold(struct pmap_pos *at, struct page *page);
/* An entry was found as it should be: this CPU's TLB held an older one with fewer rights.  Needs no section. */
void pmap_drop_stale(struct pmap *p, uint64_t va);

/* --- whole calls: not in a section; may be preempted --- */

/* A block that va is in becomes a table of the same pages; nothing if there is none.  Nobody else changes p: its
 * vmspace is locked for writing.  May sleep.  0 or -ENOMEM. */
int pmap_demote(struct pmap *p, uint64_t va);
/* The other way round, if the table for va has 512 pages that are a block's in order, with the same rights.  As
 * above. */
void pmap_promote(struct pmap *p, uint64_t va);
/* The next such table at or above *va and not above last, *va moved there: so it is worth the lock.  The same needs
 * no lock. */
bool pmap_find_alike(struct pmap *p, uint64_t *va, uint64_t last);

/* The page entry for va (of a block, as if it were pages); 0 or PTE_LOCKED: none. */
pte_t pmap_lookup(struct pmap *p, uint64_t va);
/* Unmaps [first, last] (I15), frees what is left without users, tables too.  Nobody enters anything there meanwhile.
 * No block lies across an end of the range.  In pmap_protect() one may that a fault has entered since the regions have the
 * new rights. */
void pmap_remove(struct pmap *p, uint64_t first, uint64_t last);
/* Sets the rights of what is mapped in [first, last]; a page that is not writable becomes so only if nobody shares it
 * (copy-on-write). */
void pmap_protect(struct pmap *p, uint64_t first, uint64_t last, unsigned prot);
/*
 * fork: enters what is mapped in [first, last] into c->to as well; writable pages become read-only in both if `cow`;
 * if not, blocks are left out.  Ranges in rising order; then pmap_copy_end(), which flushes.  Nobody else changes
 * `from` meanwhile, nobody else has `to`.  0 or -ENOMEM (what was entered stays).
 */
struct pmap_copier {
	struct pmap *to, *from;
	/* pmap_copy()'s own, 0 at first: tables of the 2 MiB that it was at last, and whether rights were taken away
	 * in `from` */
	const pte_t *to_table, *from_table;
	uint64_t span;
	bool protected;
};
int pmap_copy(struct pmap_copier *c, uint64_t first, uint64_t last, bool cow);
void pmap_copy_end(struct pmap_copier *c);

/* E4: as the teardown policy says (teardown.h), then marks the pmap dead.  All have parked (I3). */
void pmap_kill(struct pmap *p);
/* E5, E6: frees all pages and tables and the ASID.  Dead.  May be preempted. A second call finds nothing.
 * kernel_page: the address of the page that every space has; when nothing else is mapped it is taken out first, and
 * the space is an empty one. */
void pmap_purge(struct pmap *p, uint64_t kernel_page);
/* I12: in debug builds, a full recount. */
void pmap_check_counts(struct pmap *p);

#endif
