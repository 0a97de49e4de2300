/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of the direct map: splitting, merging, and what is never split or merged (I13).  See kmap.h.
 *
 * A block and the table of 512 pages in its place translate alike, but a TLB must not hold both: the old one is broken, flushed, and the
 * new one made (T9).  In between nobody may touch the 2 MiB.  User space has mappings of its own; kernel code may at any time, so all other
 * CPUs stand in a rendezvous, and this one executes change_held() and what it calls: text, counters and stand-in thread
 * are in the image and in per-CPU data, the stack is mapped elsewhere, the entry is in a table of the image.  Blocks in which
 * something of these lies are pinned, by a bit in their entry; that, and that no page table lies in the block, is
 * asserted between the start of the rendezvous and the break.
 *
 * A CPU with FEAT_BBM level 2 needs none of that.  Until the flush it may find both in its TLB and take a conflict
 * abort: trap.c flushes and tries again.
 *
 * The table of a block that was merged is kept with its entries, for when it is split again: who splits on the way to
 * freeing memory cannot be told that there is none.
 *
 * Checking builds unmap free frames, so that a use after free faults at once, on any CPU.  The entry of a frame has only ever one
 * valid value, so making it valid again wants no break; and 512 frames that somebody holds are 512 valid entries.
 */
#include <sys/errno.h>
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/percpu.h"
#include "kernel/rendezvous.h"
#include "mm/kmap_private.h"
#include "mm/page.h"

extern const pte_t kernel_root[PT_ENTRIES];

/* More pages than this are flushed by one TLBI of everything. */
#define FLUSH_PAGES_MAX 16

static struct mutex block_lock = { .waiters = TAILQ_HEAD_INITIALIZER(block_lock.waiters) };
static struct page *kept; /* block_lock: tables of merged blocks, by page.next; page.data: physical address of the block */

static uint64_t block_of(const void *va)
{
	return (uint64_t)va & -(uint64_t)BLOCK_SIZE;
}

/* The entry for a direct-map address at BLOCK_LEVEL; NULL: there is no RAM. */
static const pte_t *find_entry(const void *va)
{
	const pte_t *table = kernel_root, *e;

	if ((uint64_t)va - DMAP_BASE >= DMAP_SIZE)
		return NULL;
	for (unsigned level = 0; level < BLOCK_LEVEL; level++) {
		e = &table[pt_index((uint64_t)va, level)];
		if (!pte_valid(pte_get(e)))
			return NULL;
		table = kmap_table_va(pte_pa(pte_get(e)));
	}
	e = &table[pt_index((uint64_t)va, BLOCK_LEVEL)];
	return pte_valid(pte_get(e)) ? e : NULL;
}

static const pte_t *block_entry(const void *va)
{
	const pte_t *e = find_entry(va);

	ASSERT(e);
	return e;
}

bool kmap_is_block(const void *va)
{
	return pte_is_block(pte_get(block_entry(va)));
}

bool kmap_pinned(const void *va)
{
	return pte_pinned(pte_get(block_entry(va)));
}

void kmap_pin(const void *va, uint64_t size)
{
	for (uint64_t block = block_of(va); block < (uint64_t)va + size; block += BLOCK_SIZE) {
		const pte_t *e = block_entry((const void *)block);

		if (CURFEW_CHECK && !pte_pinned(pte_get(e)) && kmap_split((const void *)block))
			panic("no table pages left for per-CPU data and the page array");
		pte_set(e, pte_get(e) | PTE_PINNED); /* software's bit only: no break (T9) */
	}
	pte_publish();
}

/* ---- the change of one entry ---- */

struct change {
	uint64_t block;     /* its direct-map address */
	const pte_t *entry; /* in the table above */
	const pte_t *table; /* of its pages */
	pte_t value;        /* what the entry becomes */
	int error;
};

