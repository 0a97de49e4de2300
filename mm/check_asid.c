/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker's view of page maps, ASIDs and frames: who may be born, and who may go.
 *
 *   FREE -> LIVE      check_asid_take(): no TLB holds anything of it, no CPU has it loaded
 *   LIVE -> PARKED    check_pmap_kill(): no CPU has the root loaded (I3)
 *   PARKED -> FLUSHED the same, if no TLB holds anything of it; else RETIRED, where the policy allows that
 *   FLUSHED -> FREE   check_asid_give(); all that a rollover does not keep, by its flush
 */
#include "mm/check_model.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/teardown.h"
#include "mm/vmspace.h"

struct asid_model *model_asid;
static unsigned purging; /* page maps between the beginning of E4 and the end of E6 */
uint64_t model_highest;

void check_pmap_init(struct pmap *p)
{
	uint64_t flags;
	struct page *root;

	if (!check_on)
		return;
	root = model_page(p->root_pa);
	check_table_place(root, 0, 0);
	flags = model_lock();
	((struct table_shadow *)root->data)->linked = true;
	model_unlock(flags);
}

void check_asid_take(uint64_t number, struct pmap *p)
{
	struct asid_model *a = &model_asid[number];
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_ASID, number, 1);
	if (number == 0)
		model_broken("I1", 0, "ASID 0 is given to a page map");
	if (a->owner != p || a->state != ASID_LIVE) {
		for_each_cpu(i)
			if (model_cpu[i].ttbr >> 48 == number || model_cpu[i].before >> 48 == number)
				model_broken("I7", a->loaded, "ASID %lu is given out while CPU %u has it loaded for another", number, i);
		if (a->dirty)
			model_broken("I7", a->loaded, "ASID %lu is given out unflushed: the TLB of CPU %d may hold entries of its last owner",
				     number, __builtin_ctz(a->dirty));
	}
	a->owner = p;
	a->state = ASID_LIVE;
	if (number > model_highest)
		model_highest = number;
	model_unlock(flags);
}

void check_asid_give(uint64_t number, struct pmap *p)
{
	struct asid_model *a = &model_asid[number];
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_ASID, number, 0);
	if (a->owner == p) {
		if (a->state == ASID_LIVE)
			model_broken("I7", 0, "ASID %lu is free again, but its page map was not ended", number);
		if (a->dirty && teardown->flushes_at_exit)
			model_broken("I7", a->loaded, "ASID %lu is free again before it is flushed", number);
		a->state = ASID_FREE;
		a->owner = NULL;
	}
	model_unlock(flags);
}

/* All was taken out entry by entry, and each is clean: no TLB holds anything. */
static bool is_clean(const struct pmap *p)
{
	struct table_shadow *t;

	if (p->resident || p->tables > 1)
		return false;
	LIST_FOREACH(t, &model_unclean, unclean)
		if (t->owner == p)
			return false;
	return true;
}

/* Lock held. */
static void parked(struct pmap *p)
{
	uint16_t cpus = model_loaded(p->root_pa);
	unsigned cpu = __builtin_ctz(cpus | 1u << 31);

	if (cpus)
		model_broken("I3", 0, "a page map is ended while TTBR0 of CPU %u names its root%s", cpu,
			     pte_pa(model_cpu[cpu].ttbr) == p->root_pa ? "" : " (it was rewritten, but no ISB came: T5)");
}

void check_pmap_parked(struct pmap *p)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	parked(p);
	purging++;
	if (asid_number(p) && model_asid[asid_number(p)].owner == p)
		model_asid[asid_number(p)].state = ASID_PARKED;
	model_unlock(flags);
}

/* E4 is over. */
void check_pmap_kill(struct pmap *p)
{
	uint64_t flags, asid = asid_number(p);
	struct asid_model *a = &model_asid[asid];

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_KILL, (uint64_t)p, asid);
	parked(p);
	if (asid && a->owner == p) {
		if (is_clean(p))
			a->dirty = 0;
		if (a->dirty && teardown->flushes_at_exit)
			model_broken("I4", a->loaded, "the flush of E4 is over, and the TLB of CPU %d may still hold entries of ASID %lu",
				     __builtin_ctz(a->dirty), asid);
		a->state = a->dirty ? ASID_RETIRED : ASID_FLUSHED;
	}
	shadow_forget_all(p);
	model_unlock(flags);
}

void check_pmap_gone(struct pmap *p)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_GONE, (uint64_t)p, 0);
	purging--;
	model_unlock(flags);
}

bool check_purging(void)
{
	return __atomic_load_n(&purging, __ATOMIC_RELAXED);
}

/* --- frames --- */

void check_page_free(struct page *page)
{
	struct frame_shadow *f = &model_frame[page - page_array];
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_FREE, page_to_pa(page), 0);
	if (!(f->mapped | f->unclean)) {
		tlb_frame_free(page_to_pa(page));
		model_unlock(flags);
		return;
	}
	if (f->mapped)
		model_broken("I10", 0, "frame %lx is freed while %u entries lead to it", page_to_pa(page), f->mapped);
	for (struct table_shadow *t = LIST_FIRST(&model_unclean); t; t = LIST_NEXT(t, unclean))
		for (unsigned i = t->low; i <= t->high; i++)
			if (t->pte[i].holders && pte_pa(t->pte[i].old) == page_to_pa(page))
				model_broken_pte("I10", t, i, "the frame that it led to is freed");
	if (f->unclean)
		model_broken("I10", 0, "frame %lx is freed while TLBs may hold a block that contains it", page_to_pa(page));
	model_unlock(flags);
}

/* --- users of user memory (I6) --- */

void check_user_copy(uint64_t va, uint64_t n, bool write)
{
	struct thread *t = current();
	uint64_t flags;

	if (!check_on || !t->process)
		return;
	flags = model_lock();
	model_event(EVENT_COPY, va, n);
	if (!t->vmspace)
		model_broken("I6", 0, "user memory at %lx is accessed by a thread that has left its address space", va);
	if (t->vmspace->pmap.state == PMAP_DEAD)
		model_broken("I6", 0, "user memory at %lx is accessed through a dead page map", va);
	if (pte_pa(model_cpu[model_self()].ttbr) != t->vmspace->pmap.root_pa)
		model_broken("I2", 0, "user memory at %lx is accessed, but TTBR0 is another's", va);
	tlb_use(va, n, write);
	model_unlock(flags);
}
