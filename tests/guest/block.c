/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of 2 MiB: who gets them, what turns them into pages and back, and that nobody can tell by the contents.
 */
#include <pthread.h>
#include <sched.h>

#include "check.h"

#define ANON (CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS)
#define SHARED (CURFEW_MAP_SHARED | CURFEW_MAP_ANONYMOUS)
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)
#define RO CURFEW_PROT_READ
#define BLOCK ((size_t)2 << 20)
#define N 4 /* blocks of a mapping */

extern const char __executable_start[], _end[];

/* All of the program is there before and after, so that only what is mapped makes a difference. */
static uint64_t resident(void)
{
	struct curfew_procinfo info;

	for (const volatile char *p = __executable_start; p < _end; p += PAGE)
		(void)*p;
	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &info) > 0);
	return info.resident;
}

static long long faults(void)
{
	return check_counter("fault.anon", 0) + check_counter("fault.file", 0);
}

static volatile uint32_t *map(size_t size, int flags)
{
	long r = sys(SYS_mmap, 0, size, RW, flags, -1, 0);

	NEED(r > 0);
	return (volatile uint32_t *)r;
}

static volatile uint32_t *page(volatile uint32_t *p, size_t i)
{
	return p + i * PAGE / sizeof(*p);
}

static void write_all(volatile uint32_t *p, size_t pages, uint32_t mark)
{
	for (size_t i = 0; i < pages; i++)
		*page(p, i) = mark + (uint32_t)i;
}

static void check_all(volatile uint32_t *p, size_t first, size_t end, uint32_t mark)
{
	for (size_t i = first; i < end; i++) {
		if (!CHECK_EQ(*page(p, i), mark + i) || !CHECK_EQ(page(p, i)[500], 0))
			return;
	}
}

/* How often something happened while the statements ran. */
#define COUNTED(name, ...) \
	({ \
		long long counted = check_counter(name, 0); \
		__VA_ARGS__; \
		check_counter(name, 0) - counted; \
	})

TEST(a_fault_brings_a_block)
{
	volatile uint32_t *p;
	uint64_t before;
	long long taken;

	faults();
	resident();
	before = resident();
	p = map(N * BLOCK, ANON);
	CHECK_EQ((uintptr_t)p % BLOCK, 0);
	taken = faults();
	CHECK_EQ(*page(p, 700), 0);
	CHECK_EQ(resident(), before + 512);
	for (size_t i = 0; i < N * 512; i++)
		*page(p, i) += (uint32_t)i;
	CHECK_EQ(faults(), taken + N);
	CHECK_EQ(resident(), before + N * 512);
	check_all(p, 0, N * 512, 0);
	CHECK_EQ(COUNTED("pmap.demote", sys(SYS_munmap, p, N * BLOCK)), 0);
	CHECK_EQ(resident(), before);
}

TEST(small_ones_get_pages)
{
	uint64_t before = resident();
	volatile uint32_t *p;

	before = resident();
	for (unsigned i = 0; i < 16; i++) { /* small ones in a row, as a heap grows: one region, above 2 MiB */
		p = map(BLOCK / 4, ANON);
		*p = 1;
	}
	CHECK_EQ(resident(), before + 16);
	p = map(BLOCK - PAGE, ANON);
	*p = 1;
	CHECK_EQ(resident(), before + 17);
}

TEST(ends_that_are_not_aligned)
{
	volatile uint32_t *room = map(4 * BLOCK, ANON), *p;
	uint64_t before = resident();

	CHECK_EQ(sys(SYS_munmap, room, 4 * BLOCK), 0); /* or it would be one region with what follows */
	before = resident();
	/* From the middle of one to the middle of another: one whole block between. */
	p = (volatile uint32_t *)sys(SYS_mmap, (uintptr_t)room + BLOCK / 2, 2 * BLOCK, RW, ANON | CURFEW_MAP_FIXED, -1, 0);
	NEED((uintptr_t)p == (uintptr_t)room + BLOCK / 2);
	*page(p, 0) = 1;
	*page(p, 1023) = 2;
	CHECK_EQ(resident(), before + 2);
	*page(p, 256) = 3;
	CHECK_EQ(resident(), before + 514);
	CHECK_EQ(*page(p, 255), 0);
	CHECK_EQ(resident(), before + 515);
}

