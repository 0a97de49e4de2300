/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epochs: see epoch.h.  What waits is a list in the order of their tags (page->chain, page->epoch).
 */
#include "kernel/counters.h"
#include "kernel/spinlock.h"
#include "mm/check.h"
#include "mm/epoch.h"
#include "mm/page.h"
#include "mm/pmap_private.h"

uint64_t epoch_now = 1;

static struct spinlock lock = SPINLOCK_INIT;
static struct page *oldest_page, *newest_page; /* lock (oldest_page is looked at without: NULL is a hint) */

/* The least epoch of a walker that is in a section now; UINT64_MAX: none is. */
static uint64_t oldest(void)
{
	uint64_t least = UINT64_MAX;

	for_each_cpu(i) {
		/* Acquire: pairs with epoch_leave(). */
		uint64_t epoch = __atomic_load_n(&percpu_all[i]->epoch, __ATOMIC_ACQUIRE);

		if (epoch && epoch < least)
			least = epoch;
	}
	return least;
}

/* Frees what has waited long enough. */
static void free_old(void)
{
	struct page *chain = NULL, *page;
	uint64_t flags, least;

	if (!__atomic_load_n(&oldest_page, __ATOMIC_RELAXED))
		return;
	flags = spin_lock_irq(&lock);
	least = oldest();
	while ((page = oldest_page) && page->epoch < least) {
		__atomic_store_n(&oldest_page, page->chain, __ATOMIC_RELAXED);
		page->chain = chain;
		chain = page;
	}
	spin_unlock_irq(&lock, flags);
	while ((page = chain)) {
		chain = page->chain;
		table_page_free(page);
	}
}

/* The tag is drawn under the lock, so that the list is in order. */
static void keep(struct page *page)
{
	uint64_t flags = spin_lock_irq(&lock);

	protocol_entered(WINDOW_EPOCH_HELD);
	page->epoch = __atomic_fetch_add(&epoch_now, 1, __ATOMIC_ACQ_REL);
	page->chain = NULL;
	if (oldest_page)
		newest_page->chain = page;
	else
		__atomic_store_n(&oldest_page, page, __ATOMIC_RELAXED);
	newest_page = page;
	spin_unlock_irq(&lock, flags);
}

void epoch_retire(struct page *table)
{
	dmb(ish); /* unlinked, then the look at the walkers; pairs with epoch_enter() */
	if (oldest() == UINT64_MAX)
		table_page_free(table);
	else
		keep(table);
	free_old();
}

/* Something that was retired before `limit` still waits. */
static bool waits_since(uint64_t limit)
{
	uint64_t flags;
	bool waits;

	if (!__atomic_load_n(&oldest_page, __ATOMIC_RELAXED))
		return false;
	flags = spin_lock_irq(&lock);
	waits = oldest_page && oldest_page->epoch < limit;
	spin_unlock_irq(&lock, flags);
	return waits;
}

void epoch_drain(void)
{
	uint64_t limit = __atomic_load_n(&epoch_now, __ATOMIC_RELAXED); /* what others retire from here on is not waited for */

	while (waits_since(limit)) {
		dmb(ish); /* as in epoch_retire() */
		free_old();
		cpu_relax(); /* walkers cannot be preempted: not for long */
	}
}
