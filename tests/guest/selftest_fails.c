/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Not a test of Curfew: each of these fails in a way that the harness must report (tests/test_harness.py).
 */
#include "check.h"

TEST(good)
{
	CHECK(true);
}

TEST(check_fails)
{
	CHECK(1 + 1 == 3);
	CHECK(1 + 1 == 4);
}

TEST(need_ends_the_test)
{
	NEED(false);
	for (;;)
		;
}

TEST(numbers_are_shown)
{
	CHECK_EQ(40 + 2, 43);
}

TEST(child_fails)
{
	CHILD(CHECK(!"in the child"));
}

TEST(crashes)
{
	CRASH();
}

TEST(exits_badly)
{
	_exit(5);
}
