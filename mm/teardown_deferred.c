/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `deferred`: no flush at exit.  The ASID is retired: nobody gets it before the rollover that comes when the numbers are
 * used up, whose one flush of everything cleans all retired ones (Linux's and FreeBSD's way).
 *
 * Pages and tables are freed while TLBs still hold entries of the retired ASID that lead to them.  That does no harm:
 *
 *   - every entry of a user space is used for its own ASID alone: leaves are nG (I11), and what is cached of the levels above is
 *     tagged in any case (D8.14: TLBI ASIDE1 removes it by ASID)
 *   - all CPUs have parked, ISB included, before anything is freed (T5, I3): none uses this ASID, or begins a walk of these tables
 *   - none loads it until the rollover's flush is over: numbers are given out under the lock that the rollover holds until then
 *
 * What it gives up: docs/policies.md.
 */
#include "mm/asid.h"
#include "mm/teardown.h"

static void end(struct pmap *p)
{
}

const struct teardown_policy teardown_deferred = {
	.name = "deferred",
	.end = end,
	.release = asid_retire,
};