/* Somebody's page table lies in the block (I13).  Nobody else runs. */
static bool holds_table(uint64_t block)
{
	uint64_t frame = va_to_pa((const void *)block) >> PAGE_SHIFT;

	if (frame - page_first_frame >= page_frames) /* early in boot: there are no frames yet */
		return false;
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		if (page_array[frame - page_first_frame + i].kind == PAGE_TABLE)
			return true;
	return false;
}

static bool outside(const struct change *c, const void *what)
{
	return block_of(what) != c->block;
}

/* The 512 pages of a table are those of one block, in order, and alike. */
static bool can_merge(const pte_t *table)
{
	pte_t block = pte_block_of_page(pte_get(&table[0]));

	if (!pte_valid(pte_get(&table[0])) || pte_pa(block) % BLOCK_SIZE)
		return false;
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		if (pte_get(&table[i]) != pte_page_of_block(block, i))
			return false;
	return true;
}

/* Whatever of the old entry is in a TLB: a block; or pages, and the walk entry of their table. */
static void flush_old(const struct change *c)
{
	if (!pte_is_block(c->value))
		tlb_flush_va(c->block, 1, 0, TLB_BLOCK | TLB_LEAF);
	else if (mmu_has_range)
		tlb_flush_va(c->block, PT_ENTRIES, 0, 0);
	else
		tlb_flush_everything(cpus_online == 1);
}

static void change_held(void *arg)
{
	struct change *c = arg;

	ASSERT_RULE("I13", !pte_pinned(pte_get(c->entry)));
	ASSERT_RULE("I13", outside(c, c->entry) && outside(c, __builtin_frame_address(0)));
	ASSERT_RULE("I13", outside(c, current()) && outside(c, this_cpu()));
	if (holds_table(c->block) || (pte_is_block(c->value) && !can_merge(c->table))) {
		c->error = -EBUSY;
		return;
	}
	count(PMAP_BBM);
	pte_set(c->entry, 0);        /* break */
	flush_old(c);
	pte_set(c->entry, c->value); /* make */
	pte_publish();
}

static int change(struct change *c)
{
	if (mmu_bbm_level < 2) {
		rendezvous(change_held, c);
		return c->error;
	}
	pte_set(c->entry, c->value); /* T9 */
	flush_old(c);
	return 0;
}

/* ---- tables ---- */

/* The table of pages for a block that has none: the one kept from before, or a new one; 0: no memory. */
static uint64_t table_for(uint64_t block, pte_t value)
{
	const pte_t *table;
	uint64_t pa;

	for (struct page *p = kept, **link = &kept; p; link = &p->next, p = p->next) {
		if (p->data == pte_pa(value)) {
			*link = p->next;
			p->owner = NULL;
			check_table_place(p, block, PAGE_LEVEL);
			return page_to_pa(p);
		}
	}
	pa = kmap_table_alloc(block, PAGE_LEVEL);
	if (!pa)
		return 0;
	table = kmap_table_va(pa);
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		pte_set(&table[i], pte_page_of_block(value, i));
	pte_publish(); /* before it is linked */
	return pa;
}

static void keep_table(uint64_t pa, uint64_t block_pa)
{
	struct page *p = pa_to_page(pa);

	p->data = block_pa;
	p->next = kept;
	kept = p;
}

int kmap_split(const void *va)
{
	const pte_t *e = block_entry(va);
	struct change c = { .block = block_of(va), .entry = e };
	uint64_t table;
	pte_t old;

	MUTEX_GUARD(&block_lock);
	old = pte_get(e);
	ASSERT_RULE("I13", !pte_pinned(old));
	if (!pte_is_block(old))
		return 0;
	table = table_for(c.block, old);
	if (!table)
		return -ENOMEM;
	c.value = pte_make_table(table);
	if (change(&c)) {
		keep_table(table, pte_pa(old));
		return c.error;
	}
	count(KMAP_SPLIT);
	return 0;
}

