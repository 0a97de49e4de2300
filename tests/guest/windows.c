/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many windows of a memory object there are, whatever keeps them: vmo_windows.
 */
#include <pthread.h>

#include "check.h"

#define RW (CURFEW_PROT_READ | CURFEW_PROT_WRITE)
#define SHARED CURFEW_MAP_SHARED

static long create(uint64_t size)
{
	long h = sys(SYS_vmo_create, size, 0);

	NEED(h >= 0);
	return h;
}

static long window(long vmo, uint64_t offset, uint64_t size)
{
	long h = sys(SYS_vmo_window, vmo, offset, size, CURFEW_RIGHT_ALL);

	NEED(h >= 0);
	return h;
}

static long windows(long vmo, uint64_t offset, uint64_t length)
{
	return sys(SYS_vmo_windows, vmo, offset, length);
}

TEST(each_is_counted)
{
	long vmo = create(16 * PAGE + 10), a, b, inner;

	CHECK_EQ(windows(vmo, 0, 16 * PAGE + 10), 0);
	a = window(vmo, 2 * PAGE, 4 * PAGE);
	b = window(vmo, 5 * PAGE, PAGE + 50);
	CHECK_EQ(windows(vmo, 0, 16 * PAGE + 10), 2);
	CHECK_EQ(windows(vmo, 0, 2 * PAGE), 0);
	CHECK_EQ(windows(vmo, 0, 2 * PAGE + 1), 1);
	CHECK_EQ(windows(vmo, 5 * PAGE - 1, 1), 1);
	CHECK_EQ(windows(vmo, 5 * PAGE, 1), 2);
	CHECK_EQ(windows(vmo, 6 * PAGE, PAGE), 1);
	CHECK_EQ(windows(vmo, 6 * PAGE + 60, 1), 1); /* the rest of its last page */
	CHECK_EQ(windows(vmo, 7 * PAGE, 9 * PAGE + 10), 0);
	CHECK_EQ(windows(vmo, 3 * PAGE, 0), 0);
	inner = window(a, 3 * PAGE, PAGE);
	CHECK_EQ(windows(vmo, 5 * PAGE, PAGE), 3);
	CHECK_EQ(windows(a, 3 * PAGE, PAGE), 3); /* itself too */
	CHECK_EQ(windows(a, 0, PAGE), 1);
	CHECK_EQ(windows(inner, 0, PAGE), 3);
	CHECK_EQ(sys(SYS_handle_close, a), 0);
	CHECK_EQ(windows(vmo, 2 * PAGE, PAGE), 0);
	CHECK_EQ(windows(vmo, 5 * PAGE, PAGE), 2);
	CHECK_EQ(sys(SYS_handle_close, inner), 0);
	CHECK_EQ(sys(SYS_handle_close, b), 0);
	CHECK_EQ(windows(vmo, 0, 16 * PAGE + 10), 0);
}

/* By mappings alone, in this process or another, until the last page of the last one goes. */
TEST(kept_by_mappings)
{
	long vmo = create(8 * PAGE), w = window(vmo, 2 * PAGE, 3 * PAGE);
	long p = sys(SYS_mmap, 0, 3 * PAGE, RW, SHARED, w, 0);
	pid_t child;

	NEED(p > 0);
	CHECK_EQ(sys(SYS_handle_close, w), 0);
	CHECK_EQ(windows(vmo, 2 * PAGE, PAGE), 1);
	CHECK_EQ(sys(SYS_munmap, p, PAGE), 0);
	CHECK_EQ(windows(vmo, 2 * PAGE, PAGE), 1); /* a window is whole */
	child = fork();
	if (child == 0) {
		while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
			sys(SYS_futex_wait, &check_shared->words[0], 0, CURFEW_FOREVER);
		_exit(0);
	}
	NEED(child > 0);
	CHECK_EQ(sys(SYS_munmap, p, 3 * PAGE), 0);
	CHECK_EQ(windows(vmo, 0, 8 * PAGE), 1);
	__atomic_store_n(&check_shared->words[0], 1, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, &check_shared->words[0], 1);
	CHECK_EQ(check_wait(child), 0);
	CHECK_EQ(windows(vmo, 0, 8 * PAGE), 0);
}

TEST(errors)
{
	long vmo = create(2 * PAGE + 10), writer = sys(SYS_handle_dup, vmo, CURFEW_RIGHT_ALL & ~CURFEW_RIGHT_MANAGE);
	long w = window(vmo, PAGE, PAGE);

	CHECK_EQ(windows(vmo, 0, 2 * PAGE + 11), -EINVAL);
	CHECK_EQ(windows(vmo, 2 * PAGE + 11, 0), -EINVAL);
	CHECK_EQ(windows(vmo, PAGE, -PAGE), -EINVAL);
	CHECK_EQ(windows(vmo, -1l, 2), -EINVAL);
	CHECK_EQ(windows(vmo, 2 * PAGE + 10, 0), 0);
	CHECK_EQ(windows(w, 0, PAGE + 1), -EINVAL);
	CHECK_EQ(windows(writer, 0, PAGE), -EPERM);
	CHECK_EQ(windows(initrd(), 0, PAGE), -EPERM);
	CHECK_EQ(windows(0, 0, PAGE), -EPERM);
	CHECK_EQ(windows(99, 0, PAGE), -EBADF);
}

static long counted_vmo;
static uint32_t makers;

/* Always at least one on the first page, and one of its own on another. */
static void *make_windows(void *arg)
{
	uint64_t at = (uintptr_t)arg * 2 * PAGE;

	for (unsigned round = 0; round < 300; round++) {
		long a = window(counted_vmo, 0, PAGE), b = window(counted_vmo, at, 2 * PAGE), c = window(b, PAGE, PAGE);

		CHECK_EQ(windows(counted_vmo, at, PAGE), 1);
		CHECK_EQ(windows(counted_vmo, at + PAGE, PAGE), 2);
		CHECK_EQ(sys(SYS_handle_close, b), 0);
		CHECK_EQ(windows(counted_vmo, at, PAGE), 0);
		CHECK_EQ(windows(counted_vmo, at + PAGE, PAGE), 1);
		CHECK(windows(counted_vmo, 0, PAGE) >= 1);
		CHECK_EQ(sys(SYS_handle_close, c), 0);
		CHECK_EQ(sys(SYS_handle_close, a), 0);
	}
	__atomic_fetch_add(&makers, 1, __ATOMIC_ACQ_REL);
	return NULL;
}

TEST(counted_by_many)
{
	pthread_t thread[3];

	counted_vmo = create(8 * PAGE);
	makers = 0;
	for (uintptr_t i = 0; i < 3; i++)
		NEED(pthread_create(&thread[i], NULL, make_windows, (void *)(i + 1)) == 0);
	while (__atomic_load_n(&makers, __ATOMIC_ACQUIRE) < 3)
		CHECK(windows(counted_vmo, 0, 8 * PAGE) <= 9);
	for (unsigned i = 0; i < 3; i++)
		NEED(pthread_join(thread[i], NULL) == 0);
	CHECK_EQ(windows(counted_vmo, 0, 8 * PAGE), 0);
}