TEST(part_is_unmapped)
{
	volatile uint32_t *p = map(N * BLOCK, ANON);
	uint64_t before;

	write_all(p, N * 512, 100);
	resident();
	before = resident();
	/* From within the first block to within the last: both become pages, the others go whole. */
	CHECK_EQ(COUNTED("pmap.demote", sys(SYS_munmap, page(p, 10), N * BLOCK - 30 * PAGE)), 2);
	CHECK_EQ(resident(), before - (N * 512 - 30));
	check_all(p, 0, 10, 100);
	check_all(p, N * 512 - 20, N * 512, 100);
	CHECK_EQ(CHILD((void)*page(p, 10)), SIGSEGV);
	CHECK_EQ(CHILD((void)*page(p, N * 512 - 21)), SIGSEGV);
	/* Pages again, alone in a table. */
	CHECK_EQ(sys(SYS_munmap, p, N * BLOCK), 0);
	CHECK_EQ(resident(), before - N * 512);
}

TEST(rights_of_a_part)
{
	volatile uint32_t *p = map(N * BLOCK, ANON);
	long long demoted;

	write_all(p, N * 512, 7);
	demoted = COUNTED("pmap.demote", CHECK_EQ(sys(SYS_mprotect, page(p, 512 + 20), 3 * PAGE, RO), 0));
	CHECK_EQ(demoted, 1);
	CHECK_EQ(CHILD(*page(p, 512 + 20) = 1), SIGSEGV);
	CHECK_EQ(CHILD(*page(p, 512 + 22) = 1), SIGSEGV);
	CHECK_EQ(CHILD(*page(p, 512 + 19) = 1), 0);
	CHECK_EQ(CHILD(*page(p, 512 + 23) = 1), 0);
	check_all(p, 0, N * 512, 7);
	*page(p, 512 + 19) = 512 + 19 + 7;
	CHECK_EQ(sys(SYS_mprotect, p, N * BLOCK, RO), 0); /* of whole blocks: nothing is demoted */
	CHECK_EQ(CHILD(*page(p, 3) = 1), SIGSEGV);
	CHECK_EQ(CHILD(*page(p, N * 512 - 1) = 1), SIGSEGV);
	check_all(p, 0, N * 512, 7);
	CHECK_EQ(sys(SYS_mprotect, p, N * BLOCK, RW), 0);
	write_all(p, N * 512, 9);
	check_all(p, 0, N * 512, 9);
}

TEST(alike_again)
{
	volatile uint32_t *p = map(N * BLOCK, ANON);
	struct curfew_procinfo before, between, after;
	long long demoted, promoted;

	write_all(p, N * 512, 50);
	for (unsigned round = 0; round < 6; round++) {
		if (round < 2) /* once more when this loop's own code is resident */
			CHECK(sys(SYS_procinfo, sys(SYS_getpid), &before) > 0);
		demoted = COUNTED("pmap.demote", CHECK_EQ(sys(SYS_mprotect, page(p, 600), PAGE, RO), 0));
		CHECK_EQ(demoted, 1);
		CHECK(sys(SYS_procinfo, sys(SYS_getpid), &between) > 0);
		CHECK_EQ(between.tables, before.tables + 1);
		CHECK(round == 0 || between.resident == before.resident);
		promoted = COUNTED("pmap.promote", CHECK_EQ(sys(SYS_mprotect, page(p, 600), PAGE, RW), 0));
		CHECK_EQ(promoted, 1);
		CHECK(sys(SYS_procinfo, sys(SYS_getpid), &after) > 0);
		CHECK_EQ(after.tables, before.tables);
		CHECK(round == 0 || after.resident == before.resident);
		check_all(p, 0, N * 512, 50);
		write_all(p, N * 512, 50);
	}
}

