/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: their numbers and groups, waiting for children, what they used.
 *
 * There is one user, with number 0.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_TICK (1000000000 / 100) /* sysconf(_SC_CLK_TCK) is 100 */

pid_t getpid(void)
{
	return (pid_t)curfew_syscall(SYS_getpid);
}

pid_t getppid(void)
{
	return (pid_t)curfew_syscall(SYS_getppid);
}

pid_t gettid(void)
{
	return (pid_t)curfew_syscall(SYS_gettid);
}

int setpgid(pid_t pid, pid_t group)
{
	return (int)curfew_result(curfew_syscall(SYS_setpgid, pid, group));
}

pid_t getpgid(pid_t pid)
{
	return (pid_t)curfew_result(curfew_syscall(SYS_getpgid, pid));
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

int setpgrp(void)
{
	return setpgid(0, 0);
}

uid_t getuid(void)
{
	return 0;
}

uid_t geteuid(void)
{
	return 0;
}

gid_t getgid(void)
{
	return 0;
}

gid_t getegid(void)
{
	return 0;
}

static struct timeval timeval_of(uint64_t ns)
{
	return (struct timeval){ .tv_sec = (time_t)(ns / 1000000000), .tv_usec = (suseconds_t)(ns / 1000 % 1000000) };
}

static void convert_usage(struct rusage *usage, const struct curfew_rusage *used)
{
	*usage = (struct rusage){
		.ru_utime = timeval_of(used->user_ns),
		.ru_stime = timeval_of(used->system_ns),
		.ru_maxrss = (long)used->max_resident * (CURFEW_PAGE_SIZE / 1024),
		.ru_minflt = (long)used->minor_faults,
		.ru_majflt = (long)used->major_faults,
		.ru_nvcsw = (long)used->voluntary,
		.ru_nivcsw = (long)used->involuntary,
	};
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	struct curfew_rusage used;
	long result;

	/* Nothing stops, so WUNTRACED asks for nothing. */
	result = curfew_syscall(SYS_wait, pid, status, options & ~WUNTRACED, usage ? &used : NULL);
	if (usage && result > 0)
		convert_usage(usage, &used);
	return (pid_t)curfew_result(result);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

int getrusage(int who, struct rusage *usage)
{
	struct curfew_rusage used;
	long result = curfew_syscall(SYS_getrusage, who, &used);

	if (result == 0)
		convert_usage(usage, &used);
	return (int)curfew_result(result);
}

clock_t times(struct tms *times)
{
	struct curfew_rusage self = { 0 }, children = { 0 };

	curfew_syscall(SYS_getrusage, CURFEW_RUSAGE_SELF, &self);
	curfew_syscall(SYS_getrusage, CURFEW_RUSAGE_CHILDREN, &children);
	if (times) {
		times->tms_utime = self.user_ns / NS_PER_TICK;
		times->tms_stime = self.system_ns / NS_PER_TICK;
		times->tms_cutime = children.user_ns / NS_PER_TICK;
		times->tms_cstime = children.system_ns / NS_PER_TICK;
	}
	return curfew_now() / NS_PER_TICK;
}
