/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapstorm [-t THREADS] [-n ROUNDS]: threads of one process that map, touch, protect and unmap memory, each against the others.
 *
 * In each round, all threads at the same time:
 *
 *   touch   the same new pages, in a leaf table that none of them has yet
 *   map     a page of their own in that same table, write, check, unmap it; in the end the table is empty, and goes
 *   pass    tables on: one unmaps the last page in each while another touches its first there
 *   protect pages of their own between read-only and writable, with writes in between
 *   copy    the same pages after one of them has forked: each write is a copy-on-write fault
 *
 * and now and then one of them does to 4 MiB, in pieces, what makes and breaks large blocks: unmap a part, protect a
 * part, fork and write on both sides.  Every word is checked against what was written.
 *
 * All of it runs in a child process.  When that has ended, free pages, threads and ASIDs must be what they were before (account.h).
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

#define PAGE         4096ul
#define BLOCK        (512 * PAGE)
#define MAX_THREADS  32
#define SHARED_PAGES 6
#define OWN_FIRST    16 /* pages of their own in such a table */
#define OWN_PAGES    3
#define OWN_TIMES    6
#define LARGE_EVERY  8
#define TABLES       8 /* leaf tables that two threads share */

static long threads = 4, rounds = 40;
static char *arena; /* aligned to 2 MiB, each of them one leaf table; the shared pages are in the first */
static pthread_barrier_t barrier;

static void broken(const char *what, unsigned long place)
{
	fprintf(stderr, "mapstorm: %s (%lx)\n", what, place);
	_exit(1);
}

static void check(bool good, const char *what, unsigned long place)
{
	if (!good)
		broken(what, place);
}

static void map_fixed(char *at, size_t size, int prot)
{
	check(mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at, "mmap", (unsigned long)at);
}

/* The word of a thread in a page that all write. */
static volatile uint64_t *word(long page, long thread)
{
	return (volatile uint64_t *)(arena + page * PAGE) + thread * 8;
}

/* ------------------------------------------------- what all do at once */

static void touch_shared(long me, uint64_t key)
{
	for (long page = 0; page < SHARED_PAGES; page++)
		*word(page, me) = key + page * 64 + me;
}

static void check_shared(uint64_t key)
{
	for (long page = 0; page < SHARED_PAGES; page++)
		for (long t = 0; t < threads; t++)
			check(*word(page, t) == key + page * 64 + t, "a word of a shared page is wrong", page * 64 + t);
}

/* Two threads share tables: the last page out of one takes it along, while the other may be about to enter one. */
static char *own_pages(long me)
{
	return arena + me / 2 * TABLES * BLOCK + (OWN_FIRST + OWN_PAGES * (me % 2)) * PAGE;
}

/* One of the two has a page in each table, the other is allowed one; while the first unmaps them, the second touches its own. */
static void prepare_tables(long me)
{
	for (int k = 0; k < TABLES; k++) {
		map_fixed(own_pages(me) + k * BLOCK, PAGE, PROT_READ | PROT_WRITE);
		if (me % 2 == 0)
			own_pages(me)[k * BLOCK] = 1;
	}
}

static void pass_tables(long me)
{
	for (int k = 0; k < TABLES; k++) {
		char *mine = own_pages(me) + k * BLOCK;

		if (me % 2 == 0) {
			check(munmap(mine, PAGE) == 0, "munmap", k);
		} else {
			check(mine[1] == 0, "a new page is not zero", k);
			mine[1] = k + 1;
		}
	}
}

static void check_tables(long me)
{
	if (me % 2 == 0)
		return;
	for (int k = 0; k < TABLES; k++) {
		char *mine = own_pages(me) + k * BLOCK;

		check(mine[1] == k + 1, "a page lost what was written", k);
		check(munmap(mine, PAGE) == 0, "munmap", k);
	}
}

static void map_own(long me, uint64_t key)
{
	char *mine = own_pages(me);

	for (int i = 0; i < OWN_TIMES; i++) {
		map_fixed(mine, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE);
		for (int k = 0; k < OWN_PAGES; k++) {
			volatile uint64_t *w = (volatile uint64_t *)(mine + k * PAGE);

			check(w[5] == 0, "a new page is not zero", (unsigned long)w);
			w[5] = key + i;
			check(w[5] == key + i, "a page lost what was written", (unsigned long)w);
		}
		check(munmap(mine, OWN_PAGES * PAGE) == 0, "munmap", (unsigned long)mine);
	}
}

