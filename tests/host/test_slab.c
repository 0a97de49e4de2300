/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mm/slab.c over mm/page.c: sizes and alignment, giving back, running out, several CPUs, and the checks of debug builds.
 */
#include <pthread.h>
#include <stdint.h>
#include "support.h"
#include "kernel/percpu.h"
#include "mm/slab.h"

#define BASE   0x80000000ull
#define FRAMES 2048u

static struct slab_cache cache_40, cache_72, cache_2048, cache_words;

/* Caches are for ever, as in the kernel; the memory below them too. */
static int start(void **state)
{
	host_memory(BASE, FRAMES);
	page_give(BASE, (uint64_t)FRAMES * PAGE_SIZE);
	kmalloc_init();
	slab_cache_init(&cache_40, "forty", 40, 8);
	slab_cache_init(&cache_72, "lines", 72, 64);
	slab_cache_init(&cache_2048, "halves", 2048, 16);
	slab_cache_init(&cache_words, "words", 8, 8);
	return 0;
}

static void trim_all(void)
{
	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++) {
		host_cpu(cpu);
		slab_trim_cpu();
	}
	host_cpu(0);
}

/* After each test every page must have come home. */
static int finish(void **state)
{
	trim_all();
	return host_irqs_masked || page_free_count() != FRAMES;
}

static void sizes_are_rounded(void **state)
{
	assert_int_equal(cache_40.size, 48);
	assert_int_equal(cache_40.per_page, 85);
	assert_int_equal(cache_72.size, 128);
	assert_int_equal(cache_2048.per_page, 2);
	assert_int_equal(cache_words.size, 16);
}

static void objects_are_apart_and_aligned(void **state)
{
	static unsigned char *object[300];

	for (unsigned i = 0; i < 300; i++) {
		object[i] = slab_alloc(&cache_72);
		assert_non_null(object[i]);
		assert_int_equal((uintptr_t)object[i] % 64, 0);
		memset(object[i], (int)i, 72);
	}
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned j = 0; j < 72; j++)
			assert_int_equal(object[i][j], (unsigned char)i);
		slab_free(&cache_72, object[i]);
	}
}

static void kmalloc_of_every_size(void **state)
{
	for (size_t size = 0; size <= 9000; size++) {
		unsigned char *a = kmalloc(size), *b = kzalloc(size);

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal((uintptr_t)a % 16, 0);
		memset(a, 0xff, size);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(b[i], 0);
		kfree(a);
		kfree(b);
	}
	kfree(NULL);
}

static void kmalloc_of_pages(void **state)
{
	uint64_t before;
	void *p;

	trim_all();
	before = page_free_count();
	p = kmalloc(4096);
	assert_int_equal(before - page_free_count(), 1);
	kfree(p);
	p = kmalloc(4097);
	assert_int_equal(before - page_free_count(), 2);
	kfree(p);
	p = kmalloc((size_t)PAGE_SIZE << PAGE_MAX_ORDER);
	assert_int_equal(before - page_free_count(), 1 << PAGE_MAX_ORDER);
	kfree(p);
	assert_null(kmalloc(((size_t)PAGE_SIZE << PAGE_MAX_ORDER) + 1));
	assert_null(kmalloc(SIZE_MAX));
	assert_int_equal(page_free_count(), before);
}

static void empty_pages_go_back(void **state)
{
	static void *object[64 * 85];
	uint64_t before;

	trim_all();
	before = page_free_count();
	for (unsigned i = 0; i < 64 * 85; i++)
		assert_non_null(object[i] = slab_alloc(&cache_40));
	assert_in_range(before - page_free_count(), 64, 65);
	for (unsigned i = 0; i < 64 * 85; i++)
		slab_free(&cache_40, object[i]);
	assert_in_range(before - page_free_count(), 1, 4); /* the spare, and what this CPU keeps */
	slab_trim_cpu();
	assert_int_equal(page_free_count(), before);
	assert_int_equal(cache_40.pages, 0);
	assert_int_equal(cache_40.live, 0);
}

