/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_POLLER_H
#define CURFEW_LIB_POLLER_H
/* poll() with the kernel's deadlines, for select(), too. */
#include <poll.h>
#include <stdint.h>

/* deadline 0: does not wait.  Returns how many of fds have something in revents, or a negative errno. */
int __curfew_poll(struct pollfd *fds, nfds_t count, uint64_t deadline);

#endif
