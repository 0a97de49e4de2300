/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_TEARDOWN_H
#define MM_TEARDOWN_H
/*
 * Teardown policies: how an address space that everyone has left is cleared out of the TLBs, and when its ASID may be used
 * again.  One is chosen at boot (`teardown=NAME`, `make run TEARDOWN=NAME`); each is one file, mm/teardown_NAME.c.
 *
 *   once      one flush of the ASID, then no TLBI at all: E4 of docs/protocol.md
 *   deferred  no flush: the ASID is retired until a rollover flushes everything
 *   perpage   one TLBI for every page and table that is taken out
 *   onalloc   no flush: the ASID is flushed when it is given out again
 *
 * docs/policies.md says what each promises, and how to write another.
 */
#include <stdbool.h>
#include <stdint.h>

struct pmap;

struct teardown_policy {
	const char *name;

	/* E4, after all have parked (I3): makes it safe to free what p maps.  When it returns, p is marked dead.  May be preempted;
	 * TLBIs decide between local and broadcast with preemption off (T8). */
	void (*end)(struct pmap *p);
	/* E6, at the end of the purge: p's number goes back, by asid_free(), or asid_retire(). */
	void (*release)(struct pmap *p);
	/*
	 * What a policy keeps of each number; NULL: nothing.  asid_lock held, interrupts masked, the number loaded on no CPU.
	 * after_use: p gives it back, by asid_free(), in the generation in which it was given out.  before_use: it is about to be
	 * another's.  after_rollover: all TLBs have been flushed.
	 */
	void (*after_use)(uint64_t number, const struct pmap *p);
	void (*before_use)(uint64_t number);
	void (*after_rollover)(void);
	/* Memory for 2^bits numbers, at boot; NULL: none is needed.  0 or -ENOMEM. */
	int (*init)(unsigned bits);

	/* Promises, to which the checker holds it: when end() returns no TLB holds anything of the ASID. */
	bool flushes_at_exit;
};

extern const struct teardown_policy *teardown; /* constant after boot */
extern const struct teardown_policy teardown_once, teardown_deferred, teardown_perpage, teardown_onalloc;

/* Boot: false: there is no such policy. */
bool teardown_choose(const char *name);
/* All names, with spaces between. */
const char *teardown_names(void);

/* The CPUs whose TLBs may hold something of p, which everyone has left: true if that is this CPU at most.  Preemption off. */
bool teardown_only_here(const struct pmap *p);

#endif
