/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PMAP_H
#define MM_PMAP_H
/*
 * Page maps: the translation tables of a vmspace, its ASID, which CPUs have run it, and exact counts.
 *
 * Life (docs/protocol.md): pmap_init() LIVE -> every thread has parked and left -> pmap_kill() flushes and marks it DEAD (E4) -> pmap_purge()
 * frees everything without TLB maintenance (E5, E6).  A dead pmap accepts no entry and asks for no TLBI (I5).
 *
 * Everything that changes entries is called with the vmspace's lock held, or with the pmap to oneself (not yet
 * run, or dead).  The user's CPUs walk the tables all the time: each store and flush below is ordered for them.
 */
#include <stdbool.h>
#include <stdint.h>
#include "arch/arm64/mmu.h"

struct page;

enum pmap_state { PMAP_LIVE, PMAP_DEAD };

struct pmap {
	pte_t *root;           /* direct map; NULL after the purge */
	uint64_t root_pa;
	uint64_t asid;         /* atomic: generation << 16 | number; see asid.h */
	uint64_t ran;          /* atomic: bit n: CPU n may hold entries, has run it since its last flush (T8) */
	enum pmap_state state;
	bool ended;            /* I4: the teardown policy has done what makes freeing safe; set once, by pmap_kill() */
	uint64_t resident;     /* vmspace lock: valid leaves (I12) */
	uint64_t tables;       /* vmspace lock: table pages, the root included (I12) */
	uint64_t peak;         /* vmspace lock: greatest resident */
};

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

/* The leaf entry for va, or NULL if its tables do not exist. */
pte_t *pmap_lookup(struct pmap *p, uint64_t va);

/* invalid -> valid: takes over the caller's reference to the page.  0, or -ENOMEM and nothing done. */
int pmap_enter(struct pmap *p, uint64_t va, struct page *page, unsigned prot);
/* valid -> another page, break-before-make (T9).  Takes over the new reference, drops the old one. */
void pmap_replace(struct pmap *p, uint64_t va, pte_t *e, struct page *page, unsigned prot);
/* More rights for the same page (T9: no break, no broadcast). */
void pmap_upgrade(struct pmap *p, uint64_t va, pte_t *e, unsigned prot);
/* An entry was found as it should be: this CPU's TLB held an older one with fewer rights. */
void pmap_drop_stale(struct pmap *p, uint64_t va);
/* Unmaps [first, last] (I15), frees what is left without users, tables too. */
void pmap_remove(struct pmap *p, uint64_t first, uint64_t last);
/* Sets the rights of what is mapped in [first, last]; a page that is not writable does not become so here (copy-on-write). */
void pmap_protect(struct pmap *p, uint64_t first, uint64_t last, unsigned prot);
/* fork: enters what is mapped in [first, last] into `to` as well; writable pages become read-only in both if `cow`.
 * The caller flushes `from` with pmap_flush_copied() when it is through.  0 or -ENOMEM (what was entered stays). */
int pmap_copy(struct pmap *to, struct pmap *from, uint64_t first, uint64_t last, bool cow, bool *protected);
void pmap_flush_copied(struct pmap *from);

/* E4: as the teardown policy says (teardown.h), then marks the pmap dead.  All have parked (I3). */
void pmap_kill(struct pmap *p);
/* E5, E6: frees all pages and tables and the ASID.  Dead.  May be preempted. A second call finds nothing. */
void pmap_purge(struct pmap *p);
/* I12: in debug builds, a full recount. */
void pmap_check_counts(struct pmap *p);

#endif
