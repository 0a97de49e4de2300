/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_FEATURES_H
#define CURFEW_SYS_FEATURES_H
/*
 * What of POSIX Curfew has.  newlib's headers show threads, timers, barriers
 * and the rest only to targets that say so here; newlib itself says so for
 * RTEMS and Cygwin alone.  An option that is absent does not exist: message
 * queues, timers that send signals, robust mutexes, shared memory by name.
 *
 * newlib itself is compiled without them: with them its stdio would turn
 * cancellation off and on around every lock, which is not needed here, since
 * what it calls (_read_r and its like) is no cancellation point.
 */
#include_next <sys/features.h>

#ifndef _COMPILING_NEWLIB

#define _POSIX_VERSION                    200809L
#define _POSIX_BARRIERS                   200809L
#define _POSIX_CLOCK_SELECTION            200809L
#define _POSIX_CPUTIME                    200809L
#define _POSIX_FSYNC                      200809L
#define _POSIX_MAPPED_FILES               200809L
#define _POSIX_MEMORY_PROTECTION          200809L
#define _POSIX_MONOTONIC_CLOCK            200809L
#define _POSIX_NO_TRUNC                   1
#define _POSIX_READER_WRITER_LOCKS        200809L
#define _POSIX_SEMAPHORES                 200809L
#define _POSIX_SPAWN                      200809L
#define _POSIX_SPIN_LOCKS                 200809L
#define _POSIX_THREADS                    200809L
#define _POSIX_THREAD_ATTR_STACKADDR      200809L
#define _POSIX_THREAD_ATTR_STACKSIZE      200809L
#define _POSIX_THREAD_PRIORITY_SCHEDULING 200809L
#define _POSIX_THREAD_PROCESS_SHARED      200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS      200809L
#define _POSIX_TIMEOUTS                   200809L
#define _POSIX_TIMERS                     200809L
#define _POSIX_VDISABLE                   '\0'
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES   1
#endif

#endif
