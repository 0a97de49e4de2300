/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_WAIT_H
#define CURFEW_SYS_WAIT_H
/* newlib's <sys/wait.h>, and the calls that also tell what the child used.  Nothing stops or dumps core here. */
#include_next <sys/wait.h>
#include <sys/cdefs.h>

#define WCOREDUMP(status)    0
#define WIFCONTINUED(status) 0

struct rusage;

__BEGIN_DECLS
pid_t wait3(int *__status, int __options, struct rusage *__usage);
pid_t wait4(pid_t __pid, int *__status, int __options, struct rusage *__usage);
__END_DECLS

#endif
