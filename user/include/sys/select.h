/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SYS_SELECT_H
#define CURFEW_SYS_SELECT_H
/* newlib's <sys/select.h>, with a bit for every descriptor that there can be (OPEN_MAX). */
#ifndef FD_SETSIZE
#define FD_SETSIZE 256
#endif
#include_next <sys/select.h>

#endif
