/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page maps, first part: loading and parking, flushing, and single entries.  Ranges are in pmap_range.c, death in purge.c.
 *
 * Which CPUs a flush must reach is in pmap->ran.  Two orders make it right:
 *
 *   switch to p:  incoming = p; DMB; look at ran, set own bit, DSB; TTBR0 = p; ISB; active = p
 *   flush of p:   store the entry; DMB; look at ran: local if only this CPU's bit is set, else broadcast
 *
 * either the flush sees the bit, or the CPU's walks, which come after its DSB, see the entry.  A flush of the whole ASID may
 * clear bits: it clears first, then looks at everybody's incoming and active, and sets the bits of those again.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "mm/asid.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/pmap.h"
#include "mm/pmap_private.h"

static pte_t zero_table[PT_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
uint64_t zero_table_pa;

static inline uint64_t own_bit(void)
{
	return 1ull << this_cpu()->id;
}

/* --- which tables this CPU walks --- */

static void load_zero_table(void)
{
#ifdef BUG_PARK_KEEPS_ASID /* seL4 #1750: the TLB may still fill entries of that ASID, from the zero table's walks */
	ttbr0_write(zero_table_pa | mmu_loaded_asid() << 48);
	return;
#endif
	ttbr0_write(zero_table_pa); /* I1: with ASID 0, and one write for both (T4) */
}

void pmap_park(void)
{
	preempt_disable(); /* the same CPU's, both */
	load_zero_table();
	/* Release: whoever sees NULL knows that TTBR0 was changed, ISB included (T5). */
	__atomic_store_n(&this_cpu()->active_pmap, NULL, __ATOMIC_RELEASE);
	preempt_enable();
}

void pmap_switch(struct pmap *p)
{
	struct percpu *cpu = this_cpu();
	uint64_t asid;

	if (cpu->active_pmap == p)
		return;
	if (!p) {
		pmap_park();
		count(PARK_SWITCH);
		return;
	}
	ASSERT_RULE("I2", p->state == PMAP_LIVE);
	__atomic_store_n(&cpu->incoming_pmap, p, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with rollover() and reset_ran() */
	asid = asid_get(p);
	ASSERT_RULE("I1", asid != 0);
	if (!(__atomic_load_n(&p->ran, __ATOMIC_RELAXED) & own_bit())) {
		__atomic_fetch_or(&p->ran, own_bit(), __ATOMIC_RELAXED);
		dsb(ish); /* pairs with only_here(): the bit is seen before any walk of ours */
	}
	ttbr0_write(p->root_pa | asid << 48);
	__atomic_store_n(&cpu->active_pmap, p, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->incoming_pmap, NULL, __ATOMIC_RELEASE);
}

bool pmap_is_loaded(const struct pmap *p)
{
	if (!p)
		return mmu_loaded_root() == zero_table_pa && mmu_loaded_asid() == 0;
	return mmu_loaded_root() == p->root_pa && mmu_loaded_asid() == asid_number(p) && asid_number(p) != 0;
}

/* --- flushing; preemption is off from the look at `ran` to the end of the TLBI's DSB (T8) --- */

static bool only_here(struct pmap *p)
{
	dmb(ish); /* the entry's store before the look; pairs with pmap_switch() */
	return !(__atomic_load_n(&p->ran, __ATOMIC_RELAXED) & ~own_bit());
}

void pmap_flush_range(struct pmap *p, uint64_t va, uint64_t pages)
{
	uint64_t asid;

	if (p->state == PMAP_DEAD) { /* I5 */
		count(TLBI_WASTED);
		return;
	}
	preempt_disable();
	asid = asid_number(p);
	if (asid && pages <= FLUSH_PAGES_MAX)
		tlb_flush_va(va, pages, asid, only_here(p) ? TLB_LOCAL : 0);
	else if (asid)
		tlb_flush_asid(asid, only_here(p));
	preempt_enable();
}

/* After a clear: those that have p loaded, or are loading it, are still to be reached by later flushes. */
static void reset_ran(struct pmap *p)
{
	uint64_t here = __atomic_load_n(&this_cpu()->active_pmap, __ATOMIC_RELAXED) == p ? own_bit() : 0;

	__atomic_store_n(&p->ran, here, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with pmap_switch() */
	for_each_cpu(i) {
		struct percpu *cpu = percpu_all[i];

		/* Incoming first: it becomes active, never the other way round. */
		if (__atomic_load_n(&cpu->incoming_pmap, __ATOMIC_ACQUIRE) == p ||
		    __atomic_load_n(&cpu->active_pmap, __ATOMIC_ACQUIRE) == p)
			__atomic_fetch_or(&p->ran, 1ull << i, __ATOMIC_RELAXED);
	}
}

void pmap_flush_asid(struct pmap *p)
{
	uint64_t asid;
	bool local;

	if (p->state == PMAP_DEAD) {
		count(TLBI_WASTED);
		return;
	}
	preempt_disable();
	local = only_here(p);
	if (!local)
		reset_ran(p);
	asid = asid_number(p);
	if (asid)
		tlb_flush_asid(asid, local);
	preempt_enable();
}

/* --- tables --- */

void pmap_boot(void)
{
	zero_table_pa = kmap_image_pa(zero_table);
}

static struct page *table_alloc(struct pmap *p)
{
	struct page *page = page_alloc_zeroed();

	if (!page)
		return NULL;
	page->kind = PAGE_TABLE;
	page->live = 0;
	page->owner = p;
	if (!check_table_alloc(page, p)) {
		page->kind = PAGE_USED;
		page_put(page);
		return NULL;
	}
	p->tables++;
	count(TABLE_ALLOC);
	return page;
}

void pmap_table_free(struct pmap *p, struct page *page)
{
	DEBUG_ASSERT_RULE("I10", page->kind == PAGE_TABLE && page->owner == p);
	check_table_free(page);
	page->kind = PAGE_USED;
	page->live = 0;
	p->tables--;
	count(TABLE_FREE);
	page_put(page);
}

int pmap_init(struct pmap *p)
{
	struct page *root;

	*p = (struct pmap){ .state = PMAP_LIVE };
	root = table_alloc(p);
	if (!root)
		return -ENOMEM;
	p->root = page_to_va(root);
	p->root_pa = page_to_pa(root);
	check_pmap_init(p);
	return 0;
}

pte_t *pmap_lookup(struct pmap *p, uint64_t va)
{
	pte_t *table = p->root;

	for (unsigned level = 0; level < PT_LEVELS - 1; level++) {
		pte_t e = pte_get(&table[pt_index(va, level)]);

		if (!pte_valid(e))
			return NULL;
		table = pa_to_va(pte_pa(e));
	}
	return &table[pt_index(va, PT_LEVELS - 1)];
}

pte_t *pmap_leaf(struct pmap *p, uint64_t va)
{
	pte_t *table = p->root;

	for (unsigned level = 0; level < PT_LEVELS - 1; level++) {
		pte_t *e = &table[pt_index(va, level)];

		if (!pte_valid(*e)) {
			struct page *page = table_alloc(p);

			if (!page)
				return NULL;
			check_table_place(page, va, level + 1);
			pte_set(e, pte_make_table(page_to_pa(page))); /* release: its zeroes first */
			pte_table_page(e)->live++;
		}
		table = pa_to_va(pte_pa(pte_get(e)));
	}
	return &table[pt_index(va, PT_LEVELS - 1)];
}

/* --- single entries --- */

/* A page that becomes executable was written as data; once is enough until it is somebody else's. */
void pmap_make_executable(struct page *page)
{
	if (page->data == PAGE_DATA_SYNCED)
		return;
	mmu_sync_icache(page_to_va(page));
	page->data = PAGE_DATA_SYNCED;
}

int pmap_enter(struct pmap *p, uint64_t va, struct page *page, unsigned prot)
{
	pte_t *e = pmap_leaf(p, va), value = pte_make_user(page_to_pa(page), prot);

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	if (!e)
		return -ENOMEM;
	ASSERT_RULE("I9", !pte_valid(*e));
	ASSERT_RULE("I11", pte_user_ok(value));
	if (prot & MMU_EXECUTE)
		pmap_make_executable(page);
	else if (prot & MMU_WRITE)
		page->data = 0; /* to be made fetchable anew */
	pte_set(e, value);
	pte_publish(); /* T1 */
	pte_table_page(e)->live++;
	if (++p->resident > p->peak)
		p->peak = p->resident;
	return 0;
}

void pmap_replace(struct pmap *p, uint64_t va, pte_t *e, struct page *page, unsigned prot)
{
	struct page *old = pa_to_page(pte_pa(*e));
	pte_t value = pte_make_user(page_to_pa(page), prot);

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	count(PMAP_BBM);
	pte_set(e, 0);                 /* break */
	pmap_flush_range(p, va, 1);
	pte_set(e, value);             /* make */
	pte_publish();
	page_put(old);                 /* I10: the flush came before */
}

void pmap_upgrade(struct pmap *p, uint64_t va, pte_t *e, unsigned prot)
{
	pte_t value = pte_make_user(pte_pa(*e), prot);

	ASSERT_RULE("I5", p->state == PMAP_LIVE);
	ASSERT_RULE("I11", pte_user_ok(value));
	if (prot & MMU_EXECUTE)
		pmap_make_executable(pa_to_page(pte_pa(value)));
	else if (prot & MMU_WRITE)
		pa_to_page(pte_pa(value))->data = 0; /* to be made fetchable anew */
	pte_set(e, value);
	pmap_drop_stale(p, va);
}

void pmap_drop_stale(struct pmap *p, uint64_t va)
{
	uint64_t asid;

	preempt_disable();
	asid = asid_number(p);
	if (asid)
		tlb_flush_va(va, 1, asid, TLB_LOCAL | TLB_LEAF); /* other CPUs do the same when they fault */
	preempt_enable();
}
