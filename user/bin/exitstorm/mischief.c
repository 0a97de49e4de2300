/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mischief: what threads of the storm do until their process is gone.
 *
 * Each deed uses something that an exit must undo or survive: pages being
 * faulted in, regions that come, change and go, locks held and waited for,
 * sleeps, new threads, forks whose children nobody may wait for, vfork children
 * that still use the dying process's memory, and execs.  What a deed writes it
 * also checks.  Running out of memory or of processes is no failure.
 *
 * A child forked here comes from a process with several threads, so it calls
 * nothing that could need a lock of the C library's.
 */
#include "storm.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE        4096
#define SMALL_STACK (32 * 1024)
#define MANY_BYTES  (4ul << 20)

/* Written by all threads of a process, each its own column, and shared copy-on-write with its children. */
static uint64_t columns[4 * PAGE / sizeof(uint64_t)] __attribute__((aligned(PAGE)));
#define COLUMNS 16
#define ROWS    (sizeof(columns) / sizeof(uint64_t) / COLUMNS)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned long twice[2]; /* equal whenever the lock is free */

static void nap(unsigned microseconds)
{
	const struct timespec time = { .tv_nsec = (long)microseconds * 1000 };

	nanosleep(&time, NULL);
}

static void spin(unsigned turns)
{
	for (volatile unsigned i = 0; i < turns; i++)
		;
}

void random_delay(struct random *random)
{
	unsigned kind = random_below(random, 4);

	if (kind == 1)
		nap(random_below(random, 2000));
	else if (kind > 1)
		spin(random_below(random, 20000));
}

/* ---------------------------------------------------------- time and locks */

static void do_spin(struct culprit *culprit)
{
	spin(random_below(&culprit->random, 10000));
	sched_yield();
}

static void do_nap(struct culprit *culprit)
{
	nap(random_below(&culprit->random, 300));
}

static void do_lock(struct culprit *culprit)
{
	pthread_mutex_lock(&lock);
	twice[0]++;
	spin(random_below(&culprit->random, 500));
	if (random_one_in(&culprit->random, 4))
		sched_yield();
	twice[1]++;
	if (twice[0] != twice[1])
		broken("two threads held one lock");
	if (random_one_in(&culprit->random, 2))
		pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void do_wait(struct culprit *culprit)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)random_below(&culprit->random, 500000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&lock);
	pthread_cond_timedwait(&changed, &lock, &until);
	if (twice[0] != twice[1])
		broken("a wait returned without the lock");
	pthread_mutex_unlock(&lock);
}

/* ------------------------------------------------------------------ memory */

/* A fresh private mapping, or NULL if there is no memory for it. */
static uint64_t *map(size_t length)
{
	uint64_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	if (errno != ENOMEM)
		broken("mmap failed");
	return NULL;
}

/* Writes a word of every page, and checks it again; expects zeroes first. */
static void use_pages(uint64_t *memory, size_t pages, uint64_t key)
{
	const size_t words = PAGE / sizeof(uint64_t);

	for (size_t i = 0; i < pages; i++) {
		if (memory[i * words] != 0)
			broken("new memory is not zero");
		memory[i * words] = key + i;
	}
	for (size_t i = 0; i < pages; i++) {
		if (memory[i * words] != key + i)
			broken("a page changed");
	}
}

static void do_fault_pages(struct culprit *culprit)
{
	size_t pages = 1 + random_below(&culprit->random, 16);
	uint64_t *memory = map(pages * PAGE);

	if (memory == NULL)
		return;
	use_pages(memory, pages, random_next(&culprit->random));
	munmap(memory, pages * PAGE);
}

static void do_protect(struct culprit *culprit)
{
	uint64_t *memory = map(8 * PAGE), key = random_next(&culprit->random);
	size_t first = random_below(&culprit->random, 8);

	if (memory == NULL)
		return;
	use_pages(memory, 8, key);
	mprotect(memory + first * PAGE / 8, PAGE, PROT_READ);
	if (memory[first * PAGE / 8] != key + first)
		broken("a page changed with its protection");
	if (random_one_in(&culprit->random, 2))
		mprotect(memory, 8 * PAGE, PROT_NONE);
	if (mprotect(memory, 8 * PAGE, PROT_READ | PROT_WRITE) == 0)
		memory[first * PAGE / 8] = key;
	munmap(memory, 8 * PAGE);
}

/* Unmaps the middle first, and much that was never touched; no page twice, for it may be a sibling's by then. */
static void do_unmap_parts(struct culprit *culprit)
{
	uint64_t *memory = map(MANY_BYTES);
	size_t middle = (1 + random_below(&culprit->random, MANY_BYTES / PAGE - 8)) * PAGE;

	if (memory == NULL)
		return;
	use_pages(memory + middle / 8, 4, random_next(&culprit->random));
	munmap((char *)memory + middle, 2 * PAGE);
	munmap(memory, middle);
	munmap((char *)memory + middle + 2 * PAGE, MANY_BYTES - middle - 2 * PAGE);
}

