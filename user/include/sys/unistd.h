/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_UNISTD_H
#define CURFEW_SYS_UNISTD_H
/* newlib's <unistd.h>, and what it lacks. */
#include_next <sys/unistd.h>

__BEGIN_DECLS
#if __MISC_VISIBLE || __GNU_VISIBLE
int brk(void *__end);
pid_t gettid(void);
#endif
__END_DECLS

#endif
