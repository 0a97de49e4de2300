/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker's automaton of table entries: see check_model.h.
 *
 *            0 -> valid                                       nothing is due (T1)
 *   valid A    -> 0, taken                                    unclean: A may be held by all CPUs that ran the space
 *   valid A    -> valid A with fewer rights                   unclean too, without a break (T9)
 *   valid A    -> valid B                                     never (I9), but block <-> table with FEAT_BBM level 2
 *   unclean A  -> valid A                                     clean: nothing has changed
 *   unclean A  -> valid B                                     never (I9): it must be made clean first
 *
 * Unclean entries become clean by TLBIs that count (check_tlbi.c).  Entries of the direct map's last level are left out: what a
 * kernel address there translates to never changes.
 */
#include "mm/check_model.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/kmap_private.h"

extern const pte_t kernel_root[PT_ENTRIES];
extern char __image_start[], __image_end[];

bool check_on;
struct frame_shadow *model_frame;
struct shadow_list model_unclean = LIST_HEAD_INITIALIZER(model_unclean);

#define SOFTWARE 0x0780000000000000ul /* bits 58:55 (D8.3) */
#define RIGHTS (PTE_USER | PTE_RO | PTE_UXN | PTE_AF)

bool pte_is_leaf(pte_t value, unsigned level)
{
	return level == PT_LEVELS - 1 || (value & 3) == PTE_BLOCK;
}

struct page *model_page(uint64_t pa)
{
	uint64_t i = (pa >> PAGE_SHIFT) - page_first_frame;

	return i < page_frames ? &page_array[i] : NULL;
}

static struct page *table_page(const pte_t *e)
{
	uint64_t va = (uint64_t)e & -(uint64_t)PAGE_SIZE;

	if (va >= (uint64_t)__image_start && va < (uint64_t)__image_end)
		return model_page(kmap_image_pa((const void *)va));
	return model_page(va_to_pa((const void *)va));
}

/* NULL: it has none.  A table that is out of use may keep something else in its `data`. */
static struct table_shadow *shadow_of_table(const struct page *page)
{
	struct table_shadow *t = page && page->data >= DMAP_BASE ? (struct table_shadow *)page->data : NULL;

	return t && t->page == page ? t : NULL;
}

struct table_shadow *shadow_of(const pte_t *e)
{
	return shadow_of_table(table_page(e));
}

uint64_t shadow_va(const struct table_shadow *t, unsigned i)
{
	return t->va + ((uint64_t)i << pt_shift(t->level));
}

/* --- frames --- */

static uint64_t entry_frames(pte_t value, unsigned level)
{
	return pte_is_leaf(value, level) && level < PT_LEVELS - 1 ? BLOCK_SIZE / PAGE_SIZE : 1;
}

/* Of the kernel's pages only stacks count: the direct map leads to every frame at all times. */
static bool counted(const struct table_shadow *t, pte_t value)
{
	return t->owner || !pte_is_leaf(value, t->level) || (t->va >= KSTACK_BASE && t->va < DEVICE_BASE);
}

static void count_mapped(const struct table_shadow *t, pte_t value, int n)
{
	unsigned level = t->level;

	if (!counted(t, value))
		return;
	for (uint64_t k = 0; k < entry_frames(value, level); k++) {
		struct page *page = model_page(pte_pa(value) + k * PAGE_SIZE);

		if (page)
			model_frame[page - page_array].mapped += n;
	}
}

static void count_unclean(const struct table_shadow *t, pte_t value, int n)
{
	unsigned level = t->level;

	if (!counted(t, value))
		return;
	for (uint64_t k = 0; k < entry_frames(value, level); k++) {
		struct page *page = model_page(pte_pa(value) + k * PAGE_SIZE);

		if (page)
			model_frame[page - page_array].unclean += n;
	}
}

/* --- unclean and clean; lock held --- */

static void make_unclean(struct table_shadow *t, unsigned i, pte_t old)
{
	struct pte_shadow *s = &t->pte[i];
	uint16_t holders = t->owner ? model_holders(t->owner) : model_online();

	s->time = model_now;
	s->by = model_self();
	s->who = model_thread();
	s->broadcast = s->local = 0;
	if (s->holders) { /* twice in a row: the first value had the most rights, and the later store is to be seen */
		s->holders |= holders;
		return;
	}
	s->missed = 0;
	if (!holders)
		return;
	s->old = old;
	s->holders = holders;
	count_unclean(t, old, 1);
	if (!t->dirty++) {
		LIST_INSERT_HEAD(&model_unclean, t, unclean);
		t->low = t->high = i;
	} else {
		t->low = i < t->low ? i : t->low;
		t->high = i > t->high ? i : t->high;
	}
}

