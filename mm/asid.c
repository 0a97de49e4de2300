/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASIDs: see asid.h.
 *
 * The race that matters is a switch against a rollover.  The switch publishes incoming_pmap, then reads the generation; the
 * rollover writes the generation, then reads every CPU's incoming_pmap and active_pmap; both with a full barrier in between.
 * So either the switch sees the new generation, and comes here for the lock, or the rollover sees the pmap, and keeps its
 * number (I7: rollover keeps every ASID that is loaded, or about to be, on any CPU).
 *
 * A pmap that a rollover sees cannot be freed under it: freeing takes asid_lock in asid_free() or asid_retire() first.
 *
 * A number that is free or retired is loaded nowhere: its page map was parked by all CPUs before it gave the number up (I3), and none can
 * load it before allocate() has given it out, under the lock that a rollover holds until its flush is over.  That is why a policy
 * may leave its flush to either of the two.
 */
#include "arch/arm64/mmu.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/string.h"
#include "mm/asid.h"
#include "mm/check.h"
#include "mm/pmap.h"
#include "mm/teardown.h"

#define NUMBER_BITS ASID_NUMBER_BITS
#define NUMBER_MASK ASID_NUMBER_MASK
#define FIRST_GENERATION (1ull << NUMBER_BITS)

struct asid_generation asid_generation = { FIRST_GENERATION };

static struct spinlock asid_lock;
static uint64_t map[(1 << NUMBER_BITS) / 64];  /* asid_lock: bit n: number n is used in this generation */
static unsigned numbers;                       /* constant after boot: 2^bits */
static unsigned cursor = 1;                    /* asid_lock: where to look first */
static unsigned used;                          /* asid_lock: bits set in map, 0 not counted */
static unsigned retired;                       /* asid_lock: of these, whose page maps are gone */

/* At least one number more than CPUs: each may have one loaded, and one must be left to give. */
void asid_init(unsigned bits, unsigned cpus)
{
	unsigned hardware = mmu_asid_bits(), wanted = bits;

	if (!bits || bits > hardware)
		bits = hardware;
	while (1u << bits < cpus + 2)
		bits++;
	if (wanted && wanted != bits)
		kprintf("asid_bits=%u cannot be had with %u CPUs: using %u\n", wanted, cpus, bits);
	numbers = 1u << bits;
	map[0] = 1; /* I1: ASID 0 belongs to the zero table */
}

unsigned asid_bits(void)
{
	return __builtin_ctz(numbers);
}

uint64_t asid_live_count(void)
{
	uint64_t flags = spin_lock_irq(&asid_lock), n = used - retired;

	spin_unlock_irq(&asid_lock, flags);
	return n;
}

uint64_t asid_retired_count(void)
{
	return __atomic_load_n(&retired, __ATOMIC_RELAXED);
}

uint64_t asid_number(const struct pmap *p)
{
	return __atomic_load_n(&p->asid, __ATOMIC_RELAXED) & NUMBER_MASK;
}

static void keep(struct pmap *p, uint64_t old)
{
	uint64_t n;

	if (!p || p->asid >> NUMBER_BITS != old >> NUMBER_BITS)
		return;
	n = p->asid & NUMBER_MASK;
	ASSERT_RULE("I1", n != 0);
	ASSERT_RULE("I7", !(map[n / 64] >> n % 64 & 1)); /* no two page maps have the same */
	used++;
	map[n / 64] |= 1ull << n % 64;
	__atomic_store_n(&p->asid, asid_generation.now | n, __ATOMIC_RELAXED);
}

/* asid_lock held. */
static void rollover(void)
{
	uint64_t old = asid_generation.now;

	count(ASID_ROLLOVER);
	__atomic_store_n(&asid_generation.now, old + FIRST_GENERATION, __ATOMIC_RELAXED);
	dmb(ish); /* pairs with pmap_switch(): incoming_pmap, barrier, generation */
	memset(map, 0, (numbers + 63) / 64 * 8);
	map[0] = 1;
	used = retired = 0;
	for_each_cpu(i) {
		/* Incoming first: it becomes active, never the other way round. */
		struct pmap *incoming = __atomic_load_n(&percpu_all[i]->incoming_pmap, __ATOMIC_ACQUIRE);
		struct pmap *active = __atomic_load_n(&percpu_all[i]->active_pmap, __ATOMIC_ACQUIRE);

		if (incoming && i != this_cpu()->id)
			protocol_entered(WINDOW_SWITCH_ROLLOVER);
#ifdef BUG_ROLLOVER_DROPS_LIVE /* Linux 8678c1f04277: an ASID that another CPU has loaded is forgotten */
		if (i != this_cpu()->id)
			continue;
#endif
		keep(incoming, old);
		keep(active, old);
	}
	if (check_purging())
		protocol_entered(WINDOW_EXIT_ROLLOVER);
	protocol_window();
	tlb_flush_everything(cpus_online == 1);
	if (teardown->after_rollover)
		teardown->after_rollover();
}

/* A free number, or 0; asid_lock held. */
static unsigned find(void)
{
	for (unsigned i = 0; i < numbers; i++) {
		unsigned n = cursor;

		cursor = cursor + 1 < numbers ? cursor + 1 : 1;
		if (!(map[n / 64] >> n % 64 & 1)) {
			map[n / 64] |= 1ull << n % 64;
			used++;
			return n;
		}
	}
	return 0;
}

uint64_t asid_allocate(struct pmap *p)
{
	unsigned n = 0;

	spin_acquire(&asid_lock);
	while (!asid_present(p->asid)) {
		if (used < numbers - 1)
			n = find();
		else
			rollover();
		if (n) {
			if (teardown->before_use)
				teardown->before_use(n);
			check_asid_take(n, p);
			__atomic_store_n(&p->asid, asid_generation.now | n, __ATOMIC_RELAXED);
			count(ASID_ALLOC);
		} else if (used == numbers - 1) {
			/* All numbers are loaded or in the middle of a switch somewhere: let those end. */
			spin_release(&asid_lock);
			cpu_relax();
			spin_acquire(&asid_lock);
		}
	}
	n = p->asid & NUMBER_MASK;
	spin_release(&asid_lock);
	return n;
}

/* True if p's number is one of this generation, asid_lock held. */
static bool counts(const struct pmap *p)
{
	uint64_t n = p->asid & NUMBER_MASK;

	if (!asid_present(p->asid))
		return false; /* never ran, or a rollover has taken its number back already */
	ASSERT_RULE("I7", n && map[n / 64] >> n % 64 & 1);
	return true;
}

void asid_free(struct pmap *p)
{
	uint64_t flags = spin_lock_irq(&asid_lock), n = p->asid & NUMBER_MASK;

	if (counts(p)) {
		if (teardown->after_use)
			teardown->after_use(n, p);
		map[n / 64] &= ~(1ull << n % 64);
		used--;
		check_asid_give(n, p);
	}
	p->asid = 0;
	spin_unlock_irq(&asid_lock, flags);
}

void asid_retire(struct pmap *p)
{
	uint64_t flags = spin_lock_irq(&asid_lock);

	if (counts(p))
		__atomic_store_n(&retired, retired + 1, __ATOMIC_RELAXED);
	p->asid = 0;
	spin_unlock_irq(&asid_lock, flags);
}
