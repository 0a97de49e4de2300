/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mm/page.c: counting to the frame, merging, caches of several CPUs, and misuse.
 */
#include <pthread.h>
#include <stdio.h>
#include "support.h"
#include "kernel/percpu.h"
#include "mm/page.h"

#define BASE   0x40000000ull
#define FRAMES 4096u

static struct page *held[FRAMES];

static int setup(void **state)
{
	host_memory(BASE, FRAMES);
	return 0;
}

static int setup_given(void **state)
{
	setup(state);
	page_give(BASE, (uint64_t)FRAMES * PAGE_SIZE);
	return 0;
}

static int teardown(void **state)
{
	return host_irqs_masked != 0; /* somebody has not given them back */
}

/* Takes every single frame; returns how many. */
static unsigned take_all(void)
{
	unsigned n = 0;

	while (n < FRAMES && (held[n] = page_alloc()))
		n++;
	assert_null(n < FRAMES ? NULL : page_alloc());
	return n;
}

static void put_all(unsigned n)
{
	while (n)
		page_put(held[--n]);
}

/* Nothing is held and all has merged: the whole memory can be had in greatest blocks. */
static void assert_all_merged(void)
{
	struct page *block[FRAMES >> PAGE_MAX_ORDER];

	assert_int_equal(page_free_count(), FRAMES);
	for (unsigned i = 0; i < FRAMES >> PAGE_MAX_ORDER; i++)
		assert_non_null(block[i] = page_alloc_order(PAGE_MAX_ORDER));
	assert_int_equal(page_free_count(), 0);
	for (unsigned i = 0; i < FRAMES >> PAGE_MAX_ORDER; i++)
		page_free_order(block[i], PAGE_MAX_ORDER);
	assert_int_equal(page_free_count(), FRAMES);
}

static void nothing_before_it_is_given(void **state)
{
	assert_null(page_alloc());
	assert_null(page_alloc_order(3));
	assert_int_equal(page_free_count(), 0);
	assert_int_equal(page_total_count(), 0);
}

static void ranges_in_any_order_merge(void **state)
{
	page_give(BASE + 1500 * PAGE_SIZE, 2596 * PAGE_SIZE);
	page_give(BASE, 1 * PAGE_SIZE);
	page_give(BASE + 3 * PAGE_SIZE, 1497 * PAGE_SIZE);
	page_give(BASE + 1 * PAGE_SIZE, 2 * PAGE_SIZE);
	assert_int_equal(page_total_count(), FRAMES);
	assert_all_merged();
}

static void holes_stay_holes(void **state)
{
	page_give(BASE + 5 * PAGE_SIZE, 100 * PAGE_SIZE);
	page_give(BASE + 106 * PAGE_SIZE, 50 * PAGE_SIZE);
	assert_int_equal(take_all(), 150);
	for (unsigned i = 0; i < 150; i++) {
		uint64_t frame = (page_to_pa(held[i]) - BASE) / PAGE_SIZE;

		assert_true(frame >= 5 && frame < 156 && frame != 105);
	}
	put_all(150);
	assert_int_equal(page_free_count(), 150);
}

static void giving_twice_panics(void **state)
{
	page_give(BASE, 16 * PAGE_SIZE);
	expect_panic("PAGE_RESERVED", page_give(BASE, 16 * PAGE_SIZE));
}

static void a_new_frame(void **state)
{
	struct page *p = page_alloc();

	assert_int_equal(p->refs, 1);
	assert_int_equal(p->kind, PAGE_USED);
	assert_int_equal(p->order, 0);
	assert_int_equal(p->live, 0);
	assert_int_equal(page_free_count(), FRAMES - 1);
	assert_ptr_equal(pa_to_page(page_to_pa(p)), p);
	assert_ptr_equal(va_to_page(page_to_va(p)), p);
	page_get(p);
	page_put(p);
	assert_int_equal(page_free_count(), FRAMES - 1);
	page_put(p);
	assert_int_equal(page_free_count(), FRAMES);
}

