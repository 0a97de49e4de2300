/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_SELECT_H
#define CURFEW_SYS_SELECT_H
/* newlib's <sys/select.h>, with a bit for every descriptor that there can be (OPEN_MAX), and masks that are unsigned. */
#ifndef FD_SETSIZE
#define FD_SETSIZE 256
#endif
#include_next <sys/select.h>

#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#define FD_SET(n, set)   ((set)->fds_bits[(n) / NFDBITS] |= (fd_mask)1 << (n) % NFDBITS)
#define FD_CLR(n, set)   ((set)->fds_bits[(n) / NFDBITS] &= ~((fd_mask)1 << (n) % NFDBITS))
#define FD_ISSET(n, set) (((set)->fds_bits[(n) / NFDBITS] >> (n) % NFDBITS & 1) != 0)

#endif
