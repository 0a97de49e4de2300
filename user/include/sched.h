/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SCHED_H
#define CURFEW_SCHED_H
/*
 * newlib's <sched.h>, with affinities and the range of priorities.
 *
 * Threads run round robin inside a priority.  SCHED_OTHER has one priority, 0;
 * SCHED_RR has 1 to 15, all above it.  SCHED_FIFO is ENOTSUP: nothing runs
 * here without being preempted by its equals.
 */
#include <sys/features.h>
#if __GNU_VISIBLE
#include <sys/cpuset.h>
#endif
#include_next <sched.h>

__BEGIN_DECLS
/* Of the calling thread only: pid 0, or the process's own; ESRCH for another. */
int sched_setscheduler(pid_t __pid, int __policy, const struct sched_param *__param);
int sched_getscheduler(pid_t __pid);
int sched_setparam(pid_t __pid, const struct sched_param *__param);
int sched_getparam(pid_t __pid, struct sched_param *__param);
int sched_get_priority_max(int __policy);
int sched_get_priority_min(int __policy);
__END_DECLS

#endif
