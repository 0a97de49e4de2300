/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way to take a translation away, while other CPUs have the space loaded and never leave it: threads that compute and make no
 * system call.  So each flush must reach them (T8), and no switch helps it along.  For the checker (BUILD=check) above all.
 */
#include "check.h"
#include <pthread.h>

#define SPINNERS 3
#define BLOCK (512 * PAGE)
#define BLOCKS 3
#define RW (PROT_READ | PROT_WRITE)

static volatile bool stop;
static volatile uint64_t turns[SPINNERS][64];
static char *volatile touched; /* what the spinners read, NULL: nothing */

static void *spin(void *arg)
{
	long i = (long)arg;

	while (!stop) {
		char *at = touched;

		turns[i][0]++;
		if (at)
			turns[i][1] += *(volatile char *)at;
	}
	return NULL;
}

static void start(pthread_t *t)
{
	stop = false;
	for (long i = 0; i < SPINNERS; i++)
		NEED(pthread_create(&t[i], NULL, spin, (void *)i) == 0);
}

static void end(pthread_t *t)
{
	stop = true;
	for (int i = 0; i < SPINNERS; i++)
		pthread_join(t[i], NULL);
}

static char *map(size_t size)
{
	return mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Fork, then copy-on-write, by this thread: it must not believe that it is alone after the flush of fork. */
TEST(fork_beside_spinners)
{
	pthread_t t[SPINNERS];
	char *p = map(16 * PAGE);

	memset(p, 1, 16 * PAGE);
	touched = p;
	start(t);
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		for (int k = 0; k < 16; k++)
			p[k * PAGE] = i;
		CHECK(waitpid(pid, NULL, 0) == pid);
	}
	touched = NULL;
	end(t);
}

/* Of each size that an operand by range can round: rights taken, given back, unmapped. */
TEST(ranges_beside_spinners)
{
	static const int sizes[] = { 1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 66, 96, 127, 128, 129, 511, 512, 513, 1100 };
	pthread_t t[SPINNERS];

	start(t);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i] * PAGE;
		char *p = map(size);

		NEED(p != MAP_FAILED);
		for (size_t at = 0; at < size; at += PAGE)
			p[at] = 1;
		CHECK_EQ(mprotect(p, size, PROT_READ), 0);
		CHECK_EQ(mprotect(p, size, PROT_READ | PROT_EXEC), 0);
		CHECK_EQ(mprotect(p, size, PROT_READ), 0);
		CHECK_EQ(mprotect(p, size, PROT_NONE), 0);
		CHECK_EQ(mprotect(p, size, RW), 0);
		p[size - 1] = 2;
		if (size > 2 * PAGE) /* a hole: the first and the last entry are far apart */
			munmap(p + PAGE, size - 2 * PAGE);
		munmap(p, size);
	}
	end(t);
}

TEST(blocks_beside_spinners)
{
	pthread_t t[SPINNERS];
	char *whole = map((BLOCKS + 1) * BLOCK), *p = (char *)(((uintptr_t)whole + BLOCK - 1) & -BLOCK);

	NEED(whole != MAP_FAILED);
	memset(p, 1, BLOCKS * BLOCK);
	start(t);
	for (int i = 0; i < 3; i++) {
		pid_t pid;

		touched = p;
		CHECK_EQ(mprotect(p, BLOCKS * BLOCK, PROT_READ), 0);
		CHECK_EQ(mprotect(p, BLOCKS * BLOCK, RW), 0);
		memset(p, i, BLOCKS * BLOCK);
		pid = fork();
		if (pid == 0)
			_exit(0);
		p[BLOCK] = 3;
		CHECK(waitpid(pid, NULL, 0) == pid);
		touched = NULL;
		CHECK_EQ(mprotect(p + BLOCK, PAGE, PROT_READ), 0);
		CHECK_EQ(mprotect(p + BLOCK, PAGE, RW), 0);
		memset(p, i, BLOCKS * BLOCK);
	}
	end(t); /* a spinner may be about to read what it was shown */
	munmap(whole, (BLOCKS + 1) * BLOCK);
}