static void zeroed_is_zero(void **state)
{
	for (unsigned i = 0; i < 200; i++) {
		held[i] = page_alloc();
		memset(page_to_va(held[i]), 0xff, PAGE_SIZE);
	}
	put_all(200);
	for (unsigned i = 0; i < 200; i++) {
		const unsigned char *bytes;

		held[i] = page_alloc_zeroed();
		bytes = page_to_va(held[i]);
		for (unsigned j = 0; j < PAGE_SIZE; j++)
			assert_int_equal(bytes[j], 0);
	}
	put_all(200);
}

static void every_frame_once(void **state)
{
	static unsigned char seen[FRAMES];
	unsigned n = take_all();

	assert_int_equal(n, FRAMES);
	assert_int_equal(page_free_count(), 0);
	assert_null(page_alloc_zeroed());
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(seen[held[i] - page_array]++, 0);
	put_all(n);
	assert_all_merged();
}

static void blocks_are_aligned(void **state)
{
	for (unsigned order = 0; order <= PAGE_MAX_ORDER; order++) {
		struct page *p = page_alloc_order(order);

		assert_int_equal(page_to_pa(p) & (((uint64_t)PAGE_SIZE << order) - 1), 0);
		assert_int_equal(p->order, order);
		assert_int_equal(p->refs, 1);
		assert_int_equal(page_free_count(), FRAMES - (1u << order));
		page_free_order(p, order);
	}
	assert_all_merged();
}

/* The frames that other CPUs keep are free too: the count has them, and who runs out of memory gets them. */
static void other_cpus_caches_are_drained(void **state)
{
	unsigned n;

	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++) {
		host_cpu(cpu);
		page_put(page_alloc());
		assert_non_null(percpu_all[cpu]->page_cache);
	}
	assert_int_equal(page_free_count(), FRAMES);
	host_cpu(0);
	n = take_all();
	assert_int_equal(n, FRAMES);
	host_cpu(3);
	put_all(n);
	assert_all_merged();
}

static void a_cache_is_bounded(void **state)
{
	unsigned n = 1000;

	for (unsigned i = 0; i < n; i++)
		held[i] = page_alloc();
	while (n) {
		struct page *top;

		page_put(held[--n]);
		top = percpu_all[0]->page_cache;
		assert_in_range(top->data, 1, PERCPU_PAGES);
	}
	assert_all_merged();
}

static void freeing_twice_panics(void **state)
{
	struct page *p = page_alloc(), *block = page_alloc_order(3);
	char address[32];

	page_put(p);
	snprintf(address, sizeof(address), "%lx", page_to_pa(p));
	expect_panic(address, page_free(p));
	expect_panic(address, page_put(p));
	p->refs = 0;
	page_free_order(block, 3);
	expect_panic("is not a held one", page_free_order(block, 3));
	assert_int_equal(page_free_count(), FRAMES);
}

static void misuse_panics(void **state)
{
	struct page *p = page_alloc(), *block = page_alloc_order(2);

	expect_panic("refs 1", page_free(p)); /* still held */
	expect_panic("order 2", page_free_order(block, 3));
	block->refs = 1;
	expect_panic("order 2", page_put(block)); /* a block is not a frame */
	p->kind = PAGE_TABLE;
	p->live = 1;
	expect_panic("live 1", page_put(p));
	p->live = 0;
	page_free(p);
	page_free_order(block, 2); /* refs may be 0 */
	assert_int_equal(page_free_count(), FRAMES);
}

static void freeing_reserved_panics(void **state)
{
	page_give(BASE, 16 * PAGE_SIZE);
	expect_panic("kind 0", page_free(&page_array[16]));
}

