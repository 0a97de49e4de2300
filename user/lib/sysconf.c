/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the system is and how much of everything there is: sysconf, pathconf,
 * uname, gethostname, getrlimit.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HOST_NAME   "curfew"
#define COUNTERS    128
#define STACK_LIMIT (8ul << 20) /* CURFEW_MAP_GROWSDOWN */

/* Pages free now, by the kernel's counters; -1 if it does not say. */
static long free_pages(void)
{
	struct curfew_kstat counters[COUNTERS];
	int count = curfew_kstat(counters, COUNTERS, 0);

	for (int i = 0; i < count && i < COUNTERS; i++) {
		if (strcmp(counters[i].name, "page.free") == 0)
			return (long)counters[i].value;
	}
	return -1;
}

static const struct {
	int name;
	long value;
} constants[] = {
	{ _SC_ARG_MAX, ARG_MAX },
	{ _SC_ATEXIT_MAX, ATEXIT_MAX },
	{ _SC_BARRIERS, _POSIX_BARRIERS },
	{ _SC_CHILD_MAX, -1 },
	{ _SC_CLK_TCK, 100 },
	{ _SC_CLOCK_SELECTION, _POSIX_CLOCK_SELECTION },
	{ _SC_CPUTIME, _POSIX_CPUTIME },
	{ _SC_FSYNC, _POSIX_FSYNC },
	{ _SC_HOST_NAME_MAX, HOST_NAME_MAX },
	{ _SC_IOV_MAX, IOV_MAX },
	{ _SC_JOB_CONTROL, -1 },
	{ _SC_LINE_MAX, LINE_MAX },
	{ _SC_MAPPED_FILES, _POSIX_MAPPED_FILES },
	{ _SC_MEMORY_PROTECTION, _POSIX_MEMORY_PROTECTION },
	{ _SC_MONOTONIC_CLOCK, _POSIX_MONOTONIC_CLOCK },
	{ _SC_NGROUPS_MAX, NGROUPS_MAX },
	{ _SC_OPEN_MAX, OPEN_MAX },
	{ _SC_PAGESIZE, CURFEW_PAGE_SIZE },
	{ _SC_READER_WRITER_LOCKS, _POSIX_READER_WRITER_LOCKS },
	{ _SC_SEMAPHORES, _POSIX_SEMAPHORES },
	{ _SC_SEM_NSEMS_MAX, -1 },
	{ _SC_SEM_VALUE_MAX, SEM_VALUE_MAX },
	{ _SC_SPAWN, _POSIX_SPAWN },
	{ _SC_SPIN_LOCKS, _POSIX_SPIN_LOCKS },
	{ _SC_STREAM_MAX, STREAM_MAX },
	{ _SC_SYMLOOP_MAX, SYMLOOP_MAX },
	{ _SC_THREADS, _POSIX_THREADS },
	{ _SC_THREAD_ATTR_STACKADDR, _POSIX_THREAD_ATTR_STACKADDR },
	{ _SC_THREAD_ATTR_STACKSIZE, _POSIX_THREAD_ATTR_STACKSIZE },
	{ _SC_THREAD_DESTRUCTOR_ITERATIONS, PTHREAD_DESTRUCTOR_ITERATIONS },
	{ _SC_THREAD_KEYS_MAX, PTHREAD_KEYS_MAX },
	{ _SC_THREAD_PRIORITY_SCHEDULING, _POSIX_THREAD_PRIORITY_SCHEDULING },
	{ _SC_THREAD_PROCESS_SHARED, _POSIX_THREAD_PROCESS_SHARED },
	{ _SC_THREAD_SAFE_FUNCTIONS, _POSIX_THREAD_SAFE_FUNCTIONS },
	{ _SC_THREAD_STACK_MIN, PTHREAD_STACK_MIN },
	{ _SC_THREAD_THREADS_MAX, -1 },
	{ _SC_TIMEOUTS, _POSIX_TIMEOUTS },
	{ _SC_TIMERS, _POSIX_TIMERS },
	{ _SC_TTY_NAME_MAX, TTY_NAME_MAX },
	{ _SC_VERSION, _POSIX_VERSION },
};

/* -1 without an errno: no limit, or not supported. */
long sysconf(int name)
{
	switch (name) {
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return curfew_shared()->cpus;
	case _SC_PHYS_PAGES:
		return (long)curfew_shared()->total_pages;
	case _SC_AVPHYS_PAGES:
		return free_pages();
	}
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (constants[i].name == name)
			return constants[i].value;
	}
	if (name < 0 || name > _SC_POSIX_26_VERSION)
		errno = EINVAL;
	return -1;
}

/* All files are alike. */
static long file_limit(int name)
{
	switch (name) {
	case _PC_LINK_MAX:
		return LINK_MAX;
	case _PC_MAX_CANON:
		return MAX_CANON;
	case _PC_MAX_INPUT:
		return MAX_INPUT;
	case _PC_NAME_MAX:
		return NAME_MAX;
	case _PC_PIPE_BUF:
		return PIPE_BUF;
	case _PC_PATH_MAX:
		return PATH_MAX;
	case _PC_NO_TRUNC:
		return 1;
	case _PC_FILESIZEBITS:
		return 64;
	default:
		if (name < 0 || name > _PC_TIMESTAMP_RESOLUTION)
			errno = EINVAL;
		return -1;
	}
}

long pathconf(const char *path, int name)
{
	return access(path, F_OK) < 0 ? -1 : file_limit(name);
}

long fpathconf(int fd, int name)
{
	return fcntl(fd, F_GETFD) < 0 ? -1 : file_limit(name);
}

int uname(struct utsname *name)
{
	memset(name, 0, sizeof(*name));
	strcpy(name->sysname, "Curfew");
	strcpy(name->nodename, HOST_NAME);
	strcpy(name->release, "0.1");
	memcpy(name->version, curfew_shared()->build_id, sizeof(curfew_shared()->build_id)); /* the same work for any id */
	strcpy(name->machine, "aarch64");
	return 0;
}

int gethostname(char *name, size_t size)
{
	if (size < sizeof(HOST_NAME)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(name, HOST_NAME);
	return 0;
}

int getrlimit(int resource, struct rlimit *limit)
{
	if (resource == RLIMIT_STACK) {
		limit->rlim_cur = limit->rlim_max = STACK_LIMIT;
	} else if (resource == RLIMIT_NOFILE) {
		limit->rlim_cur = limit->rlim_max = OPEN_MAX;
	} else {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
