/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker's CPUs: what TTBR0 holds, and what barriers and TLBIs are credited with (I8).
 *
 * A TLBI is credited to an unclean entry if a DSB made the entry's store seen before it (T6), if its operand covers it (T7), and
 * for those CPUs that it reaches (T8); and only when the DSB after it is executed on the same CPU (T6).  Until then the entry only
 * notes who gave the TLBI.
 *
 * An ASID is cleaned on a CPU by a credited TLBI of the ASID, or of everything, that came while the CPU did not have it loaded:
 * else the next walk may fill the TLB again.
 */
#include "mm/check_model.h"
#include "kernel/thread.h"

struct cpu_model model_cpu[MODEL_CPUS];

uint16_t model_loaded(uint64_t root_pa)
{
	uint16_t cpus = 0;

	for_each_cpu(i)
		if (pte_pa(model_cpu[i].ttbr) == root_pa || pte_pa(model_cpu[i].before) == root_pa)
			cpus |= 1u << i;
	return cpus;
}

/* CPUs that have this ASID loaded, or had before an ISB. */
static uint16_t loaded_asid(uint64_t asid)
{
	uint16_t cpus = 0;

	for_each_cpu(i)
		if (model_cpu[i].ttbr >> 48 == asid || model_cpu[i].before >> 48 == asid)
			cpus |= 1u << i;
	return cpus;
}

uint16_t model_holders(const struct pmap *p)
{
	uint64_t asid = asid_number(p);

	return asid && model_asid[asid].owner == p ? model_asid[asid].dirty : 0;
}

/* --- TTBR0 --- */

static void check_loaded_value(uint64_t value)
{
	uint64_t root = pte_pa(value), asid = value >> 48;
	struct table_shadow *t;
	struct page *page;

	if (root == zero_table_pa) {
		if (asid)
			model_broken("I1", 0, "the zero table is loaded with ASID %lu", asid);
		return;
	}
	if (asid == 0)
		model_broken("I1", 0, "the root %lx is loaded with ASID 0", root);
	page = model_page(root);
	t = page ? (struct table_shadow *)page->data : NULL;
	if (!page || page->kind != PAGE_TABLE || !t || !t->owner || t->owner->root_pa != root)
		model_broken("I2", 0, "TTBR0 gets %lx, which is no root", value);
	if (t->owner->state == PMAP_DEAD)
		model_broken("I2", 0, "TTBR0 gets the root %lx of a dead page map", root);
	if (model_asid[asid].owner != t->owner)
		model_broken("I2", 0, "the root %lx is loaded with ASID %lu, which is not its own", root, asid);
}

/* Before the write: from here on walks may use it. */
void check_ttbr0(uint64_t value, uint64_t unused)
{
	unsigned self = model_self();
	uint64_t flags, asid = value >> 48;
	struct asid_model *a = &model_asid[asid];

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_TTBR0, value, 0);
	check_loaded_value(value);
	model_cpu[self].ttbr = value; /* `before` stays until the ISB */
	if (asid) {
		a->dirty |= 1u << self;
		a->loaded = model_now;
		for_each_cpu(i)
			if (model_cpu[i].pending_asid == asid)
				model_cpu[i].pending_mask &= ~(1u << self);
	}
	tlb_speculate();
	model_unlock(flags);
}

void check_isb(uint64_t unused, uint64_t unused2)
{
	struct cpu_model *c;
	uint64_t flags;

	if (!check_on || model_cpu[model_self()].mute)
		return;
	flags = model_lock();
	c = &model_cpu[model_self()];
	if (c->before != c->ttbr) {
		model_event(EVENT_ISB, 0, 0);
		tlb_speculate();
		c->before = c->ttbr;
	}
	model_unlock(flags);
}

/* --- TLBI --- */

static bool published(const struct pte_shadow *s, bool broadcast)
{
	if (model_cpu[s->by].ish > s->time)
		return true;
	return !broadcast && s->by == model_self() && model_cpu[s->by].nsh > s->time;
}

static void credit(struct table_shadow *t, unsigned i, uint64_t kind)
{
	struct pte_shadow *s = &t->pte[i];
	uint16_t self = 1u << model_self();

	if (!published(s, kind & CHECK_IS)) {
		s->missed |= MISSED_DSB;
		return;
	}
	if (kind & CHECK_LAST && !pte_is_leaf(s->old, t->level)) {
		s->missed |= MISSED_LEVEL;
		return;
	}
	if (kind & CHECK_IS)
		s->broadcast |= self;
	else
		s->local |= self;
	if (!(kind & CHECK_IS) && s->holders & ~self)
		s->missed |= MISSED_SCOPE;
}

/* User and kernel addresses in the form of an operand: VA[55:12]. */
static uint64_t operand_page(uint64_t va)
{
	return va >> PAGE_SHIFT & 0xffffffffffful;
}