void pte_clean(struct table_shadow *t, unsigned i)
{
	struct pte_shadow *s = &t->pte[i];

	if (!s->holders)
		return;
	s->holders = s->broadcast = s->local = 0;
	count_unclean(t, s->old, -1);
	s->old = 0;
	if (!--t->dirty)
		LIST_REMOVE(t, unclean);
}

void shadow_forget_all(struct pmap *p)
{
	struct table_shadow *t, *next;

	for (t = LIST_FIRST(&model_unclean); t; t = next) {
		next = LIST_NEXT(t, unclean);
		if (t->owner != p)
			continue;
		for (unsigned i = t->low; i <= t->high && t->dirty; i++)
			pte_clean(t, i);
	}
}

/* --- linking and unlinking of tables --- */

static void link_child(pte_t value)
{
	struct table_shadow *child = shadow_of_table(model_page(pte_pa(value)));

	if (child) {
		child->linked = true;
		child->unlinked_by = 0;
	}
}

/* What TLBs hold of the entries below an unlinked table is as unclean as its own entry. */
static void unlink_child(const pte_t *e, struct table_shadow *parent, pte_t value)
{
	struct page *page = model_page(pte_pa(value));
	struct table_shadow *child = shadow_of_table(page);
	const pte_t *table;

	if (!child)
		return;
	child->linked = false;
	child->unlinked_by = model_thread();
	table = page_to_va(page);
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t below = pte_get(&table[i]);

		if (!pte_valid(below))
			continue;
		make_unclean(child, i, below);
		if (!pte_is_leaf(below, child->level))
			unlink_child(&table[i], child, below);
	}
}

/* --- the rules of a store; lock held --- */

/* I11 */
static void check_leaf(const struct table_shadow *t, unsigned i, pte_t value)
{
	struct page *page = model_page(pte_pa(value));

	bool device = t->owner ? !platform_is_ram(pte_pa(value)) : t->va >= DEVICE_BASE && t->va < IMAGE_BASE;

	if (device && platform_is_ram(pte_pa(value)))
		model_broken("I11", 0, "kernel page %lx is device memory, and frame %lx is none: entry %lx", shadow_va(t, i),
			     pte_pa(value), value);
	if ((value & (PTE_ATTR(7) | PTE_SH | PTE_AF)) != (device ? PTE_ATTR(1) | PTE_AF : PTE_SH | PTE_AF))
		model_broken("I11", 0, "page %lx has the wrong memory type, shareability or AF: entry %lx", shadow_va(t, i), value);
	if (!t->owner) {
		if (!(value & PTE_RO) && !(value & PTE_PXN))
			model_broken("I11", 0, "kernel page %lx is writable and executable: entry %lx", shadow_va(t, i), value);
		if (value & (PTE_NG | PTE_USER) || !(value & PTE_UXN))
			model_broken("I11", 0, "kernel page %lx is not global, or EL0 may use it: entry %lx", shadow_va(t, i), value);
		return;
	}
	if (device && pte_executable(value))
		model_broken("I11", 0, "user page %lx is a device's, and executable: entry %lx", shadow_va(t, i), value);
	if (!(value & PTE_NG))
		model_broken("I11", 0, "user page %lx is global (nG is 0): entry %lx", shadow_va(t, i), value);
	if (!pte_user_ok(value))
		model_broken("I11", 0, "user page %lx lacks PXN, or is writable and executable: entry %lx", shadow_va(t, i), value);
	if (page && page->kind == PAGE_TABLE)
		model_broken("I11", 0, "a table page, frame %lx, is mapped for users at %lx", pte_pa(value), shadow_va(t, i));
}

static bool takes_rights(pte_t old, pte_t new)
{
	return (pte_user(old) && !pte_user(new)) || (!(old & PTE_RO) && (new & PTE_RO)) || (~old & new & (PTE_UXN | PTE_PXN));
}