static void protect_own(long me, uint64_t key)
{
	char *mine = own_pages(me);
	volatile uint64_t *w = (volatile uint64_t *)mine;

	map_fixed(mine, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE);
	for (int i = 0; i < OWN_TIMES; i++) {
		w[i] = key ^ i;
		check(mprotect(mine, OWN_PAGES * PAGE, PROT_READ) == 0, "mprotect", i);
		check(w[i] == (key ^ i), "a protected page is wrong", i);
		check(mprotect(mine, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect", i);
	}
	check(munmap(mine, OWN_PAGES * PAGE) == 0, "munmap", (unsigned long)mine);
}

/* A child that sees the pages as they were, and exits after it has written to them. */
static pid_t fork_witness(uint64_t key)
{
	pid_t pid = fork();

	if (pid == 0) {
		check_shared(key);
		for (long page = 0; page < SHARED_PAGES; page++)
			*word(page, 0) = 0;
		_exit(0);
	}
	check(pid > 0, "fork", 0);
	return pid;
}

static void wait_for(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid && status == 0, "a child found something wrong", status);
}

/* ------------------------------------------------- large blocks */

static void write_large(char *large, size_t from, size_t to, uint64_t key)
{
	for (size_t at = from; at < to; at += PAGE)
		*(volatile uint64_t *)(large + at) = key + at;
}

static void check_large(const char *large, size_t from, size_t to, uint64_t key)
{
	for (size_t at = from; at < to; at += PAGE)
		check(*(const volatile uint64_t *)(large + at) == key + at, "a word of a large mapping is wrong", at);
}

static void large_blocks(uint64_t key)
{
	char *large = mmap(NULL, 2 * BLOCK + BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t first = -(uintptr_t)large % BLOCK, middle = first + BLOCK / 2;
	pid_t pid;

	check(large != MAP_FAILED, "mmap of 6 MiB", 0);
	write_large(large, first, first + 2 * BLOCK, key);
	check(munmap(large + middle, PAGE) == 0, "munmap in a block", middle);
	check_large(large, first, middle, key);
	check_large(large, middle + PAGE, first + 2 * BLOCK, key);
	check(mprotect(large + first + BLOCK + 3 * PAGE, PAGE, PROT_READ) == 0, "mprotect in a block", 0);
	check_large(large, first + BLOCK, first + 2 * BLOCK, key);
	check(mprotect(large + first + BLOCK + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect back", 0);
	pid = fork();
	if (pid == 0) {
		check_large(large, first + BLOCK, first + 2 * BLOCK, key);
		write_large(large, first + BLOCK, first + 2 * BLOCK, ~key);
		check_large(large, first + BLOCK, first + 2 * BLOCK, ~key);
		_exit(0);
	}
	check(pid > 0, "fork", 0);
	write_large(large, first + BLOCK, first + BLOCK + 8 * PAGE, key);
	wait_for(pid);
	check_large(large, first + BLOCK, first + 2 * BLOCK, key);
	check(munmap(large, 3 * BLOCK) == 0, "munmap of 6 MiB", 0);
}

/* The last pages of a space with 39 bits of address: a range that ends where the next address would be too large. */
static void map_top(uint64_t key)
{
	char *top = (char *)((1ul << 39) - 2 * PAGE);

	for (uint64_t i = 0; i < 2; i++) {
		map_fixed(top, 2 * PAGE, PROT_READ | PROT_WRITE);
		for (int k = 0; k < 2; k++) {
			volatile uint64_t *w = (volatile uint64_t *)(top + k * PAGE);

			check(*w == 0, "a new page at the top is not zero", (unsigned long)w);
			*w = key + i;
		}
		check(munmap(top, 2 * PAGE) == 0, "munmap at the top", 0);
	}
}

/* ------------------------------------------------- rounds */

static void *storm(void *number)
{
	long me = (intptr_t)number;

	for (long i = 0; i < rounds; i++) {
		uint64_t key = (i + 1) * 0x9e3779b97f4a7c15ull;
		pid_t pid = 0;

		if (me == 0)
			map_fixed(arena, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE);
		pthread_barrier_wait(&barrier);
		touch_shared(me, key);
		pthread_barrier_wait(&barrier);
		check_shared(key);
		pthread_barrier_wait(&barrier);
		if (me == 0)
			pid = fork_witness(key);
		pthread_barrier_wait(&barrier);
		touch_shared(me, ~key);
		pthread_barrier_wait(&barrier);
		check_shared(~key);
		pthread_barrier_wait(&barrier);
		if (me == 0) {
			check(munmap(arena, SHARED_PAGES * PAGE) == 0, "munmap", 0);
			wait_for(pid);
		}
		pthread_barrier_wait(&barrier);
		map_own(me, key);
		protect_own(me, key);
		prepare_tables(me);
		pthread_barrier_wait(&barrier);
		pass_tables(me);
		check_tables(me);
		if (me == 0 && i % LARGE_EVERY == 0) {
			map_top(key);
			large_blocks(key);
		}
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void storm_all(void)
{
	pthread_t list[MAX_THREADS];
	char *room = mmap(NULL, ((threads + 1) / 2 * TABLES + 1) * BLOCK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(room != MAP_FAILED, "mmap", 0);
	arena = room + -(uintptr_t)room % BLOCK; /* what is not used of it keeps others' mappings away */
	check(pthread_barrier_init(&barrier, NULL, threads) == 0, "pthread_barrier_init", 0);
	for (long i = 1; i < threads; i++)
		check(pthread_create(&list[i], NULL, storm, (void *)(intptr_t)i) == 0, "pthread_create", i);
	storm(NULL);
	for (long i = 1; i < threads; i++)
		check(pthread_join(list[i], NULL) == 0, "pthread_join", i);
	_exit(0);
}

static bool run_child(long n)
{
	long wanted = rounds;
	int status;
	pid_t pid;

	rounds = n;
	pid = fork();
	if (pid == 0)
		storm_all();
	rounds = wanted;
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	struct account begin;
	int option;
	bool good = true;

	opterr = 0;
	while (good && (option = getopt(argc, argv, "t:n:")) != -1) {
		if (option == 't')
			good = parse_number(optarg, 1, MAX_THREADS, &threads);
		else if (option == 'n')
			good = parse_number(optarg, 1, 1000000, &rounds);
		else
			good = false;
	}
	if (!good || optind != argc)
		return usage("mapstorm [-t THREADS] [-n ROUNDS]");
	account_prepare();
	if (!run_child(1))
		return 1;
	account_take(&begin);
	good = run_child(rounds);
	if (account_close("mapstorm", &begin, 2000) < 0)
		good = false;
	printf("mapstorm: %ld threads, %ld rounds: %s\n", threads, rounds, good ? "ok" : "FAILED");
	return finish("mapstorm", good ? 0 : 1);
}
