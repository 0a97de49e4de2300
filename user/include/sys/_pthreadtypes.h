/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_
/*
 * The types of <pthread.h>, in place of newlib's integers: the objects
 * themselves, not names for them.  So a static initializer is complete,
 * nothing is allocated on first use, and an object in memory that processes
 * share works between them.  All fields are the library's; a zeroed object is
 * the default one.  The first word of what can be waited for is a futex.
 *
 * pthread_t is the address of the library's record of the thread.
 */
#include <sys/sched.h>

typedef unsigned long pthread_t;
typedef __uint32_t pthread_key_t;

#define PTHREAD_SCOPE_PROCESS   0
#define PTHREAD_SCOPE_SYSTEM    1
#define PTHREAD_INHERIT_SCHED   1
#define PTHREAD_EXPLICIT_SCHED  2
#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED  1

typedef struct {
	__size_t __stack_size; /* without the guard; 0: the default */
	__size_t __guard_size;
	void *__stack_base; /* lowest address of the caller's own stack, or 0 */
	int __detached;
	int __inherit;
	int __policy;
	int __priority;
} pthread_attr_t;

/* Mutexes: unlocked, locked, locked and waited for; owner and depth only where the type needs them. */
#define PTHREAD_MUTEX_NORMAL     0
#define PTHREAD_MUTEX_RECURSIVE  1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT    PTHREAD_MUTEX_NORMAL

typedef struct {
	__uint32_t __word;
	__uint8_t __type;
	__uint8_t __shared;
	__uint16_t __pad;
	unsigned long __owner;
	__uint32_t __depth;
	__uint32_t __pad2;
} pthread_mutex_t;

#define _PTHREAD_MUTEX_INITIALIZER                     \
	{                                              \
		0, PTHREAD_MUTEX_NORMAL, 0, 0, 0, 0, 0 \
	}
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP            \
	{                                                 \
		0, PTHREAD_MUTEX_RECURSIVE, 0, 0, 0, 0, 0 \
	}
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP            \
	{                                                  \
		0, PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0, 0, 0 \
	}

typedef struct {
	int __type;
	int __shared;
} pthread_mutexattr_t;

/* Condition variables: a count of signals, and how many wait. */
typedef struct {
	__uint32_t __sequence;
	__uint32_t __waiters;
	__uint32_t __clock; /* 0: CLOCK_REALTIME */
	__uint32_t __pad;
} pthread_cond_t;

#define _PTHREAD_COND_INITIALIZER \
	{                         \
		0, 0, 0, 0        \
	}

typedef struct {
	__clockid_t __clock; /* 0: CLOCK_REALTIME */
	int __shared;
} pthread_condattr_t;

/* Read-write locks: readers, or a writer, and whether someone waits. */
typedef struct {
	__uint32_t __state;
	__uint32_t __shared;
	unsigned long __writer;
} pthread_rwlock_t;

#define _PTHREAD_RWLOCK_INITIALIZER \
	{                           \
		0, 0, 0             \
	}

typedef struct {
	int __shared;
} pthread_rwlockattr_t;

/* Barriers: the number of the round (low word, the futex) and how many have arrived; how many are inside. */
typedef struct {
	__uint64_t __round_and_arrived;
	__uint32_t __inside;
	__uint32_t __count;
} pthread_barrier_t;

typedef struct {
	int __shared;
} pthread_barrierattr_t;

typedef __uint32_t pthread_spinlock_t;

typedef struct {
	__uint32_t __state;
} pthread_once_t;

#define _PTHREAD_ONCE_INIT \
	{                  \
		0          \
	}

#endif
