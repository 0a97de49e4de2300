/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_RESOURCE_H_
#define _SYS_RESOURCE_H_
/* What a process used, with all of BSD's fields; those that Curfew does not count are 0. */
#include <sys/cdefs.h>
#include <sys/time.h>

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)

struct rusage {
	struct timeval ru_utime; /* time in user mode */
	struct timeval ru_stime; /* time in the kernel, the end of the address space included */
	long ru_maxrss;          /* greatest resident size, in KiB */
	long ru_ixrss;
	long ru_idrss;
	long ru_isrss;
	long ru_minflt; /* page faults */
	long ru_majflt;
	long ru_nswap;
	long ru_inblock;
	long ru_oublock;
	long ru_msgsnd;
	long ru_msgrcv;
	long ru_nsignals;
	long ru_nvcsw;  /* context switches because it waited */
	long ru_nivcsw; /* context switches because it was preempted */
};

typedef unsigned long rlim_t;

struct rlimit {
	rlim_t rlim_cur;
	rlim_t rlim_max;
};

#define RLIM_INFINITY (~0ul)
#define RLIMIT_STACK  3
#define RLIMIT_NOFILE 7

__BEGIN_DECLS
int getrusage(int __who, struct rusage *__usage);
/* The stack's and the descriptors' limits; any other resource is EINVAL. */
int getrlimit(int __resource, struct rlimit *__limit);
/* They cannot be changed: 0 for the limit that there is, EPERM for any other, EINVAL if soft is above hard. */
int setrlimit(int __resource, const struct rlimit *__limit);
__END_DECLS

#endif