TEST(fork_shares_blocks)
{
	volatile uint32_t *p = map(N * BLOCK, ANON);
	long long free, copied;

	write_all(p, N * 512, 1000);
	for (unsigned round = 0; round < 3; round++) {
		pid_t child = fork();

		NEED(child >= 0);
		if (child == 0) {
			check_all(p, 0, N * 512, 1000);
			/* One write turns a block into pages, of which one is copied. */
			resident();
			copied = COUNTED("pmap.demote", *page(p, 5) = 77);
			CHECK_EQ(copied, 1);
			for (size_t i = 0; i < N * 512; i += 3)
				*page(p, i) = 2000 + (uint32_t)i;
			for (size_t i = 0; i < N * 512; i++)
				if (!CHECK_EQ(*page(p, i), i == 5 ? 77 : (i % 3 ? 1000 : 2000) + i))
					break;
			_exit(0);
		}
		CHECK_EQ(check_wait(child), 0);
		check_all(p, 0, N * 512, 1000);
	}
	/* Alone with it again, the parent has its blocks back for writing, without a copy. */
	free = check_counter("page.free", CURFEW_KSTAT_TRIM);
	CHECK_EQ(COUNTED("pmap.demote", write_all(p, N * 512, 3000)), 0);
	CHECK(free - check_counter("page.free", CURFEW_KSTAT_TRIM) < 16);
	check_all(p, 0, N * 512, 3000);
}

TEST(both_sides_write)
{
	volatile uint32_t *p = map(N * BLOCK, ANON);
	pid_t child;

	write_all(p, N * 512, 10);
	child = fork();
	NEED(child >= 0);
	write_all(p, N * 512, child ? 20 : 30);
	check_all(p, 0, N * 512, child ? 20 : 30);
	if (child == 0)
		_exit(0);
	CHECK_EQ(check_wait(child), 0);
	check_all(p, 0, N * 512, 20);
}

TEST(shared_memory)
{
	volatile uint32_t *p = map(N * BLOCK, SHARED);
	uint64_t before = resident();
	long long taken;

	before = resident();
	taken = faults();
	write_all(p, N * 512, 40);
	CHECK_EQ(faults(), taken + N);
	CHECK_EQ(resident(), before + N * 512);
	CHECK_EQ(CHILD(
		check_all(p, 0, N * 512, 40);
		write_all(p, N * 512, 41);
		sys(SYS_munmap, page(p, 3), PAGE)), 0);
	check_all(p, 0, N * 512, 41);
	/* The object outlives a part of its mapping. */
	CHECK_EQ(sys(SYS_munmap, page(p, 100), BLOCK), 0);
	check_all(p, 0, 100, 41);
	check_all(p, 612, N * 512, 41);
}

TEST(object_and_copies)
{
	long vmo = sys(SYS_vmo_create, 2 * BLOCK);
	volatile uint32_t *shared, *private;
	uint32_t word;

	NEED(vmo > 0);
	shared = (volatile uint32_t *)sys(SYS_mmap, 0, 2 * BLOCK, RW, CURFEW_MAP_SHARED, vmo, 0);
	private = (volatile uint32_t *)sys(SYS_mmap, 0, 2 * BLOCK, RW, CURFEW_MAP_PRIVATE, vmo, 0);
	NEED((long)shared > 0 && (long)private > 0);
	write_all(shared, 1024, 60);
	check_all(private, 0, 1024, 60); /* read: the object's own block */
	CHECK_EQ(COUNTED("pmap.demote", *page(private, 9) = 1), 1);
	CHECK_EQ(*page(shared, 9), 69);
	*page(private, 1023) = 2;
	check_all(shared, 0, 1024, 60);
	CHECK_EQ(*page(private, 9), 1);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 1023 * PAGE, &word, 4), 4);
	CHECK_EQ(word, 60 + 1023);
	CHECK_EQ(sys(SYS_munmap, shared, 2 * BLOCK), 0);
	CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	check_all(private, 10, 1023, 60); /* pages outlive their object */
}