/* T9: rights and software bits alone differ. */
static bool same_but_rights(pte_t a, pte_t b)
{
	return ((a ^ b) & ~(RIGHTS | SOFTWARE)) == 0;
}

/* FEAT_BBM level 2: a block and a table of the same pages may follow each other. */
static bool size_change(const struct table_shadow *t, pte_t old, pte_t new)
{
	bool was = pte_is_leaf(old, t->level), is = pte_is_leaf(new, t->level);
	pte_t block = was ? old : new;
	const pte_t *table = pa_to_va(pte_pa(was ? new : old));

	if (was == is || mmu_bbm_level < 2)
		return false;
	for (unsigned k = 0; k < PT_ENTRIES; k++)
		if (!pte_valid(pte_get(&table[k])) || pte_pa(pte_get(&table[k])) != pte_pa(block) + k * PAGE_SIZE)
			return false;
	return true;
}

static void becomes_valid(struct table_shadow *t, unsigned i, pte_t value)
{
	struct pte_shadow *s = &t->pte[i];

	if (t->owner && t->owner->state == PMAP_DEAD)
		model_broken("I5", 0, "a dead page map gets the entry %lx for %lx", value, shadow_va(t, i));
	if (!s->holders)
		return;
	if (same_but_rights(s->old, value)) {
		if (!takes_rights(s->old, value))
			pte_clean(t, i);
		return;
	}
	if (!size_change(t, s->old, value))
		model_broken_pte("I9", t, i, "a new entry is made before the old one is clean (break-before-make)");
}

/* e goes from old to value. */
static void step(const pte_t *e, struct table_shadow *t, pte_t old, pte_t value)
{
	unsigned i = ((uint64_t)e & (PAGE_SIZE - 1)) / sizeof(*e);
	struct pte_shadow *s = &t->pte[i];

	model_event_asid = t->owner ? asid_number(t->owner) : 0;
	model_event(EVENT_PTE, shadow_va(t, i) | t->level, value);
	if (t->owner)
		tlb_touched(shadow_va(t, i));
	if (old == PTE_LOCKED && s->who != model_thread())
		model_broken("I14", s->time, "the entry for %lx, taken by another thread, is changed to %lx", shadow_va(t, i), value);
	if (pte_valid(value) && pte_is_leaf(value, t->level))
		check_leaf(t, i, value);
	if (value == 0 && t->owner && t->owner->state == PMAP_DEAD) { /* nobody's any more, and owed no flush (I5) */
		if (pte_valid(old))
			count_mapped(t, old, -1);
		return;
	}
	if (pte_valid(old) && pte_valid(value)) {
		if (same_but_rights(old, value)) {
			if (takes_rights(old, value))
				make_unclean(t, i, old);
			else if (t->owner && t->owner->state == PMAP_DEAD)
				model_broken("I5", 0, "an entry of a dead page map is changed to %lx", value);
			return;
		}
		if (!size_change(t, old, value))
			model_broken("I9", s->time, "the valid entry %lx for %lx becomes %lx without a break", old, shadow_va(t, i), value);
	}
	if (pte_valid(old)) {
		count_mapped(t, old, -1);
		make_unclean(t, i, old);
		if (!pte_is_leaf(old, t->level))
			unlink_child(e, t, old);
	} else if (!s->holders) {
		if (!t->owner && pte_valid(value))
			model_cpu[model_self()].unpublished = model_now;
		s->who = model_thread();
		s->by = model_self();
		s->time = model_now;
	}
	if (pte_valid(value)) {
		if (!pte_valid(old))
			becomes_valid(t, i, value);
		count_mapped(t, value, 1);
		if (!pte_is_leaf(value, t->level))
			link_child(value);
	}
}

void check_pte_set(const uint64_t *e, uint64_t value)
{
	struct table_shadow *t;
	uint64_t flags;

	if (!check_on || !(t = shadow_of(e))) {
		__atomic_store_n((uint64_t *)e, value, __ATOMIC_RELEASE);
		return;
	}
	flags = model_lock();
	step(e, t, pte_get(e), value);
	__atomic_store_n((uint64_t *)e, value, __ATOMIC_RELEASE);
	model_unlock(flags);
}

