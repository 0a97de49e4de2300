/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy `onalloc`: no flush at exit; the ASID is flushed when it is given out again (9front, HelenOS).  Who runs last pays for who
 * ran before; an ASID that is never used again costs nothing.
 *
 * For each number one byte says who may hold entries of its last owner: nobody, one CPU, or several.  If it is the CPU that gives the
 * number out again, its flush is local (T8).  That freed pages are still in TLBs until then does no harm, as with `deferred`.
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

static uint8_t *holders; /* asid_lock, once the number is free; before, its last owner's purge */

static int init(unsigned bits)
{
	holders = kzalloc(1ul << bits);
	return holders ? 0 : -ENOMEM;
}

static void end(struct pmap *p)
{
}

static void release(struct pmap *p)
{
	uint64_t ran = __atomic_load_n(&p->ran, __ATOMIC_RELAXED), asid = asid_number(p);

	if (asid && ran)
		holders[asid] = ran & (ran - 1) ? SEVERAL : 1 + __builtin_ctzll(ran);
	asid_free(p);
}

static void before_use(uint64_t number)
{
	if (holders[number] == CLEAN)
		return;
	tlb_flush_asid(number, holders[number] == 1 + this_cpu()->id);
	count(ASID_FLUSH);
	holders[number] = CLEAN;
}

const struct teardown_policy teardown_onalloc = {
	.name = "onalloc",
	.end = end,
	.release = release,
	.before_use = before_use,
	.init = init,
};
