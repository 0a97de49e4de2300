/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _POLL_H_
#define _POLL_H_
/*
 * What poll() can wait for.  The numbers are also those of CURFEW_FILE_POLL (<curfew/file.h>).
 */
#include <sys/cdefs.h>

#define POLLIN     0x0001
#define POLLPRI    0x0002
#define POLLOUT    0x0004
#define POLLERR    0x0008 /* the next three come unasked */
#define POLLHUP    0x0010
#define POLLNVAL   0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200

typedef unsigned int nfds_t;

struct pollfd {
	int fd;
	short events;
	short revents;
};

__BEGIN_DECLS
int poll(struct pollfd __fds[], nfds_t __count, int __timeout);
__END_DECLS

#endif
