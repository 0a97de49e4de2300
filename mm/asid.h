/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ASID_H
#define MM_ASID_H
/*
 * ASIDs: numbers that keep address spaces apart in the TLB, given out as spaces are run.
 *
 * A pmap's asid is  generation << 16 | number.  It is good while its generation is the present one; checking that is all a switch
 * does: two loads and a comparison, no lock, and no store to a line that CPUs share.  When all numbers are used a new generation
 * begins: pmaps that are loaded on a CPU, or are just being loaded, keep their number, everything in all TLBs is flushed, and
 * all others get a new number when they run again.
 *
 *   free  -> p's       asid_get()      the teardown policy's before_use()
 *   p's   -> free      asid_free()     its after_use()
 *   p's   -> retired   asid_retire()   nobody's, and nobody's to have in this generation
 *   p's   -> p's       rollover        p is active or incoming on a CPU
 *   any   -> free      rollover        all others
 *
 * Which way the end of a page map goes is the teardown policy's to say (teardown.h).  With 16 bits and numbers that come back they never
 * run out in practice; `asid_bits=` makes them scarce for tests.  A generation has 48 bits: at a rollover each
 * microsecond it wraps after nine years.
 */
#include <stdint.h>
#include "mm/pmap.h"

#define ASID_NUMBER_BITS 16
#define ASID_NUMBER_MASK 0xffffull

/* Read by all CPUs at each switch, written by a rollover: not in one line with what else changes. */
extern struct asid_generation {
	uint64_t now; /* atomic; low ASID_NUMBER_BITS are 0 */
} __attribute__((aligned(128))) asid_generation;

/* Whether it is one of the present generation. */
static inline bool asid_present(uint64_t asid)
{
	return asid >> ASID_NUMBER_BITS == __atomic_load_n(&asid_generation.now, __ATOMIC_RELAXED) >> ASID_NUMBER_BITS;
}

void asid_init(unsigned bits, unsigned cpus);
/* A number for p, which has none of this generation. */
uint64_t asid_allocate(struct pmap *p);
/* The number to load p with.  Interrupts masked, p is this CPU's incoming_pmap. */
static inline uint64_t asid_get(struct pmap *p)
{
	uint64_t asid = __atomic_load_n(&p->asid, __ATOMIC_RELAXED);

#ifdef BUG_STALE_ASID /* our own: a number of an earlier generation is loaded again, and may be another's by now */
	if (asid)
		return asid & ASID_NUMBER_MASK;
#endif
	return __builtin_expect(asid_present(asid), 1) ? asid & ASID_NUMBER_MASK : asid_allocate(p);
}
/*
 * The number that p was last loaded with, 0: never.  For flushes, whatever the generation: while a rollover is on its way the number of
 * a loaded pmap is still good though its generation looks old, and of one that is not loaded a flush is merely wasted.
 */
uint64_t asid_number(const struct pmap *p);
/* The end of p's number: free to be given again (I7: flushed -> free), or kept back until a rollover has flushed everything. */
void asid_free(struct pmap *p);
void asid_retire(struct pmap *p);
uint64_t asid_live_count(void); /* numbers of page maps that live, in this generation */
uint64_t asid_retired_count(void);
unsigned asid_bits(void);

#endif
