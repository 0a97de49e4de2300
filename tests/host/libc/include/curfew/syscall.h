/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYSCALL_H
#define CURFEW_SYSCALL_H
/* In place of the bare system call: tests/host/libc/fake.c. */
#include <curfew/abi.h>
#include <errno.h>

long fake_syscall(long number, long a, long b, long c, long d, long e, long f);

#define FAKE_SYSCALL(n, a, b, c, d, e, f, ...) \
	fake_syscall((long)(n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define curfew_syscall(...) FAKE_SYSCALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static inline long curfew_result(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
