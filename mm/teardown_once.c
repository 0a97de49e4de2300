/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `once`: the ASID is flushed once, after all have parked and before the first page is freed (E4, I4); local where no other
 * CPU has run the space since its last flush (T8).  OpenBSD's idea of purging a dead page map without TLB maintenance,
 * made free of spinning by parking before counting (E3).
 */
#include "arch/arm64/mmu.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/pmap.h"
#include "mm/teardown.h"

static void flush(struct pmap *p)
{
	uint64_t asid;

	preempt_disable(); /* T8: to the end of the flush */
	asid = asid_number(p);
	if (asid && __atomic_load_n(&p->ran, __ATOMIC_RELAXED)) {
#ifdef BUG_LOCAL_FOR_BROADCAST /* zephyr PR 97887: a TLBI without IS for a space that other CPUs ran */
		tlb_flush_asid(asid, true);
#elif !defined(BUG_FLUSH_BEFORE_PARK) && !defined(BUG_REUSE_UNFLUSHED) /* zephyr #113559: given out again without a flush */
		tlb_flush_asid(asid, teardown_only_here(p));
#endif
		count(ASID_FLUSH);
	}
	preempt_enable();
}

static void end(struct pmap *p)
{
#ifndef BUG_FREE_BEFORE_FLUSH /* seen in several kernels: tables are freed, and walk entries still lead to them */
	flush(p);
#endif
}

#ifdef BUG_FREE_BEFORE_FLUSH
static void flush_late(struct pmap *p)
{
	flush(p);
	asid_free(p);
}
#define asid_free flush_late
#endif

const struct teardown_policy teardown_once = {
	.name = "once",
	.end = end,
	.release = asid_free,
	.flushes_at_exit = true,
};
