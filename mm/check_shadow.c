/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An adversarial TLB.  It does all that the architecture allows and QEMU's TLB never does: it walks speculatively, keeps entries of ASIDs
 * that are not loaded, and gives none back until a TLBI that counts.
 *
 * Each CPU has a few entries.  At every step of the model the CPU may walk from what its TTBR0 holds (or held, before an ISB) to an
 * address that was changed lately, as its own generator says, and keep what it finds.  A TLBI marks those that it covers; the DSB takes them out.  Then
 * an access to user memory, the free of a frame and some returns to EL0 look entries up: one that differs from the tables, and
 * whose change nobody is about to flush, should have gone.
 */
#include "mm/check_model.h"
#include "boot/platform.h"

#define WAYS   24
#define RECENT 16

struct tlb_entry {
	uint64_t va, value;
	const pte_t *e;       /* where it was read */
	struct pmap *owner;
	uint16_t asid;
	uint16_t doomed;      /* CPUs that gave a TLBI for it and no DSB yet */
	uint8_t level;
	bool valid;
};

static struct tlb_entry tlb[MODEL_CPUS][WAYS];
static uint64_t recent[RECENT]; /* user addresses whose entries were changed */
static unsigned recent_next;
static uint64_t random[MODEL_CPUS];

static uint64_t draw(void)
{
	uint64_t *s = &random[model_self()];

	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s >> 8;
}

void tlb_boot(void)
{
	char text[16];
	uint64_t seed = 1;

	if (bootarg("seed", text, sizeof(text)))
		for (const char *s = text; *s >= '0' && *s <= '9'; s++)
			seed = seed * 10 + (*s - '0');
	for (unsigned i = 0; i < MODEL_CPUS; i++)
		random[i] = (seed + i + 1) * 0x9e3779b97f4a7c15ull;
}

void tlb_touched(uint64_t va)
{
	recent[recent_next++ % RECENT] = va;
}

/* --- walks --- */

/* The leaf that a walk from root finds for va now; NULL: it faults.  Reads only what are tables. */
static const pte_t *walk(uint64_t root, uint64_t va, unsigned *level)
{
	for (*level = 0;; ++*level) {
		struct page *page = model_page(root);
		const pte_t *e;

		if (!page || page->kind != PAGE_TABLE)
			return NULL;
		e = (const pte_t *)page_to_va(page) + pt_index(va, *level);
		if (!pte_valid(pte_get(e)))
			return NULL;
		if (pte_is_leaf(pte_get(e), *level))
			return e;
		root = pte_pa(pte_get(e));
	}
}

static void fill(uint64_t ttbr, uint64_t va)
{
	unsigned self = model_self(), level;
	struct tlb_entry *t;
	const pte_t *e;

	if (pte_pa(ttbr) == zero_table_pa)
		return;
	e = walk(pte_pa(ttbr), va, &level);
	if (!e)
		return;
	va &= -(1ul << pt_shift(level));
	for (t = tlb[self]; t < tlb[self] + WAYS; t++)
		if (t->valid && t->va == va && t->asid == ttbr >> 48)
			break;
	if (t == tlb[self] + WAYS)
		t = &tlb[self][draw() % WAYS];
	else if (t->value != pte_get(e) && !t->doomed)
		return; /* it hits, and is kept as it is */
	*t = (struct tlb_entry){ .va = va, .value = pte_get(e), .e = e, .owner = shadow_of(e) ? shadow_of(e)->owner : NULL,
				 .asid = ttbr >> 48, .level = level, .valid = true };
}

void tlb_speculate(void)
{
	const struct cpu_model *c = &model_cpu[model_self()];
	uint64_t r = draw();

	if (r & 3)
		return;
	fill(r & 4 ? c->ttbr : c->before, recent[(r >> 3) % RECENT]);
}

/* --- TLBIs --- */

static bool covered(const struct tlb_entry *t, uint64_t operand, uint64_t kind)
{
	uint64_t page = t->va >> PAGE_SHIFT, pages = 1ul << (pt_shift(t->level) - PAGE_SHIFT), first, last;

	if ((kind & 3) == CHECK_ALL)
		return true;
	if (operand >> 48 != t->asid)
		return false;
	if ((kind & 3) == CHECK_ASID)
		return true;
	if ((kind & 3) == CHECK_VA) {
		first = last = operand & 0xffffffffffful;
	} else {
		first = operand & 0x1ffffffffful;
		last = first + (((operand >> 39 & 31) + 1) << (5 * (operand >> 44 & 3) + 1)) - 1;
	}
	return page <= last && page + pages - 1 >= first;
}

