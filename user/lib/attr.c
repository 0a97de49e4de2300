/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes of threads: plain fields, checked as they are set. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>

#define DEFAULT_STACK (256 * 1024)
#define DEFAULT_GUARD 4096

int pthread_attr_init(pthread_attr_t *attr)
{
	*attr = (pthread_attr_t){
		.__stack_size = DEFAULT_STACK,
		.__guard_size = DEFAULT_GUARD,
		.__inherit = PTHREAD_INHERIT_SCHED,
	};
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
	(void)attr;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
		return EINVAL;
	attr->__detached = state;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
	*state = attr->__detached;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
	if (size < PTHREAD_STACK_MIN)
		return EINVAL;
	attr->__stack_size = size;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *size)
{
	*size = attr->__stack_size;
	return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attr, size_t size)
{
	attr->__guard_size = size;
	return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *attr, size_t *size)
{
	*size = attr->__guard_size;
	return 0;
}

/* The caller's own memory: no guard in it, and the library's record of the thread at its top. */
int pthread_attr_setstack(pthread_attr_t *attr, void *base, size_t size)
{
	if (base == NULL || size < PTHREAD_STACK_MIN)
		return EINVAL;
	attr->__stack_base = base;
	attr->__stack_size = size;
	return 0;
}

int pthread_attr_getstack(const pthread_attr_t *attr, void **base, size_t *size)
{
	*base = attr->__stack_base;
	*size = attr->__stack_size;
	return 0;
}

int pthread_attr_setstackaddr(pthread_attr_t *attr, void *base)
{
	attr->__stack_base = base;
	return 0;
}

int pthread_attr_getstackaddr(const pthread_attr_t *attr, void **base)
{
	*base = attr->__stack_base;
	return 0;
}

/* Threads compete with all of the system's. */
int pthread_attr_setscope(pthread_attr_t *attr, int scope)
{
	(void)attr;
	return scope == PTHREAD_SCOPE_SYSTEM ? 0 : scope == PTHREAD_SCOPE_PROCESS ? ENOTSUP : EINVAL;
}

int pthread_attr_getscope(const pthread_attr_t *attr, int *scope)
{
	(void)attr;
	*scope = PTHREAD_SCOPE_SYSTEM;
	return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
	if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED)
		return EINVAL;
	attr->__inherit = inherit;
	return 0;
}

int pthread_attr_getinheritsched(const pthread_attr_t *attr, int *inherit)
{
	*inherit = attr->__inherit;
	return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
	if (policy != SCHED_OTHER && policy != SCHED_RR)
		return policy == SCHED_FIFO ? ENOTSUP : EINVAL;
	attr->__policy = policy;
	return 0;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *attr, int *policy)
{
	*policy = attr->__policy;
	return 0;
}

/* The policy may be set after it, so only what no policy allows is refused. */
int pthread_attr_setschedparam(pthread_attr_t *attr, const struct sched_param *param)
{
	if (param->sched_priority < 0 || param->sched_priority > 15)
		return EINVAL;
	attr->__priority = param->sched_priority;
	return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *attr, struct sched_param *param)
{
	param->sched_priority = attr->__priority;
	return 0;
}
