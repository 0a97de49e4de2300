/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_CONFIG_H
#define CURFEW_SYS_CONFIG_H
/*
 * newlib's choices that its configure does not ask about.  newlib is built
 * with this folder in front of its own headers, so that the library and every
 * program agree on them: errno and the rest of struct _reent are one a thread,
 * and read() and write() have POSIX's types.
 */
#ifndef __DYNAMIC_REENT__
#define __DYNAMIC_REENT__
#endif
#define _READ_WRITE_RETURN_TYPE  _ssize_t
#define _READ_WRITE_BUFSIZE_TYPE __size_t

#include_next <sys/config.h>

#endif