bool check_pte_cas(const uint64_t *e, uint64_t old, uint64_t value)
{
	struct table_shadow *t;
	uint64_t flags;
	bool done;

	if (!check_on || !(t = shadow_of(e)))
		return __atomic_compare_exchange_n((uint64_t *)e, &old, value, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	flags = model_lock();
	if (old == PTE_LOCKED)
		model_broken("I14", 0, "a taken entry is changed by compare-and-swap, not released by a store");
	done = pte_get(e) == old;
	if (done) {
		step(e, t, old, value);
		__atomic_store_n((uint64_t *)e, value, __ATOMIC_SEQ_CST);
	}
	model_unlock(flags);
	return done;
}

/* --- tables --- */

static struct shadow_list pool = LIST_HEAD_INITIALIZER(pool); /* lock */

static struct table_shadow *shadow_alloc(void)
{
	uint64_t flags = model_lock();
	struct table_shadow *t = LIST_FIRST(&pool);
	struct page *pages;

	if (t)
		LIST_REMOVE(t, unclean);
	model_unlock(flags);
	if (!t) {
		pages = page_alloc_order(2);
		t = pages ? page_to_va(pages) : NULL;
	}
	if (t)
		memset(t, 0, sizeof(*t));
	return t;
}

/* Gives back what is only kept for speed. */
void check_trim(void)
{
	struct table_shadow *t;

	for (;;) {
		uint64_t flags = model_lock();

		t = LIST_FIRST(&pool);
		if (t)
			LIST_REMOVE(t, unclean);
		model_unlock(flags);
		if (!t)
			return;
		page_free_order(va_to_page(t), 2);
	}
}

bool check_table_alloc(struct page *table, struct pmap *owner)
{
	struct table_shadow *t;
	uint64_t flags;

	table->data = 0;
	if (!check_on)
		return true;
	t = shadow_alloc();
	if (!t)
		return false;
	t->owner = owner;
	t->page = table;
	flags = model_lock();
	table->data = (uint64_t)t;
	model_event(EVENT_TABLE, page_to_pa(table), 1);
	model_unlock(flags);
	return true;
}

static void shadow_free(struct page *table, struct table_shadow *t)
{
	table->data = 0;
	t->page = NULL;
	LIST_INSERT_HEAD(&pool, t, unclean);
}

void check_table_place(struct page *table, uint64_t va, unsigned level)
{
	struct table_shadow *t = shadow_of_table(table);
	uint64_t flags;

	if (!check_on || !t)
		return;
	flags = model_lock();
	t->level = level;
	t->va = va & ~((1ul << (pt_shift(level) + 9)) - 1);
	if (va >= DMAP_BASE && va < DMAP_BASE + DMAP_SIZE && level == PT_LEVELS - 1)
		shadow_free(table, t); /* see the top */
	model_unlock(flags);
}

void check_table_enter(const uint64_t *table)
{
	struct page *page = table_page(table);
	struct table_shadow *t;
	uint64_t flags;

	if (!check_on || !page)
		return;
	flags = model_lock();
	t = shadow_of_table(page);
	if (page->kind != PAGE_TABLE)
		model_broken("I14", 0, "a walker enters frame %lx, which is no table (any more)", page_to_pa(page));
	if (t && !t->linked && t->unlinked_by == model_thread())
		model_broken("I14", 0, "a walker enters the table for %lx, which it has unlinked itself", t->va);
	model_unlock(flags);
}

void check_table_free(struct page *table)
{
	struct table_shadow *t = shadow_of_table(table);
	struct frame_shadow *frame = &model_frame[table - page_array];
	uint64_t flags, pa = page_to_pa(table);
	const pte_t *e = page_to_va(table);
	uint16_t cpus;

	if (!check_on || !t)
		return;
	flags = model_lock();
	model_event(EVENT_TABLE, pa, 3);
	cpus = model_loaded(pa);
	if (cpus)
		model_broken("I3", 0, "the root %lx is freed while TTBR0 of CPU %d names it", pa, __builtin_ctz(cpus));
	if (frame->mapped)
		model_broken("I10", 0, "the table for %lx is freed while an entry leads to it", t->va);
	if (frame->unclean)
		model_broken("I10", 0, "the table for %lx is freed while TLBs may hold an entry that leads to it", t->va);
	for (unsigned i = t->low; t->dirty && i <= t->high; i++)
		if (t->pte[i].holders)
			model_broken_pte("I10", t, i, "the table is freed, and this entry of it is not clean");
	/* An unlinked table's valid entries are clean by now.  Its page map may be gone, and must not be looked at. */
	if (!t->owner || !t->linked || t->owner->state != PMAP_DEAD)
		for (unsigned i = 0; i < PT_ENTRIES; i++)
			if (pte_valid(pte_get(&e[i])))
				count_mapped(t, pte_get(&e[i]), -1);
	shadow_free(table, t);
	model_unlock(flags);
}

/* Purge: an entry of a dead page map. */
void check_pte_forget(const uint64_t *e)
{
	struct table_shadow *t;
	uint64_t flags;
	unsigned i;

	if (!check_on || !(t = shadow_of(e)))
		return;
	flags = model_lock();
	i = ((uint64_t)e & (PAGE_SIZE - 1)) / sizeof(*e);
	model_event_asid = asid_number(t->owner);
	model_event(EVENT_FORGET, shadow_va(t, i) | t->level, 0);
	if (t->owner->state != PMAP_DEAD)
		model_broken("I4", 0, "the entry for %lx is purged before the page map is dead", shadow_va(t, i));
	if (pte_valid(pte_get(e)))
		count_mapped(t, pte_get(e), -1);
	model_unlock(flags);
}

/* --- beginning --- */

/*
 * The checker's own memory: a few blocks that are marked (I13), because its hooks run while a kernel block is broken.  Table shadows
 * of page maps come from the allocator; those of the kernel's tables from here.
 */
static char *arena;
static uint64_t arena_left;

void *check_memory(uint64_t size)
{
	void *m = arena;

	size = (size + 63) & -64ul;
	if (size > arena_left)
		return NULL;
	arena += size;
	arena_left -= size;
	return m;
}

static bool adopt(const pte_t *table, unsigned level, uint64_t va)
{
	struct page *page = table_page(table);
	struct table_shadow *t;

	if (!page || (va >= DMAP_BASE && va < DMAP_BASE + DMAP_SIZE && level == PT_LEVELS - 1)) {
		static struct table_shadow head; /* only for check_leaf() */

		head.va = va;
		head.level = level;
		for (unsigned i = 0; page && i < PT_ENTRIES; i++)
			if (pte_valid(pte_get(&table[i])))
				check_leaf(&head, i, pte_get(&table[i]));
		return true;
	}
	t = check_memory(sizeof(*t));
	if (!t)
		return false;
	*t = (struct table_shadow){ .page = page, .va = va, .level = level, .linked = true };
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t e = pte_get(&table[i]);
		uint64_t below = va + ((uint64_t)i << pt_shift(level));

		if (!pte_valid(e))
			continue;
		count_mapped(t, e, 1);
		if (pte_is_leaf(e, level))
			check_leaf(t, i, e);
		if (!pte_is_leaf(e, level) && !adopt(kmap_table_va(pte_pa(e)), level + 1, below))
			return false;
	}
	page->data = (uint64_t)t;
	return true;
}

