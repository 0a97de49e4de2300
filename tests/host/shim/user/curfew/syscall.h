/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_CURFEW_SYSCALL_H
#define HOST_CURFEW_SYSCALL_H
/*
 * On the host there are no system calls: a server's logic that makes one does not link.
 */
#include <curfew/abi.h>
#include <errno.h>

long curfew_syscall(long number, ...);

static inline long curfew_result(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
