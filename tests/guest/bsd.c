/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that programs from elsewhere expect: setrlimit, ioctl, XSI's names of setjmp. */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

static int set(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	errno = 0;
	return setrlimit(resource, &limit);
}

TEST(setrlimit_sets_what_is_set)
{
	static const int resources[] = { RLIMIT_STACK, RLIMIT_NOFILE };

	for (int i = 0; i < 2; i++) {
		struct rlimit limit;

		CHECK_EQ(getrlimit(resources[i], &limit), 0);
		CHECK_EQ(set(resources[i], limit.rlim_cur, limit.rlim_max), 0);
		CHECK_EQ(set(resources[i], limit.rlim_cur - 1, limit.rlim_max), -1);
		CHECK_EQ(errno, EPERM);
		CHECK_EQ(set(resources[i], limit.rlim_cur, RLIM_INFINITY), -1);
		CHECK_EQ(errno, EPERM);
		CHECK_EQ(set(resources[i], limit.rlim_cur, limit.rlim_cur - 1), -1);
		CHECK_EQ(errno, EINVAL);
	}
	CHECK_EQ(set(99, 1, 1), -1);
	CHECK_EQ(errno, EINVAL);
}

TEST(ioctl_of_what_is_no_terminal)
{
	pid_t group;

	CHECK_EQ(ioctl(200, TIOCGPGRP, &group), -1);
	CHECK_EQ(errno, EBADF);
	CHECK_EQ(ioctl(0, 0x1234, &group), -1);
	CHECK_EQ(errno, ENOTTY);
	CHECK_EQ(ioctl(0, TIOCGPGRP, NULL), -1);
	CHECK_EQ(errno, EFAULT);
}

/* The same answer as from the call of POSIX's name, whatever it is. */
TEST(ioctl_knows_the_group)
{
	pid_t group = -2, same = tcgetpgrp(0);
	int error = errno;

	CHECK_EQ(ioctl(0, TIOCGPGRP, &group), same < 0 ? -1 : 0);
	CHECK_EQ(same < 0 ? errno : group, same < 0 ? error : same);
	if (same >= 0)
		CHECK_EQ(ioctl(0, TIOCSPGRP, &group), 0);
}

TEST(setjmp_by_its_other_name)
{
	jmp_buf buffer;
	volatile int rounds = 0;
	int value = _setjmp(buffer);

	rounds++;
	if (value < 3)
		_longjmp(buffer, value + 1);
	CHECK_EQ(rounds, 4);
	CHECK_EQ(value, 3);
}
