/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_PTHREAD_H
#define CURFEW_PTHREAD_H
/* newlib's <pthread.h>, and what it declares for other targets only, or not at all. */
#include_next <pthread.h>

__BEGIN_DECLS
int pthread_cond_clockwait(
	pthread_cond_t *__cond, pthread_mutex_t *__mutex, clockid_t __clock, const struct timespec *__time);
int pthread_mutex_clocklock(pthread_mutex_t *__mutex, clockid_t __clock, const struct timespec *__time);
#if __GNU_VISIBLE
int pthread_getaffinity_np(pthread_t __handle, size_t __size, cpu_set_t *__set);
int pthread_setaffinity_np(pthread_t __handle, size_t __size, const cpu_set_t *__set);
int pthread_timedjoin_np(pthread_t __handle, void **__result, const struct timespec *__time);
int pthread_tryjoin_np(pthread_t __handle, void **__result);
#endif
__END_DECLS

#endif
