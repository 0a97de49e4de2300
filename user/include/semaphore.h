/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SEMAPHORE_H_
#define _SEMAPHORE_H_
/* POSIX semaphores without names.  One in shared memory works between processes, whatever `shared` says. */
#include <sys/cdefs.h>
#include <sys/types.h>
#include <time.h>

typedef struct {
	__uint64_t __value_and_waiters; /* low word: the value, and the futex; high word: how many wait */
} sem_t;

#define SEM_FAILED ((sem_t *)0)

__BEGIN_DECLS
int sem_init(sem_t *__semaphore, int __shared, unsigned __value);
int sem_destroy(sem_t *__semaphore);
int sem_wait(sem_t *__semaphore);
int sem_trywait(sem_t *__semaphore);
int sem_timedwait(sem_t *__restrict __semaphore, const struct timespec *__restrict __time);
int sem_clockwait(sem_t *__restrict __semaphore, clockid_t __clock, const struct timespec *__restrict __time);
int sem_post(sem_t *__semaphore);
int sem_getvalue(sem_t *__restrict __semaphore, int *__restrict __value);
__END_DECLS

#endif