/* The pages [first, last] of table t's entries that a TLBI by address covers. */
static void credit_range(struct table_shadow *t, uint64_t first, uint64_t last, uint64_t kind)
{
	for (unsigned i = t->low; i <= t->high; i++) {
		uint64_t page = operand_page(shadow_va(t, i));
		uint64_t end = page + (1ul << (pt_shift(t->level) - PAGE_SHIFT)) - 1;

		if (t->pte[i].holders && page <= last && end >= first)
			credit(t, i, kind);
	}
}

/* T7 */
static void check_operand(uint64_t operand, uint64_t kind)
{
	if ((kind & 3) == CHECK_VA && operand >> 44 & 15)
		model_broken("I8", 0, "the TLBI operand %lx has a TTL hint (bits 47:44, T7): the address was not masked", operand);
	if ((kind & 3) == CHECK_RANGE && ((operand >> 46 & 3) != 1 || operand >> 37 & 3))
		model_broken("I8", 0, "the range operand %lx has another granule than 4 KiB, or a TTL hint (T7)", operand);
}

static void credit_address(uint64_t operand, uint64_t kind)
{
	uint64_t first, last, asid = operand >> 48;
	struct table_shadow *t;

	if ((kind & 3) == CHECK_RANGE) {
		uint64_t scale = operand >> 44 & 3, num = operand >> 39 & 31;

		first = operand & 0x1ffffffffful;
		if (first >> 36)
			first |= 0xfe000000000ul; /* BaseADDR is signed */
		last = first + ((num + 1) << (5 * scale + 1)) - 1;
	} else {
		first = last = operand & 0xffffffffffful;
	}
	LIST_FOREACH(t, &model_unclean, unclean)
		if (t->owner ? model_asid[asid].owner == t->owner : true)
			credit_range(t, first, last, kind);
}

static void credit_all_of(struct pmap *p, bool everything, uint64_t kind)
{
	struct table_shadow *t;

	LIST_FOREACH(t, &model_unclean, unclean)
		if (everything || t->owner == p)
			for (unsigned i = t->low; i <= t->high; i++)
				if (t->pte[i].holders)
					credit(t, i, kind);
}

/* Before the instruction. */
void check_tlbi(uint64_t operand, uint64_t kind)
{
	uint64_t flags, asid = operand >> 48;
	struct cpu_model *c;
	uint16_t reach;

	if (!check_on)
		return;
	flags = model_lock();
	check_operand(operand, kind);
	if (model_cpu[model_self()].mute) {
		model_unlock(flags);
		return;
	}
	if ((kind & 3) == CHECK_ALL)
		operand = asid = 0;
	model_event(EVENT_TLBI, operand, kind);
	c = &model_cpu[model_self()];
	c->pending++;
	c->pending_time = model_now;
	c->pending_broadcast |= !!(kind & CHECK_IS);
	reach = kind & CHECK_IS ? model_online() : 1u << model_self();
	switch (kind & 3) {
	case CHECK_ALL:
		credit_all_of(NULL, true, kind);
		c->pending_all = true;
		c->pending_mask = reach;
		break;
	case CHECK_ASID:
		if (model_asid[asid].owner) /* else it is for a number that nobody has: the kernel's entries are global */
			credit_all_of(model_asid[asid].owner, false, kind);
		c->pending_asid = asid;
		c->pending_mask = reach & ~loaded_asid(asid);
		break;
	default:
		credit_address(operand, kind);
	}
	tlb_doom(operand, kind);
	tlb_speculate();
	model_unlock(flags);
}

/* --- DSB --- */

static void complete_entries(uint16_t self, bool broadcast)
{
	struct table_shadow *t, *next;

	for (t = LIST_FIRST(&model_unclean); t; t = next) {
		next = LIST_NEXT(t, unclean);
		for (unsigned i = t->low; i <= t->high && t->dirty; i++) {
			struct pte_shadow *s = &t->pte[i];

			if (s->broadcast & self && broadcast)
				s->holders &= ~model_online();
			else if (s->local & self)
				s->holders &= ~self;
			else
				continue;
			if (broadcast)
				s->broadcast &= ~self;
			s->local &= ~self;
			if (!s->holders) {
				s->holders = self; /* for pte_clean(), which counts it out */
				pte_clean(t, i);
			}
		}
	}
}

static void complete_asids(struct cpu_model *c)
{
	if (c->pending_asid)
		model_asid[c->pending_asid].dirty &= ~c->pending_mask;
	if (!c->pending_all)
		return;
	for (uint64_t n = 1; n <= model_highest; n++) {
		struct asid_model *a = &model_asid[n];

		if (!a->dirty || (int32_t)(a->loaded - c->pending_time) >= 0)
			continue;
		a->dirty &= ~(c->pending_mask & ~loaded_asid(n));
		/* Nobody will load it again: what was changed in its tables, made visible or not, matters no more. */
		if (a->state == ASID_PARKED && !a->dirty)
			shadow_forget_all(a->owner);
	}
}

