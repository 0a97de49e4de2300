/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `deferred`: no flush at exit.  The ASID is retired: nobody gets it before the rollover that comes when the numbers are
 * used up, whose one flush of everything cleans all retired ones (Linux's and FreeBSD's way).
 *
 * Pages and tables are freed while TLBs still hold entries of the retired ASID that lead to them.  That does no harm: an entry, be it
 * of a page or of a walk, is used for its own ASID alone, and no CPU loads this one until the flush (T3).  That every CPU has
 * parked comes first here too (I3): a loaded root is walked.
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
