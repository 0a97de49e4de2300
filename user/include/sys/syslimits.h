/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_SYSLIMITS_H_
#define _SYS_SYSLIMITS_H_
/*
 * The system's limits, for <limits.h>, in place of newlib's: what Curfew and
 * its library keep to, and the least that POSIX lets a system promise.
 */
#define ARG_MAX                       131072 /* CURFEW_ARG_MAX */
#define ATEXIT_MAX                    32
#define HOST_NAME_MAX                 64
#define IOV_MAX                       1024
#define LINK_MAX                      1024
#define MAX_CANON                     255
#define MAX_INPUT                     255
#define NAME_MAX                      255
#define NGROUPS_MAX                   0
#define OPEN_MAX                      256
#define PATH_MAX                      1024
#define PIPE_BUF                      4096
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define PTHREAD_KEYS_MAX              128
#define PTHREAD_STACK_MIN             16384
#define SEM_VALUE_MAX                 0x7fffffff
#define SSIZE_MAX                     0x7fffffffffffffffL
#define STREAM_MAX                    OPEN_MAX
#define SYMLOOP_MAX                   8
#define TTY_NAME_MAX                  32

#define BC_BASE_MAX      99
#define BC_DIM_MAX       2048
#define BC_SCALE_MAX     99
#define BC_STRING_MAX    1000
#define COLL_WEIGHTS_MAX 2
#define EXPR_NEST_MAX    32
#define LINE_MAX         2048
#define RE_DUP_MAX       255

#define _POSIX_ARG_MAX                      4096
#define _POSIX_CHILD_MAX                    25
#define _POSIX_CLOCKRES_MIN                 20000000
#define _POSIX_HOST_NAME_MAX                255
#define _POSIX_LINK_MAX                     8
#define _POSIX_LOGIN_NAME_MAX               9
#define _POSIX_MAX_CANON                    255
#define _POSIX_MAX_INPUT                    255
#define _POSIX_NAME_MAX                     14
#define _POSIX_NGROUPS_MAX                  8
#define _POSIX_OPEN_MAX                     20
#define _POSIX_PATH_MAX                     256
#define _POSIX_PIPE_BUF                     512
#define _POSIX_SEM_VALUE_MAX                32767
#define _POSIX_SSIZE_MAX                    32767
#define _POSIX_STREAM_MAX                   8
#define _POSIX_SYMLOOP_MAX                  8
#define _POSIX_THREAD_DESTRUCTOR_ITERATIONS 4
#define _POSIX_THREAD_KEYS_MAX              128
#define _POSIX_THREAD_THREADS_MAX           64
#define _POSIX_TTY_NAME_MAX                 9
#define _XOPEN_IOV_MAX                      16
#define _XOPEN_NAME_MAX                     255
#define _XOPEN_PATH_MAX                     1024

#endif
