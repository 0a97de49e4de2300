/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `onalloc`: no flush at exit; the ASID is flushed when it is given out again (9front, HelenOS).  Who runs last pays for who
 * ran before; an ASID that is never used again costs nothing.
 *
 * For each number one byte says who may hold entries of its last owner: nobody, one CPU, or several.  If it is the CPU that gives the
 * number out again, its flush is local (T8).  That is 64 KiB with 16 bits; a set of CPUs for each would be 512, and would save nothing:
 * a TLBI reaches one or all.  That freed pages are still in TLBs until then does no harm, as with `deferred`.
 */
#include <sys/errno.h>
#include "arch/arm64/mmu.h"
#include "kernel/percpu.h"
#include "kernel/string.h"
#include "mm/asid.h"
#include "mm/pmap.h"
#include "mm/slab.h"
#include "mm/teardown.h"

#define CLEAN   0
#define SEVERAL 0xff /* else 1 + the CPU's number */

static uint8_t *holders; /* asid_lock: of each number */
static uint64_t size;

static int init(unsigned bits)
{
	size = 1ul << bits;
	holders = kzalloc(size);
	return holders ? 0 : -ENOMEM;
}

static void end(struct pmap *p)
{
}

/* Under the lock, and only if the number is still p's: a rollover may have given it to another while p was being purged. */
static void after_use(uint64_t number, const struct pmap *p)
{
	uint64_t ran = p->ran; /* nobody adds to it any more */

	holders[number] = !ran ? CLEAN : ran & (ran - 1) ? SEVERAL : 1 + __builtin_ctzll(ran);
}

static void before_use(uint64_t number)
{
	if (holders[number] == CLEAN)
		return;
	tlb_flush_asid(number, holders[number] == 1 + this_cpu()->id);
	count(ASID_FLUSH);
	holders[number] = CLEAN;
}

static void after_rollover(void)
{
	memset(holders, CLEAN, size);
}

const struct teardown_policy teardown_onalloc = {
	.name = "onalloc",
	.end = end,
	.release = asid_free,
	.after_use = after_use,
	.before_use = before_use,
	.after_rollover = after_rollover,
	.init = init,
};