static __attribute__((noinline)) unsigned deeper(unsigned depth)
{
	volatile unsigned char frame[1024];

	frame[0] = (unsigned char)depth;
	frame[1023] = (unsigned char)~depth;
	return (depth ? deeper(depth - 1) : 0) + frame[0] + frame[1023];
}

static void do_stack(struct culprit *culprit)
{
	unsigned depth = random_below(&culprit->random, 12);

	if (deeper(depth) != 255 * (depth + 1))
		broken("the stack changed");
}

static void do_heap(struct culprit *culprit)
{
	size_t size = 1 + random_below(&culprit->random, 3000);
	unsigned char *block = malloc(size), mark = (unsigned char)random_next(&culprit->random);

	if (block == NULL)
		return;
	memset(block, mark, size);
	sched_yield();
	if (block[0] != mark || block[size - 1] != mark)
		broken("a heap block changed");
	free(block);
}

/* ------------------------------------------------- threads and processes */

static void *short_thread(void *argument)
{
	nap((unsigned)(uintptr_t)argument);
	return argument;
}

static void do_thread(struct culprit *culprit)
{
	void *argument = (void *)(uintptr_t)random_below(&culprit->random, 100);
	pthread_attr_t attributes;
	pthread_t thread;
	void *result;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, SMALL_STACK);
	if (pthread_create(&thread, &attributes, short_thread, argument) != 0)
		return;
	if (random_one_in(&culprit->random, 3))
		pthread_detach(thread);
	else if (pthread_join(thread, &result) != 0 || result != argument)
		broken("join went wrong");
}

/* Waits for a child that must exit with the status given, or leaves it to others. */
static void reap(struct culprit *culprit, pid_t pid, int code)
{
	int status;

	if (pid < 0) {
		if (errno != ENOMEM && errno != EAGAIN)
			broken("fork failed");
		return;
	}
	if (random_one_in(&culprit->random, 4))
		return;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != code)
		broken("a child ended wrongly");
}

/* A child checks and changes memory it shares copy-on-write; the parent's must stay. */
static void do_fork(struct culprit *culprit)
{
	uint64_t *column = columns + culprit->who % COLUMNS, key = random_next(&culprit->random);
	int code = (int)random_below(&culprit->random, 64);
	pid_t pid;

	for (size_t row = 0; row < ROWS; row++)
		column[row * COLUMNS] = key + row;
	pid = fork();
	if (pid == 0) {
		uint64_t *memory = map(4 * PAGE);

		for (size_t row = 0; row < ROWS; row++) {
			if (column[row * COLUMNS] != key + row)
				broken("memory from before the fork changed");
			column[row * COLUMNS] = 0;
		}
		if (memory)
			use_pages(memory, 4, key);
		_exit(code);
	}
	reap(culprit, pid, code);
	for (size_t row = 0; row < ROWS; row++) {
		if (column[row * COLUMNS] != key + row)
			broken("a child's write reached its parent");
	}
}

/* A vfork child that execs. */
static void do_vfork_exec(struct culprit *culprit)
{
	static char *const argv[] = { "exitstorm", "--exit", "17", NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self_path, argv);
		_exit(BROKEN);
	}
	reap(culprit, pid, 17);
}

/* A vfork child that stays a while in memory that its parent's siblings may be leaving. */
static void do_vfork_linger(struct culprit *culprit)
{
	unsigned time = random_below(&culprit->random, 1000);
	pid_t pid = vfork();

	if (pid == 0) {
		nap(time);
		_exit(23);
	}
	reap(culprit, pid, 23);
}

void mischief(struct culprit *culprit)
{
	static void (*const deeds[])(struct culprit *) = {
		do_spin,
		do_nap,
		do_lock,
		do_wait,
		do_fault_pages,
		do_fault_pages,
		do_protect,
		do_unmap_parts,
		do_stack,
		do_heap,
		do_thread,
		do_fork,
		do_vfork_exec,
		do_vfork_linger,
	};

	deeds[random_below(&culprit->random, sizeof(deeds) / sizeof(deeds[0]))](culprit);
}

void mischief_sleep(struct culprit *culprit)
{
	static sem_t never; /* all zero: a semaphore of value 0 */
	static pthread_mutex_t private_lock = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t no_change = PTHREAD_COND_INITIALIZER;
	unsigned kind = random_below(&culprit->random, 4);

	for (;;) {
		if (kind == 0) {
			sleep(1000);
		} else if (kind == 1) {
			sem_wait(&never);
		} else if (kind == 2) {
			pthread_mutex_lock(&private_lock);
			pthread_cond_wait(&no_change, &private_lock);
			pthread_mutex_unlock(&private_lock);
		} else {
			pthread_mutex_lock(&private_lock);
			sleep(1000);
			pthread_mutex_unlock(&private_lock);
		}
	}
}
