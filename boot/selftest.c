/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that must be inside the kernel: boot argument selftest=NAME, debug and checking builds.
 *
 *   kmap               splits and merges blocks of the direct map, while a thread on each CPU writes and checks patterns in
 *                      them; then starts user space, and goes on beside it for as long as the machine runs
 *   use-after-free     reads a frame that was freed (checking builds): must panic
 *   use-after-free-elsewhere   the same on the other CPUs, which had its page in their TLBs
 *   split-pinned       asks for the block of per-CPU data to be split: must panic (I13)
 *   merge-pinned       asks for it to be merged: must panic (I13)
 *   panic-held         panics while all other CPUs are held in a rendezvous
 */
#include "boot/boot.h"
#include "boot/platform.h"
#include "kernel/ipi.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/rendezvous.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/kmap.h"
#include "mm/page.h"

#if CURFEW_DEBUG
#define BLOCK_ORDER (BLOCK_SHIFT - PAGE_SHIFT)
#define ROUNDS      5
#define WORDS       (BLOCK_SIZE / sizeof(uint64_t))

/* One for each CPU: a block, and the thread that writes and checks it. */
static uint64_t *blocks[PLATFORM_MAX_CPUS];
static uint64_t checked[PLATFORM_MAX_CPUS]; /* (a) times it was found as written */
static bool stop;                           /* (a) */
static uint32_t running;                    /* (a) */
static unsigned turned;                     /* blocks of RAM that were split and merged, in the last sweep */

static uint64_t pattern(uint64_t n, unsigned i)
{
	return (n << 32 | i) * 0x9e3779b97f4a7c15ull;
}

static void check_patterns(void *arg)
{
	unsigned cpu = (unsigned)(uintptr_t)arg;
	uint64_t *block = blocks[cpu];

	for (uint64_t n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
		for (unsigned i = 0; i < WORDS; i += 8)
			block[i] = pattern(n, i);
		for (unsigned i = 0; i < WORDS; i += 8)
			if (block[i] != pattern(n, i))
				panic("selftest: %p holds %lx, not %lx", (void *)&block[i], block[i], pattern(n, i));
		__atomic_store_n(&checked[cpu], n, __ATOMIC_RELAXED);
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE); /* pairs with run_kmap() */
}

static struct thread *new_thread(void (*fn)(void *), unsigned cpu)
{
	struct thread *t = thread_create_kernel(fn, (void *)(uintptr_t)cpu);

	if (!t)
		boot_fail("selftest: not enough memory");
	t->affinity = 1ull << cpu;
	return t;
}

static bool turns(void *va)
{
	return !kmap_pinned(va) && !kmap_split(va) && !kmap_merge(va);
}

/* Each CPU's block once to and fro. */
static void turn_own(void)
{
	for_each_cpu(i) {
		uint64_t pa = va_to_pa(blocks[i]);

		kmap_block_whole(pa);
		ASSERT(!kmap_merge(blocks[i]) && kmap_is_block(blocks[i]));
		kmap_block_split(pa);
		ASSERT(!kmap_split(blocks[i]) && !kmap_is_block(blocks[i]));
	}
}

/* Every block of RAM, whoever uses it: running threads, objects, user pages.  Not in checking builds, where the allocator
 * changes entries of blocks that nobody holds as a whole. */
static void turn_all(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < platform.n_memory; i++) {
		const struct pa_range *r = &platform.memory[i];

		for (uint64_t pa = r->base; pa < r->base + r->size; pa += BLOCK_SIZE) {
			void *va = pa_to_va(pa);

			n += turns(va);
			if (!irqs_disabled()) /* not yet in a thread of its own */
				sched_yield();
		}
	}
	turned = n;
}

