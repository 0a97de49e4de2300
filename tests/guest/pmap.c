/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables under many threads: faults on the same entries, tables that come and go under neighbours, rights that change, copies on
 * write; and what is left of a space at its end.
 */
#include <pthread.h>

#include "check.h"

#define ANON (CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS)
#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)
#define RO CURFEW_PROT_READ
#define THREADS 4
#define TABLE (512 * PAGE) /* what one leaf table covers */

static volatile unsigned char *area;
static pthread_barrier_t barrier;
static _Atomic bool stop;

static volatile unsigned char *map(void *at, size_t size, int prot, int flags)
{
	long r = sys(SYS_mmap, at, size, prot, flags, -1, 0);

	NEED(r > 0);
	return (volatile unsigned char *)r;
}

/* `size` bytes of room, aligned to a leaf table, nothing mapped. */
static volatile unsigned char *room(size_t size)
{
	volatile unsigned char *p = map(0, size + TABLE, CURFEW_PROT_NONE, ANON);

	CHECK_EQ(sys(SYS_munmap, p, size + TABLE), 0);
	return (volatile unsigned char *)(((uintptr_t)p + TABLE - 1) & -TABLE);
}

static void run(void *(*body)(void *))
{
	pthread_t thread[THREADS];

	NEED(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
	for (size_t i = 0; i < THREADS; i++)
		NEED(pthread_create(&thread[i], NULL, body, (void *)i) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&barrier);
}

static void counts(uint64_t *resident, uint64_t *tables)
{
	struct curfew_procinfo info;

	CHECK(sys(SYS_procinfo, sys(SYS_getpid), &info) > 0);
	*resident = info.resident;
	*tables = info.tables;
}

/* --- the same pages, missing in all threads at once --- */

#define SAME 32

static void *same_pages(void *arg)
{
	size_t me = (size_t)arg;

	for (unsigned round = 0; round < 100; round++) {
		pthread_barrier_wait(&barrier);
		for (size_t i = 0; i < SAME; i++)
			area[i * PAGE + me] += (unsigned char)(i + me + 1);
		pthread_barrier_wait(&barrier);
		for (size_t i = 0; i < SAME; i++)
			for (size_t j = 0; j < THREADS; j++)
				CHECK_EQ(area[i * PAGE + j], i + j + 1);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
			CHECK_EQ(sys(SYS_munmap, area, SAME * PAGE), 0);
			map((void *)area, SAME * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
		}
	}
	return NULL;
}

TEST(same_pages_together)
{
	area = map((void *)room(SAME * PAGE), SAME * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
	run(same_pages);
}

/* --- one table, filled and emptied by all: whoever takes the last page takes the table --- */

static void *neighbour(void *arg)
{
	volatile unsigned char *p = area + (size_t)arg * PAGE;

	for (unsigned round = 0; round < 400; round++) {
		map((void *)p, PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
		CHECK_EQ(p[1], 0);
		p[1] = (unsigned char)round | 1;
		CHECK_EQ(p[1], (unsigned char)round | 1);
		CHECK_EQ(sys(SYS_munmap, p, PAGE), 0);
	}
	return NULL;
}

TEST(tables_come_and_go)
{
	uint64_t resident[2], tables[2];

	area = room(TABLE);
	run(neighbour); /* the library keeps stacks and what they need */
	counts(&resident[0], &tables[0]);
	counts(&resident[0], &tables[0]);
	for (unsigned i = 0; i < 4; i++)
		run(neighbour);
	counts(&resident[1], &tables[1]);
	CHECK_EQ(resident[1], resident[0]);
	CHECK_EQ(tables[1], tables[0]);
}

/* --- a table loses its last page in one thread while another faults its first one in --- */

static void *closer(void *arg)
{
	volatile unsigned char *table = area + (size_t)arg / 2 * TABLE;
	volatile unsigned char *own = table + (size_t)arg % 2 * PAGE;

	for (unsigned round = 0; round < 300; round++) {
		map((void *)own, PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
		if ((size_t)arg % 2)
			own[7] = 1;
		pthread_barrier_wait(&barrier);
		if ((size_t)arg % 2 == 0)
			own[7] = 2;
		CHECK_EQ(sys(SYS_munmap, own, PAGE), 0);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

TEST(last_out_against_first_in)
{
	area = room(THREADS / 2 * TABLE);
	run(closer);
}

/* --- faults beside pages that are unmapped, protected, mapped anew --- */

#define EACH 64

static void *toucher(void *arg)
{
	volatile unsigned char *own = area + (size_t)arg * EACH * PAGE;

	if (arg == NULL) { /* unmaps pages between theirs */
		for (unsigned round = 0; round < 200; round++) {
			for (size_t i = 0; i < EACH; i++)
				own[i * PAGE] = 1;
			CHECK_EQ(sys(SYS_munmap, own, EACH * PAGE), 0);
			map((void *)own, EACH * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
		}
		stop = true;
		return NULL;
	}
	for (unsigned round = 0; !stop; round++) {
		for (size_t i = 0; i < EACH; i++) {
			CHECK_EQ(own[i * PAGE], round % 256);
			own[i * PAGE]++;
		}
		if (arg == (void *)1) { /* rights come and go, contents stay */
			CHECK_EQ(sys(SYS_mprotect, own, EACH * PAGE, RO), 0);
			CHECK_EQ(own[round % EACH * PAGE], (round + 1) % 256);
			CHECK_EQ(sys(SYS_mprotect, own, EACH * PAGE, RW), 0);
		} else if (round % 256 == 255) {
			CHECK_EQ(sys(SYS_munmap, own, EACH * PAGE), 0);
			map((void *)own, EACH * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
		}
	}
	return NULL;
}

TEST(faults_beside_changes)
{
	area = map((void *)room(THREADS * EACH * PAGE), THREADS * EACH * PAGE, RW, ANON | CURFEW_MAP_FIXED_NOREPLACE);
	stop = false;
	run(toucher);
}

/* --- copy-on-write by all threads at once: none of their bytes is lost, and the other process sees none --- */

#define COWED 64

static void *writer(void *arg)
{
	size_t me = (size_t)arg;

	pthread_barrier_wait(&barrier);
	for (size_t i = 0; i < COWED; i++)
		area[i * PAGE + me] = (unsigned char)(i ^ (me + 1));
	return NULL;
}

static void check_written(unsigned mark)
{
	for (size_t i = 0; i < COWED; i++) {
		for (size_t j = 0; j < THREADS; j++)
			CHECK_EQ(area[i * PAGE + j], (i ^ (j + 1)) % 256);
		CHECK_EQ(area[i * PAGE + 100], mark);
	}
}

TEST(copies_together)
{
	area = map(0, COWED * PAGE, RW, ANON);
	for (unsigned round = 1; round <= 20; round++) {
		for (size_t i = 0; i < COWED; i++) {
			for (size_t j = 0; j < THREADS; j++)
				area[i * PAGE + j] = 0x55;
			area[i * PAGE + 100] = (unsigned char)round;
		}
		pid_t child = fork();

		if (child == 0) {
			run(writer);
			check_written(round);
			_exit(0);
		}
		NEED(child > 0);
		if (round % 2) { /* and sometimes the parent's threads at the same time */
			run(writer);
			check_written(round);
		}
		CHECK_EQ(check_wait(child), 0);
		for (size_t i = 0; round % 2 == 0 && i < COWED; i++)
			CHECK_EQ(area[i * PAGE + 1], 0x55);
	}
}

/* Forks while other threads fault: fork needs the space to itself, and each child sees whole pages. */
static void *forker(void *arg)
{
	if (arg == NULL) {
		for (unsigned round = 0; round < 40; round++)
			CHECK_EQ(CHILD({
				for (size_t i = 0; i < COWED; i++)
					area[i * PAGE + 8] = 1;
			}), 0);
		stop = true;
		return NULL;
	}
	for (unsigned char round = 1; !stop; round++)
		for (size_t i = 0; i < COWED; i++) {
			area[i * PAGE + (size_t)arg] = round;
			CHECK_EQ(area[i * PAGE + (size_t)arg], round);
			CHECK_EQ(area[i * PAGE + 8], 0);
		}
	return NULL;
}

TEST(forks_beside_faults)
{
	area = map(0, COWED * PAGE, RW, ANON);
	stop = false;
	run(forker);
}

/* --- a process that unmaps all it has, and dies of it: its purge finds nothing (E5) --- */

TEST(purge_of_nothing)
{
	long long early = check_counter("purge.early", 0);
	uint64_t top = 1ul << 38; /* above all that a small process has */
	int status = CHILD(sys(SYS_munmap, 0, top));

	CHECK_EQ(status, SIGSEGV);
	CHECK(check_counter("purge.early", 0) > early);
	status = CHILD(
		/* all but the page that the kernel put there */
		sys(SYS_munmap, 0x400020000 + PAGE, top - 0x400020000 - PAGE);
		sys(SYS_munmap, 0, 0x400020000));
	CHECK_EQ(status, SIGSEGV);
	CHECK(check_counter("purge.early", 0) > early + 1);
}
