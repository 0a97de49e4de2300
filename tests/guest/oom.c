/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of memory: an error to who asks, or the death of one process; the rest goes on, and all comes back.
 * Made for a machine of 64 MiB.
 */
#include "check.h"

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* Touches pages of a new mapping until something happens. */
static void eat(void)
{
	for (;;) {
		char *p = mmap(NULL, 1024 * PAGE, RW, ANON, -1, 0);

		if (p == MAP_FAILED)
			_exit(44);
		for (size_t i = 0; i < 1024; i++)
			p[i * PAGE] = 1;
	}
}

TEST(too_large_is_an_error)
{
	CHECK_ERRNO(mmap(NULL, (size_t)1 << 46, RW, ANON, -1, 0) == MAP_FAILED ? -1 : 0, ENOMEM);
}

TEST(touching_beyond_memory_kills_one)
{
	for (int i = 0; i < 3; i++) {
		int status = CHILD(eat());

		CHECK(status == SIGKILL || status == SIGBUS || status == 44 << 8);
	}
	CHECK_EQ(CHILD(_exit(3)), 3 << 8);
}

/* Two at once, on different CPUs, and a bystander. */
TEST(eaters_and_a_bystander)
{
	pid_t eaters[2], bystander = fork();

	if (bystander == 0) {
		volatile uint64_t sum = 0;

		while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
			sum = sum + 1;
		_exit(5);
	}
	for (int i = 0; i < 2; i++) {
		eaters[i] = fork();
		if (eaters[i] == 0)
			eat();
	}
	for (int i = 0; i < 2; i++) {
		int status = check_wait(eaters[i]);

		CHECK(status == SIGKILL || status == SIGBUS || status == 44 << 8);
	}
	__atomic_store_n(&check_shared->words[0], 1, __ATOMIC_RELEASE);
	CHECK_EQ(check_wait(bystander), 5 << 8);
}

/* malloc that fails is NULL, or its user is killed; never more. */
TEST(malloc_until_it_ends)
{
	int status = CHILD({
		while (malloc(100000))
			;
		_exit(7);
	});

	CHECK(status == 7 << 8 || status == SIGKILL || status == SIGBUS);
}

/* Children that all sleep, until fork fails. */
TEST(forks_until_it_ends)
{
	static pid_t pids[5000];
	int status = CHILD({
		int n = 0;

		while (n < 5000 && (pids[n] = fork()) >= 0) {
			if (pids[n] == 0)
				sys(SYS_sleep_until, CURFEW_FOREVER);
			n++;
		}
		CHECK(n == 5000 || errno == EAGAIN || errno == ENOMEM);
		CHECK(n > 100);
		while (n-- > 0) {
			CHECK_EQ(sys(SYS_kill, pids[n], SIGTERM), 0);
			CHECK_EQ(check_wait(pids[n]), SIGTERM);
		}
	});

	CHECK(status == 0 || status == SIGKILL);
}

/* Objects, handles and regions are the kernel's own memory. */
TEST(objects_until_it_ends)
{
	int status = CHILD({
		long r = 0;
		long n = 0;

		while (n < 200000 && (r = sys(SYS_vmo_create, PAGE)) >= 0) {
			char byte = 1;

			if (sys(SYS_vmo_write, r, 0, &byte, 1) < 0)
				break;
			n++;
		}
		CHECK(n > 100);
	});

	CHECK(status == 0 || status == SIGKILL);
}

TEST(regions_until_it_ends)
{
	int status = CHILD({
		char *base = mmap(NULL, (size_t)1 << 32, PROT_NONE, ANON, -1, 0);

		for (size_t i = 0; base != MAP_FAILED && i < 300000; i++) {
			if (mprotect(base + i * 2 * PAGE, PAGE, PROT_READ) < 0) {
				CHECK_EQ(errno, ENOMEM);
				break;
			}
		}
	});

	CHECK(status == 0 || status == SIGKILL);
}

/* A machine that was full serves again: as much memory as before can be touched. */
TEST(all_comes_back)
{
	long long pages = check_counter("page.free", CURFEW_KSTAT_TRIM);

	for (int i = 0; i < 3; i++) {
		CHECK_EQ(CHILD({
			size_t n = (size_t)pages * 9 / 10;
			char *p = mmap(NULL, n * PAGE, RW, ANON, -1, 0);

			NEED(p != MAP_FAILED);
			for (size_t j = 0; j < n; j++)
				p[j * PAGE] = 1;
		}), 0);
	}
}
