/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_EPOCH_H
#define MM_EPOCH_H
/*
 * Epochs: when a page-table page that was unlinked may be freed.
 *
 * Who walks page tables that others may unlink does so in a section, with preemption off, and nothing in it sleeps.
 * A table is unlinked first, then retired, and freed when every CPU has left the sections that it was in at that
 * time: later ones cannot find it.
 *
 *   enter:   epoch = epoch_now; DMB; read tables                            (epoch_enter)
 *   retire:  unlink; DMB; tag = epoch_now++; DMB; look at each CPU's epoch  (epoch_retire)
 *
 * Either the look sees the walker, or the walker sees the entry gone.  A walker with an epoch above the tag began
 * after the unlinking.  Who unlinks does not wait: what cannot be freed yet is kept, and tried again by the next who
 * retires, or by epoch_drain().
 *
 * Sections do not nest.  A space that nobody else can walk (held for writing, dead, or not yet run) needs none.
 */
#include "kernel/log.h"
#include "kernel/percpu.h"

struct page;

extern uint64_t epoch_now; /* atomic, from 1 on; grows with each table retired: never wraps */

static inline void epoch_enter(void)
{
	struct percpu *cpu;

	preempt_disable();
	cpu = this_cpu();
	DEBUG_ASSERT(!cpu->epoch);
	__atomic_store_n(&cpu->epoch, __atomic_load_n(&epoch_now, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	dmb(ish); /* pairs with epoch_retire() */
}

static inline void epoch_leave(void)
{
	/* Release: its reads of the tables come before.  Pairs with oldest() in epoch.c. */
	__atomic_store_n(&this_cpu()->epoch, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

/* A section to the end of the scope. */
static inline void epoch_guard_exit(int *unused)
{
	epoch_leave();
}
#define EPOCH_GUARD() \
	__attribute__((cleanup(epoch_guard_exit), unused)) int epoch_guard_ = (epoch_enter(), 0)

/* Frees a table that was unlinked, and flushed, as soon as no walker can be in it: at once if none is.  Inside a
 * section it is kept at least until that has ended.  Never sleeps. */
void epoch_retire(struct page *table);
/* Waits until nothing that was retired before is left, for as long as sections last: when memory is short, or pages
 * are to be counted.  Not in a section; preemption on. */
void epoch_drain(void);

#endif