static void out_of_memory_is_null(void **state)
{
	void *list = NULL, *object;
	unsigned n = 0;

	while ((object = slab_alloc(&cache_2048))) {
		*(void **)object = list;
		list = object;
		n++;
	}
	assert_int_equal(n, 2 * FRAMES);
	assert_null(kmalloc(100));
	assert_null(kzalloc(5000));
	while ((object = list)) {
		list = *(void **)object;
		slab_free(&cache_2048, object);
	}
}

static void one_cpu_frees_what_another_took(void **state)
{
	static void *object[500];

	for (unsigned i = 0; i < 500; i++) {
		host_cpu(i % 2);
		object[i] = kmalloc(64);
	}
	host_cpu(2);
	for (unsigned i = 0; i < 500; i++)
		kfree(object[i]);
}

/* Objects go round between the CPUs through a few shared slots, each with its own mark. */
static uint64_t *slots[64];

static void *stress(void *arg)
{
	uintptr_t cpu = (uintptr_t)arg;
	uint64_t seed = 5 + cpu;

	host_cpu((unsigned)cpu);
	for (unsigned round = 0; round < 100000; round++) {
		uint64_t r = host_random(&seed);
		size_t size = 16 + (r >> 8) % 600;
		uint64_t *object = kmalloc(size), *old;

		if (!object)
			return "out of memory";
		object[0] = size;
		object[size / 8 - 1] = size / 8 - 1 ? (uintptr_t)object ^ size : size;
		old = __atomic_exchange_n(&slots[r % 64], object, __ATOMIC_ACQ_REL);
		if (!old)
			continue;
		size = old[0];
		if (size < 16 || size >= 616 || old[size / 8 - 1] != ((uintptr_t)old ^ size))
			return "an object had two holders";
		kfree(old);
	}
	return NULL;
}

static void cpus_in_parallel(void **state)
{
	pthread_t thread[HOST_CPUS];

	for (uintptr_t i = 0; i < HOST_CPUS; i++)
		pthread_create(&thread[i], NULL, stress, (void *)i);
	for (unsigned i = 0; i < HOST_CPUS; i++) {
		void *wrong;

		pthread_join(thread[i], &wrong);
		assert_string_equal(wrong ? wrong : "", "");
	}
	for (unsigned i = 0; i < 64; i++) {
		kfree(slots[i]);
		slots[i] = NULL;
	}
}

static void kfree_of_no_object_panics(void **state)
{
	struct page *p = page_alloc();

	expect_panic("no object of kmalloc's", kfree((char *)page_to_va(p) + 16));
	page_put(p);
}

#if CURFEW_DEBUG
static void freeing_twice_panics(void **state)
{
	void *a = kmalloc(16), *b = kmalloc(200);

	kfree(a);
	kfree(b);
	expect_panic("kmalloc-16", kfree(a));
	expect_panic("freed twice", kfree(b));
}

static void freeing_inside_panics(void **state)
{
	char *a = slab_alloc(&cache_40);

	expect_panic("not an object of it", slab_free(&cache_40, a + 16));
	expect_panic("not an object of it", slab_free(&cache_72, a));
	slab_free(&cache_40, a);
}

static void writing_after_free_panics(void **state)
{
	unsigned char *a = slab_alloc(&cache_40), kept;

	slab_free(&cache_40, a);
	kept = a[30];
	a[30] = 0;
	expect_panic("written at +24 while free", slab_alloc(&cache_40));
	/* The stack has lost it to the panic: mend it and give it back. */
	a[30] = kept;
	memset(a, 0, 16);
	slab_free(&cache_40, a);
	assert_ptr_equal(slab_alloc(&cache_40), a);
	slab_free(&cache_40, a);
}
#endif

#define TEST(test) cmocka_unit_test_setup_teardown(test, NULL, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_are_rounded),
		TEST(objects_are_apart_and_aligned),
		TEST(kmalloc_of_every_size),
		TEST(kmalloc_of_pages),
		TEST(empty_pages_go_back),
		TEST(out_of_memory_is_null),
		TEST(one_cpu_frees_what_another_took),
		TEST(cpus_in_parallel),
		TEST(kfree_of_no_object_panics),
#if CURFEW_DEBUG
		TEST(freeing_twice_panics),
		TEST(freeing_inside_panics),
		TEST(writing_after_free_panics),
#endif
	};

	return cmocka_run_group_tests_name("slab", tests, start, NULL);
}
