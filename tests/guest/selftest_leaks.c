/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Not a test of Curfew: after its test, pages are missing (tests/test_harness.py).
 */
#define CHECK_SETTLE_MS 500
#include "check.h"

/* A grandchild in a group of its own lives on, out of the runner's reach. */
TEST(leaks)
{
	if (fork() == 0) {
		setpgid(0, 0);
		__atomic_store_n(&check_shared->words[0], 1, __ATOMIC_RELEASE);
		sys(SYS_sleep_until, CURFEW_FOREVER);
	}
	while (!__atomic_load_n(&check_shared->words[0], __ATOMIC_ACQUIRE))
		sys(SYS_yield);
}