/* Random blocks and frames against a map of who has what. */
static void random_against_model(void **state)
{
	static unsigned char owned[FRAMES];
	static struct { struct page *p; unsigned order; } have[512];
	uint64_t seed = 1, held_frames = 0;
	unsigned n = 0;

	memset(owned, 0, sizeof(owned));
	for (unsigned round = 0; round < 200000; round++) {
		uint64_t r = host_random(&seed);
		unsigned order = r % 4 ? 0 : (unsigned)(r >> 8) % 7;

		host_cpu((r >> 32) % HOST_CPUS);
		if (n < 512 && (r >> 40) % 2) {
			struct page *p = order ? page_alloc_order(order) : page_alloc();

			if (!p)
				continue;
			for (unsigned i = 0; i < 1u << order; i++)
				assert_int_equal(owned[(p - page_array) + i]++, 0);
			have[n].p = p;
			have[n++].order = order;
			held_frames += 1u << order;
		} else if (n) {
			unsigned k = (unsigned)(r >> 16) % n;

			for (unsigned i = 0; i < 1u << have[k].order; i++)
				owned[(have[k].p - page_array) + i]--;
			held_frames -= 1u << have[k].order;
			if (have[k].order)
				page_free_order(have[k].p, have[k].order);
			else
				page_put(have[k].p);
			have[k] = have[--n];
		}
		assert_int_equal(page_free_count(), FRAMES - held_frames);
	}
	while (n--)
		page_free_order(have[n].p, have[n].order);
	assert_all_merged();
}

/* One host thread a CPU, so short of memory that they keep stealing each other's caches.  Each frame carries its holder's mark. */
static void *stress(void *arg)
{
	uintptr_t cpu = (uintptr_t)arg;
	uint64_t seed = 77 + cpu;
	struct { struct page *p; unsigned order; } have[200];
	unsigned n = 0;

	host_cpu((unsigned)cpu);
	for (unsigned round = 0; round < 150000; round++) {
		uint64_t r = host_random(&seed);

		if (n < 200 && r % 16 < 9) {
			unsigned order = (r >> 8) % 32 ? 0 : 2;
			struct page *p = order ? page_alloc_order(order) : page_alloc();

			if (!p)
				continue;
			*(uint64_t *)page_to_va(p) = (uintptr_t)p ^ cpu;
			have[n].p = p;
			have[n++].order = order;
		} else if (n) {
			unsigned k = (unsigned)(r >> 16) % n;
			struct page *p = have[k].p;

			if (*(uint64_t *)page_to_va(p) != ((uintptr_t)p ^ cpu))
				return "a frame had two holders";
			if (have[k].order)
				page_free_order(p, have[k].order);
			else
				page_put(p);
			have[k] = have[--n];
		}
	}
	while (n--)
		page_free_order(have[n].p, have[n].order);
	return NULL;
}

static void cpus_in_parallel(void **state)
{
	pthread_t thread[HOST_CPUS];

	page_give(BASE, 512 * PAGE_SIZE);
	for (uintptr_t i = 0; i < HOST_CPUS; i++)
		pthread_create(&thread[i], NULL, stress, (void *)i);
	for (unsigned i = 0; i < HOST_CPUS; i++) {
		void *wrong;

		pthread_join(thread[i], &wrong);
		assert_string_equal(wrong ? wrong : "", "");
	}
	assert_int_equal(page_free_count(), 512);
	assert_int_equal(take_all(), 512);
	put_all(512);
}

#define EMPTY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define GIVEN(test) cmocka_unit_test_setup_teardown(test, setup_given, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMPTY(nothing_before_it_is_given),
		EMPTY(ranges_in_any_order_merge),
		EMPTY(holes_stay_holes),
		EMPTY(giving_twice_panics),
		GIVEN(a_new_frame),
		GIVEN(zeroed_is_zero),
		GIVEN(every_frame_once),
		GIVEN(blocks_are_aligned),
		GIVEN(other_cpus_caches_are_drained),
		GIVEN(a_cache_is_bounded),
		GIVEN(freeing_twice_panics),
		GIVEN(misuse_panics),
		EMPTY(freeing_reserved_panics),
		GIVEN(random_against_model),
		EMPTY(cpus_in_parallel),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
