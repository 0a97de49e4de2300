/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_STAT_H
#define CURFEW_SYS_STAT_H
/* newlib's <sys/stat.h>, and what it shows to other targets only. */
#include_next <sys/stat.h>

/* In tv_nsec of the times of utimensat() and futimens(). */
#define UTIME_NOW  (-2L)
#define UTIME_OMIT (-1L)

__BEGIN_DECLS
int lstat(const char *__restrict __path, struct stat *__restrict __status);
__END_DECLS

#endif