int kmap_merge(const void *va)
{
	const pte_t *e = block_entry(va);
	struct change c = { .block = block_of(va), .entry = e };
	pte_t old;

	MUTEX_GUARD(&block_lock);
	old = pte_get(e);
	ASSERT_RULE("I13", !pte_pinned(old));
	if (pte_is_block(old))
		return 0;
	c.table = kmap_table_va(pte_pa(old));
	if (!can_merge(c.table))
		return -EBUSY;
	c.value = pte_block_of_page(pte_get(&c.table[0]));
	if (change(&c))
		return c.error;
	keep_table(pte_pa(old), pte_pa(c.value));
	count(KMAP_MERGE);
	return 0;
}

/* ---- checking builds: free frames are unmapped ---- */

#if CURFEW_CHECK
/* The entry of a frame's page. */
static const pte_t *frame_entry(const void *va)
{
	const pte_t *e = block_entry(va);

	ASSERT_RULE("I13", !pte_is_block(pte_get(e)));
	return &kmap_table_va(pte_pa(pte_get(e)))[pt_index((uint64_t)va, PAGE_LEVEL)];
}

/*
 * n frames from va on, or everything if n is 0; with interrupts masked.  Not counted in tlbi.*: what a fork or an exit costs in TLBIs is the
 * same number in all builds; and muted to the model, lest these barriers make good for some that others forgot.
 */
static void flush_frames(uint64_t va, uint64_t n, bool local)
{
	uint64_t flags = irq_save();

	check_mute(true);
	if (n == 0 || n > FLUSH_PAGES_MAX)
		tlb_all_broadcast();
	else if (local)
		tlb_leaf_local(tlb_operand(va, 0), n, 1);
	else
		tlb_leaf_broadcast(tlb_operand(va, 0), n, 1);
	check_mute(false);
	irq_restore(flags);
}

void kmap_frames_off(const struct page *first, unsigned order, bool local)
{
	const char *va = page_to_va(first);
	uint64_t n = 1ul << order;

	for (uint64_t i = 0; i < n; i++) {
		const pte_t *e = frame_entry(va + i * PAGE_SIZE);

		if (!pte_valid(pte_get(e)))
			panic("frame %lx is freed, and was free already", page_to_pa(first) + i * PAGE_SIZE);
		pte_set(e, 0);
	}
	flush_frames((uint64_t)va, n, local);
}

void kmap_frames_settle(void)
{
	if (cpus_online > 1)
		flush_frames(0, 0, false);
}

void kmap_frames_on(const struct page *first, unsigned order)
{
	const char *va = page_to_va(first);
	uint64_t flags;

	for (uint64_t i = 0; i < 1ul << order; i++) {
		const pte_t *e = frame_entry(va + i * PAGE_SIZE);

		if (pte_valid(pte_get(e)))
			panic("frame %lx is allocated, and was not free", page_to_pa(first) + i * PAGE_SIZE);
		pte_set(e, pte_make_kernel(page_to_pa(first) + i * PAGE_SIZE, true));
	}
	flags = irq_save();
	check_mute(true); /* as in flush_frames() */
	pte_publish(); /* T1 */
	check_mute(false);
	irq_restore(flags);
}

bool kmap_is_off(uint64_t va)
{
	const pte_t *e = find_entry((const void *)va);

	return e && !pte_is_block(pte_get(e)) && !pte_valid(pte_get(frame_entry((const void *)va))) &&
	       (va_to_pa((const void *)va) >> PAGE_SHIFT) - page_first_frame < page_frames;
}

void kmap_block_whole(uint64_t pa)
{
	if (!kmap_pinned(pa_to_va(pa)))
		kmap_merge(pa_to_va(pa)); /* -EBUSY: they stay pages */
}

void kmap_block_split(uint64_t pa)
{
	int error = kmap_pinned(pa_to_va(pa)) ? 0 : kmap_split(pa_to_va(pa));

	ASSERT(!error); /* its table was kept, and there is no page table among frames that one user has mapped */
}
#endif