static char *take_blocks(unsigned order)
{
	struct page *pages = page_alloc_order(order);

	if (!pages)
		panic("no memory for the checker");
	memset(page_to_va(pages), 0, (uint64_t)PAGE_SIZE << order);
	kmap_pin(page_to_va(pages), (uint64_t)PAGE_SIZE << order);
	return page_to_va(pages);
}

void check_boot(void)
{
	unsigned order = BLOCK_SHIFT - PAGE_SHIFT;

	while ((uint64_t)PAGE_SIZE << order < page_frames * sizeof(*model_frame))
		order++;
	model_frame = (struct frame_shadow *)take_blocks(order);
	arena = take_blocks(BLOCK_SHIFT - PAGE_SHIFT);
	arena_left = BLOCK_SIZE;
	model_asid = check_memory(sizeof(*model_asid) << asid_bits());
	for_each_cpu(i) {
		model_cpu[i].ttbr = model_cpu[i].before = zero_table_pa;
		model_cpu[i].stack = percpu_all[i]->rq.running->kstack;
	}
	if (!model_asid || !report_boot() || !adopt(kernel_root, 0, -(1ul << VA_BITS)))
		panic("the checker needs more than a block of memory");
	tlb_boot();
	kprintf("the checker watches %u CPUs, %lu frames; %zu bytes for a table\n", cpus_online, page_frames,
		sizeof(struct table_shadow));
	__atomic_store_n(&check_on, true, __ATOMIC_SEQ_CST);
}
