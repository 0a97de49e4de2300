/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setrlimit(): limits are what they are (sysconf.c), for everybody.
 *
 * To set what is set already succeeds, as shells and daemons do at their
 * start; anything else is EPERM, which POSIX has for a limit that the process
 * may not have.  A greater soft limit than the hard one is EINVAL.
 */
#include <errno.h>
#include <sys/resource.h>

int setrlimit(int resource, const struct rlimit *limit)
{
	struct rlimit present;

	if (getrlimit(resource, &present) < 0)
		return -1;
	if (limit->rlim_cur > limit->rlim_max) {
		errno = EINVAL;
		return -1;
	}
	if (limit->rlim_cur != present.rlim_cur || limit->rlim_max != present.rlim_max) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