static void run_kmap(void *arg)
{
	uint64_t least = 0;

	for_each_cpu(i)
		sched_start(new_thread(check_patterns, i));
	for (unsigned round = 0; round < ROUNDS || !least; round++) {
		turn_own();
		sched_yield();
		least = UINT64_MAX;
		for_each_cpu(i) {
			uint64_t n = __atomic_load_n(&checked[i], __ATOMIC_RELAXED);

			least = n < least ? n : least;
		}
	}
	if (!CURFEW_CHECK) {
		turn_all();
		ASSERT(turned > platform.memory[0].size / BLOCK_SIZE / 2);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) /* pairs with check_patterns() */
		sched_yield();
	kprintf("selftest kmap: ok, %lu splits, %lu merges, each pattern checked %lu times or more\n",
		counter_sum(COUNTER_KMAP_SPLIT), counter_sum(COUNTER_KMAP_MERGE), least);
	boot_user();
	for (;;) {
		turn_own();
		if (!CURFEW_CHECK)
			turn_all();
		sched_yield();
	}
}

/*
 * A thread that lies itself in a block of those that turn_all() breaks.  All tables have been made, so whatever comes from the pages
 * behind one in such a block may lie there too: the pages before it are held meanwhile.
 */
static struct thread *new_thread_in_block(void (*fn)(void *))
{
	struct thread *t, *others[16];
	struct page *held = NULL, *p;
	uint64_t seen = 0; /* the block of the page before */
	bool looked;
	unsigned n = 0;

	thread_discard(new_thread(fn, 0)); /* the table of its stack's slot */
	turn_all();
	do {
		p = page_alloc();
		if (!p)
			boot_fail("selftest: not enough memory");
		p->next = held;
		held = p;
		looked = page_to_pa(p) / BLOCK_SIZE == seen;
		seen = page_to_pa(p) / BLOCK_SIZE;
	} while (looked || !turns(page_to_va(p)));
	while (!turns(t = new_thread(fn, 0))) {
		if (n == 16)
			boot_fail("selftest: no thread lies in a block that can be broken");
		others[n++] = t;
	}
	while (n)
		thread_discard(others[--n]);
	while ((p = held)) {
		held = p->next;
		page_put(p);
	}
	return t;
}

static void start_kmap(void)
{
	for_each_cpu(i) {
		struct page *p = page_alloc_order(BLOCK_ORDER);

		if (!p)
			boot_fail("selftest: not enough memory");
		blocks[i] = page_to_va(p);
		if (kmap_pinned(blocks[i]) || kmap_split(blocks[i]))
			boot_fail("selftest: a block could not be split");
	}
	running = cpus_online;
	sched_start(CURFEW_CHECK ? new_thread(run_kmap, 0) : new_thread_in_block(run_kmap));
}

/* ---- those that end in a panic ---- */

static volatile uint64_t *freed;

static void touch(void)
{
	(void)freed[8];
}

static void touch_elsewhere(void)
{
	if (this_cpu()->id)
		touch();
}

static void use_after_free(void (*elsewhere)(void))
{
	struct page *p = page_alloc();

	if (!CURFEW_CHECK || (elsewhere && cpus_online == 1) || !p)
		boot_fail("this selftest= needs BUILD=check, and a second CPU if it is about others");
	freed = page_to_va(p);
	touch();
	if (elsewhere)
		smp_call(elsewhere);
	if (elsewhere)
		page_free_order(p, 0); /* past this CPU's cache: unmapped everywhere */
	else
		page_put(p);
	if (elsewhere)
		smp_call(elsewhere);
	else
		touch();
}

static void panic_held(void *arg)
{
	panic("selftest: asked for, while %u CPUs are held", cpus_online - 1);
}

bool boot_selftest(void)
{
	char name[32];

	if (!bootarg("selftest", name, sizeof(name)))
		return false;
	if (!strcmp(name, "kmap")) {
		start_kmap();
		return true;
	}
	if (!strcmp(name, "use-after-free"))
		use_after_free(NULL);
	else if (!strcmp(name, "use-after-free-elsewhere"))
		use_after_free(touch_elsewhere);
	else if (!strcmp(name, "split-pinned"))
		kmap_split(this_cpu());
	else if (!strcmp(name, "merge-pinned"))
		kmap_merge(this_cpu());
	else if (!strcmp(name, "panic-held"))
		rendezvous(panic_held, NULL);
	else
		boot_fail("there is no such selftest=");
	boot_fail("selftest: nothing stopped it");
}
#else
bool boot_selftest(void)
{
	char name[2];

	if (bootarg("selftest", name, sizeof(name)))
		boot_fail("selftest= needs BUILD=debug or check");
	return false;
}
#endif
