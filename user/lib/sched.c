/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling policies, priorities and affinities (<sched.h>).
 *
 * SCHED_OTHER is the kernel's priority 16, SCHED_RR with priority n is 16 + n.
 * The kernel does not tell a priority without setting one, so what was set is
 * remembered in the thread's record; a process can be asked only about itself.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "thread.h"

#define KERNEL_PRIORITY 16
#define RR_MAX          15

static int fail(int error)
{
	errno = error;
	return -1;
}

/* 0 or an errno. */
static int check(int policy, int priority)
{
	if (policy == SCHED_FIFO)
		return ENOTSUP;
	if (policy == SCHED_OTHER)
		return priority == 0 ? 0 : EINVAL;
	return policy == SCHED_RR && priority >= 1 && priority <= RR_MAX ? 0 : EINVAL;
}

/* The kernel's name of a thread of this process; 0 is the caller. */
static int tid_of(struct thread *thread)
{
	return thread == thread_self() ? 0 : (int)__atomic_load_n(&thread->tid, __ATOMIC_RELAXED);
}

/* Returns an errno. */
static int set(struct thread *thread, int policy, int priority)
{
	int error = check(policy, priority);

	if (error == 0)
		error = (int)-curfew_syscall(SYS_set_priority, tid_of(thread), KERNEL_PRIORITY + priority);
	if (error > 0)
		return error;
	thread->policy = policy;
	thread->priority = priority;
	return 0;
}

int pthread_setschedparam(pthread_t handle, int policy, const struct sched_param *param)
{
	return set((struct thread *)handle, policy, param->sched_priority);
}

int pthread_getschedparam(pthread_t handle, int *policy, struct sched_param *param)
{
	*policy = ((struct thread *)handle)->policy;
	param->sched_priority = ((struct thread *)handle)->priority;
	return 0;
}

int pthread_setschedprio(pthread_t handle, int priority)
{
	return set((struct thread *)handle, ((struct thread *)handle)->policy, priority);
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	int error = pid == 0 || pid == getpid() ? set(thread_self(), policy, param->sched_priority) : ESRCH;

	return error ? fail(error) : 0;
}

int sched_getscheduler(pid_t pid)
{
	return pid == 0 || pid == getpid() ? thread_self()->policy : fail(ESRCH);
}

int sched_setparam(pid_t pid, const struct sched_param *param)
{
	return sched_setscheduler(pid, thread_self()->policy, param);
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
	if (pid != 0 && pid != getpid())
		return fail(ESRCH);
	param->sched_priority = thread_self()->priority;
	return 0;
}

int sched_get_priority_max(int policy)
{
	return policy == SCHED_RR ? RR_MAX : policy == SCHED_OTHER ? 0 : fail(EINVAL);
}

int sched_get_priority_min(int policy)
{
	return policy == SCHED_RR ? 1 : policy == SCHED_OTHER ? 0 : fail(EINVAL);
}

int sched_yield(void)
{
	curfew_syscall(SYS_yield);
	return 0;
}

/* A pid is the tid of a process's first thread, as on Linux. */
int sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *set)
{
	return size < sizeof(*set) ? fail(EINVAL) : curfew_set_affinity(tid, set->__bits);
}

int sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set)
{
	uint64_t mask;

	if (size < sizeof(*set))
		return fail(EINVAL);
	if (curfew_get_affinity(tid, &mask) < 0)
		return -1;
	set->__bits = mask;
	return 0;
}

int pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set)
{
	return sched_setaffinity(tid_of((struct thread *)handle), size, set) < 0 ? errno : 0;
}

int pthread_getaffinity_np(pthread_t handle, size_t size, cpu_set_t *set)
{
	return sched_getaffinity(tid_of((struct thread *)handle), size, set) < 0 ? errno : 0;
}