TEST(kernel_reads_and_writes_blocks)
{
	volatile uint32_t *p = map(2 * BLOCK, ANON);
	long vmo = sys(SYS_vmo_create, 4 * PAGE);
	int status = 0;
	pid_t child;

	write_all(p, 1024, 5);
	CHECK_EQ(sys(SYS_vmo_write, vmo, 0, page(p, 700), 2 * PAGE), 2 * PAGE);
	CHECK_EQ(sys(SYS_vmo_read, vmo, 0, page(p, 1), 2 * PAGE), 2 * PAGE);
	CHECK_EQ(*page(p, 1), 705);
	CHECK_EQ(*page(p, 2), 706);
	child = fork();
	if (child == 0)
		_exit(9);
	/* What is delivered goes into a block that was shared by the fork. */
	CHECK_EQ(sys(SYS_wait, child, page(p, 900), 0, 0), child);
	status = (int)*page(p, 900);
	CHECK_EQ(status, 9 << 8);
	CHECK_EQ(*page(p, 901), 906);
}

/* --- by threads at once --- */

static volatile uint32_t *area;
static pthread_barrier_t barrier;

static void *block_worker(void *arg)
{
	size_t me = (size_t)arg;

	for (unsigned round = 0; round < 20; round++) {
		pthread_barrier_wait(&barrier);
		for (size_t i = 0; i < N * 512; i += 16)
			page(area, i)[me] = (uint32_t)(i + me + round);
		pthread_barrier_wait(&barrier);
		for (size_t i = 0; i < N * 512; i += 16)
			for (size_t j = 0; j < 4; j++)
				if (!CHECK_EQ(page(area, i)[j], i + j + round))
					return NULL;
		pthread_barrier_wait(&barrier);
		/* Each at its own corner: pages and blocks by turns. */
		CHECK_EQ(sys(SYS_mprotect, page(area, 512 * me + 100), 50 * PAGE, RO), 0);
		CHECK_EQ(page(area, 512 * me + 112)[me], 512 * me + 112 + me + round);
		CHECK_EQ(sys(SYS_mprotect, page(area, 512 * me + 100), 50 * PAGE, RW), 0);
		if (round % 4 == 3) {
			pthread_barrier_wait(&barrier);
			CHECK_EQ(sys(SYS_munmap, page(area, 512 * me), BLOCK), 0);
			CHECK(sys(SYS_mmap, page(area, 512 * me), BLOCK, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE, -1, 0) > 0);
		}
	}
	return NULL;
}