/* After the instruction. */
void check_dsb(uint64_t unused, uint64_t kind)
{
	unsigned self = model_self();
	struct cpu_model *c = &model_cpu[self];
	uint64_t flags;

	if (!check_on || c->mute)
		return;
	flags = model_lock();
	model_event(EVENT_DSB, kind, 0);
	c->nsh = model_now;
	if (kind == CHECK_ISHST || kind == CHECK_ISH)
		c->ish = model_now;
	if (kind == CHECK_ISHST || kind == CHECK_ISH)
		c->unpublished = 0;
	if (kind == CHECK_NSH && c->pending_broadcast) { /* not enough for the other CPUs (T6) */
		complete_entries(1u << self, false);
	} else if (c->pending && (kind == CHECK_NSH || kind == CHECK_ISH)) {
		complete_entries(1u << self, true);
		complete_asids(c);
		tlb_complete();
		c->pending = 0;
		c->pending_all = c->pending_broadcast = false;
		c->pending_asid = 0;
	}
	tlb_speculate();
	model_unlock(flags);
}

/* --- I8, I16: what a thread must not leave behind --- */

static void no_pending(const char *where)
{
	struct cpu_model *c = &model_cpu[model_self()];

	if (c->pending)
		model_broken("I16", c->pending_time, "%s with a TLBI that lacks its DSB (T6)", where);
}

/* T1: of the kernel's entries; who is at EL0 would fault once more, and nobody else. */
static void published_all(const char *where)
{
	struct cpu_model *c = &model_cpu[model_self()];

	if (c->unpublished)
		model_broken("T1", c->unpublished, "%s with a new kernel entry that no DSB has made visible", where);
}

/* Every entry that this thread changed in p within [first, last] is clean; p NULL: in any. */
static void no_debts(struct pmap *p, uint64_t first, uint64_t last, const char *where)
{
	uint32_t self = model_thread();
	struct table_shadow *t;

	LIST_FOREACH(t, &model_unclean, unclean) {
		if (p && t->owner != p)
			continue;
		for (unsigned i = t->low; i <= t->high; i++)
			if (t->pte[i].holders && t->pte[i].who == self && shadow_va(t, i) <= last &&
			    shadow_va(t, i) + (1ul << pt_shift(t->level)) - 1 >= first)
				model_broken_pte("I8", t, i, where);
	}
}

void check_flushed(struct pmap *p, uint64_t first, uint64_t last)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	no_debts(p, first, last, "its flush is over");
	model_unlock(flags);
}

void check_user_return(void)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	no_pending("a return to EL0");
	published_all("a return to EL0");
	no_debts(NULL, 0, UINT64_MAX, "its thread returns to EL0");
	if (pte_pa(model_cpu[model_self()].ttbr) == zero_table_pa)
		model_broken("I2", 0, "a return to EL0 on the zero table");
	tlb_return();
	model_unlock(flags);
}

/* --- switches and stacks --- */

/* The thread has changed an entry, and its flush is still to come. */
static bool owes(uint32_t thread)
{
	struct table_shadow *t;

	LIST_FOREACH(t, &model_unclean, unclean)
		for (unsigned i = t->low; i <= t->high; i++)
			if (t->pte[i].holders && t->pte[i].who == thread)
				return true;
	return false;
}

void check_switch(struct thread *prev, struct thread *next)
{
	struct cpu_model *c = &model_cpu[model_self()];
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_SWITCH, (uint64_t)prev, (uint64_t)next);
	if (owes(thread_name(prev)))
		protocol_entered(WINDOW_FLUSH_PREEMPT);
	c->leaving = c->stack;
	c->stack = next->kstack;
	model_unlock(flags);
}

/* On the new stack, after context_switch()'s DSB. */
void check_switched(void)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	no_pending("a switch of threads");
	model_cpu[model_self()].leaving = 0;
	model_unlock(flags);
}

void check_stack_free(uint64_t stack)
{
	uint64_t flags;

	if (!check_on)
		return;
	flags = model_lock();
	model_event(EVENT_STACK, stack, 0);
	for_each_cpu(i)
		if (model_cpu[i].stack == stack || model_cpu[i].leaving == stack)
			model_broken("E8", 0, "the kernel stack %lx is freed while CPU %u runs on it", stack, i);
	model_unlock(flags);
}

/* What the checking kernel does to free frames is no barrier for the others' mistakes.  Interrupts masked. */
void check_mute(bool mute)
{
	model_cpu[model_self()].mute = mute;
}
