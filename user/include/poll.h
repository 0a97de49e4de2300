/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _POLL_H_
#define _POLL_H_
/* Waiting for one of several descriptors. */
#include <sys/cdefs.h>

#define POLLIN     0x0001 /* a read would not block */
#define POLLPRI    0x0002
#define POLLOUT    0x0004 /* a write would not block */
#define POLLERR    0x0008 /* these three are always told: an error, as of a pipe without readers, */
#define POLLHUP    0x0010 /* nobody is left to write, */
#define POLLNVAL   0x0020 /* no such descriptor */
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200

typedef unsigned long nfds_t;

struct pollfd {
	int fd; /* negative: left out */
	short events;
	short revents;
};

__BEGIN_DECLS
int poll(struct pollfd __fds[], nfds_t __count, int __timeout);
__END_DECLS

#endif