/* A walk after the TLBI would still find what was there before: the store was not made visible (T6). */
static bool unseen(const struct tlb_entry *t)
{
	struct table_shadow *s = shadow_of(t->e);
	const struct pte_shadow *p;

	if (!s || s->owner != t->owner)
		return false;
	p = &s->pte[((uint64_t)t->e & (PAGE_SIZE - 1)) / sizeof(*t->e)];
	return p->holders && p->missed & MISSED_DSB && !(p->broadcast | p->local);
}

void tlb_doom(uint64_t operand, uint64_t kind)
{
	uint16_t self = 1u << model_self();

	for_each_cpu(i) {
		if (!(kind & CHECK_IS) && i != model_self())
			continue;
		for (struct tlb_entry *t = tlb[i]; t < tlb[i] + WAYS; t++)
			if (t->valid && covered(t, operand, kind) && !unseen(t))
				t->doomed |= self;
	}
}

void tlb_complete(void)
{
	uint16_t self = 1u << model_self();

	for_each_cpu(i)
		for (struct tlb_entry *t = tlb[i]; t < tlb[i] + WAYS; t++)
			if (t->doomed & self)
				t->valid = false, t->doomed = 0;
}

/* --- looking up --- */

/* Somebody has changed the entry and owes its flush still: a hit is nobody's mistake yet. */
static bool in_flight(const struct tlb_entry *t)
{
	struct table_shadow *s;

	if (t->doomed)
		return true;
	LIST_FOREACH(s, &model_unclean, unclean)
		if (s->owner == t->owner)
			for (unsigned i = s->low; i <= s->high; i++)
				if (s->pte[i].holders && shadow_va(s, i) <= t->va &&
				    t->va <= shadow_va(s, i) + (1ul << pt_shift(s->level)) - 1)
					return true;
	return false;
}

/* What it says is more than, or other than, what the tables of `root` say. */
static bool stale(const struct tlb_entry *t, uint64_t root)
{
	unsigned level;
	const pte_t *e = walk(root, t->va, &level);
	pte_t now = e ? pte_get(e) : 0;

	if (!e || pte_pa(now) + (t->va & ((1ul << pt_shift(level)) - 1)) != pte_pa(t->value))
		return true;
	return (pte_user(t->value) && !pte_user(now)) || (pte_writable(t->value) && !pte_writable(now)) ||
	       (pte_executable(t->value) && !pte_executable(now));
}

static void check_hit(const struct tlb_entry *t, const char *what)
{
	uint64_t ttbr = model_cpu[model_self()].ttbr;

	if (t->valid && t->asid == ttbr >> 48 && stale(t, pte_pa(ttbr)) && !in_flight(t))
		model_broken("I8", 0, "%s at %lx hits a stale TLB entry of ASID %u: %lx, read from %p of %s", what, t->va, t->asid, t->value,
			     (const void *)t->e, t->owner && t->owner->root_pa == pte_pa(ttbr)
			     ? "the same page map: its flush is missing" : "another page map: the ASID was reused without a flush");
}

void tlb_use(uint64_t va, uint64_t n, bool write)
{
	unsigned self = model_self();
	uint64_t last = va + (n ? n - 1 : 0);

	for (struct tlb_entry *t = tlb[self]; t < tlb[self] + WAYS; t++)
		if (t->valid && t->va <= last && t->va + (1ul << pt_shift(t->level)) - 1 >= va)
			check_hit(t, write ? "a write to user memory" : "a read of user memory");
	if (va < USER_TOP)
		fill(model_cpu[self].ttbr, va);
}

void tlb_return(void)
{
	unsigned self = model_self();

	if (draw() & 7)
		return;
	for (struct tlb_entry *t = tlb[self]; t < tlb[self] + WAYS; t++)
		check_hit(t, "a return to EL0");
}

void tlb_frame_free(uint64_t pa)
{
	for_each_cpu(i)
		for (struct tlb_entry *t = tlb[i]; t < tlb[i] + WAYS; t++) {
			const struct asid_model *a = &model_asid[t->asid];

			if (t->valid && !t->doomed && pa - pte_pa(t->value) < 1ul << pt_shift(t->level) && a->owner == t->owner &&
			    a->state == ASID_LIVE)
				model_broken("I10", 0, "frame %lx is freed, and the TLB of CPU %u holds it at %lx, ASID %u", pa, i, t->va, t->asid);
		}
}
