/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_IOCTL_H_
#define _SYS_IOCTL_H_
/*
 * The requests of terminals that have no function of their own elsewhere: none
 * but the two that BSD had before POSIX gave them tcgetpgrp() and tcsetpgrp().
 * A terminal here does not know its size.
 */
#include <sys/cdefs.h>

#define TIOCGPGRP 0x5401 /* pid_t *: the foreground process group */
#define TIOCSPGRP 0x5402 /* const pid_t *: the same, to set it */

__BEGIN_DECLS
/* -1 and ENOTTY for any other request, or what is no terminal; EBADF; EFAULT without an argument. */
int ioctl(int __descriptor, unsigned long __request, ...);
__END_DECLS

#endif
