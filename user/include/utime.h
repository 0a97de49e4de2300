/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_UTIME_H
#define CURFEW_UTIME_H
/* newlib's <utime.h>, which declares only the structure. */
#include <sys/types.h>
#include_next <utime.h>

__BEGIN_DECLS
int utime(const char *__path, const struct utimbuf *__times);
__END_DECLS

#endif