TEST(threads_and_blocks)
{
	pthread_t thread[4];

	area = map(N * BLOCK, ANON);
	NEED(pthread_barrier_init(&barrier, NULL, 4) == 0);
	for (size_t i = 0; i < 4; i++)
		NEED(pthread_create(&thread[i], NULL, block_worker, (void *)i) == 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	CHECK(check_counter("pmap.promote", 0) > 0);
}

/* --- no memory to give away --- */

/* To the last page, by what fails without ending a process. */
static void fill_memory(long vmo, size_t pages)
{
	char byte = 1;

	for (size_t i = 0; i < pages; i++)
		if (sys(SYS_vmo_write, vmo, i * PAGE, &byte, 1) != 1)
			return;
	CHECK(!"memory has an end");
}

static volatile char *touched;
static unsigned rounds_begun, rounds_done;

static void *touch_each_round(void *unused)
{
	for (unsigned seen = 1; seen <= 100; seen++) {
		while (__atomic_load_n(&rounds_begun, __ATOMIC_ACQUIRE) < seen)
			sched_yield();
		for (volatile unsigned i = 0; i < seen * 7919u % 20000; i++)
			;
		*touched = 1;
		__atomic_store_n(&rounds_done, seen, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* A range ends in the middle of 2 MiB that are not there when mprotect cuts its regions, joins them again, and then finds a block
 * that another thread's fault has just brought. */
TEST(block_comes_during_mprotect)
{
	char *base = (char *)0x500000000ul;
	size_t blocks = check_counter("page.free", 0) / 2 / (BLOCK / PAGE), length = (blocks < 32 ? blocks : 32) * BLOCK;
	pthread_t thread;

	/* By small calls, so that they are pages: mprotect then takes its time before it comes to the block. */
	for (size_t at = 0; at < length; at += BLOCK / 2)
		NEED(sys(SYS_mmap, base + at, BLOCK / 2, RW, ANON | CURFEW_MAP_FIXED, -1, 0) == (long)(base + at));
	for (size_t at = 0; at < length; at += PAGE)
		base[at] = 1;
	touched = base + length + BLOCK / 4;
	NEED(pthread_create(&thread, NULL, touch_each_round, NULL) == 0);
	for (unsigned round = 1; round <= 100; round++) {
		NEED(sys(SYS_mmap, base + length, 2 * BLOCK, RW, ANON | CURFEW_MAP_FIXED, -1, 0) > 0);
		__atomic_store_n(&rounds_begun, round, __ATOMIC_RELEASE);
		CHECK_EQ(sys(SYS_mprotect, base, length + BLOCK / 2, RW), 0);
		while (__atomic_load_n(&rounds_done, __ATOMIC_ACQUIRE) < round)
			sched_yield();
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(sys(SYS_munmap, base, length + 2 * BLOCK), 0);
}

TEST(no_memory_to_demote)
{
	size_t pages = (size_t)check_counter("page.total", 0);
	volatile uint32_t *p = map(2 * BLOCK, ANON);
	long vmo = sys(SYS_vmo_create, pages * PAGE), refused = 0;
	long r;

	NEED(vmo > 0);
	write_all(p, 1024, 90);
	resident();
	fill_memory(vmo, pages);
	/* All or nothing; a page may come free in between. */
	for (size_t i = 100; i < 110; i++) {
		r = sys(SYS_mprotect, page(p, i), PAGE, RO);
		CHECK(r == 0 || r == -ENOMEM);
		refused += r == -ENOMEM;
	}
	r = sys(SYS_munmap, page(p, 700), PAGE);
	CHECK(r == 0 || r == -ENOMEM);
	refused += r == -ENOMEM;
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(sys(SYS_fork), -ENOMEM);
	CHECK_EQ(sys(SYS_handle_close, vmo), 0);
	CHECK(refused > 0);
	check_all(p, 0, 700, 90);
	check_all(p, 701, 1024, 90);
	CHECK_EQ(sys(SYS_mprotect, p, 2 * BLOCK, RW), r == 0 ? -ENOMEM : 0); /* a hole, or not */
	CHECK_EQ(sys(SYS_munmap, page(p, 5), BLOCK), 0);
	check_all(p, 517, 700, 90);
	check_all(p, 0, 5, 90);
}

TEST(short_memory_gives_pages)
{
	long long total = check_counter("page.total", 0), free;
	volatile uint32_t *hog = map((size_t)total * PAGE, ANON), *p;
	uint64_t start = resident(), before;
	size_t i = 0;

	/* Less than a quarter left: pages by single pages from here on.  Each is touched: frames may lie too scattered for blocks. */
	while (check_counter("page.free", 0) > total / 4)
		page(hog, i++)[0] = 1;
	p = map(2 * BLOCK, ANON);
	before = resident();
	*page(p, 3) = 1;
	CHECK_EQ(resident(), before + 1);
	CHECK_EQ(sys(SYS_munmap, hog, (size_t)total * PAGE), 0);
	free = check_counter("page.free", CURFEW_KSTAT_TRIM);
	CHECK(free > total / 2);
	*page(p, 600) = 1; /* and blocks again */
	CHECK_EQ(resident(), start + 1 + 512);
}
