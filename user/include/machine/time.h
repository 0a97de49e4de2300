/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_MACHINE_TIME_H
#define CURFEW_MACHINE_TIME_H
/* CLOCKS_PER_SEC is a million, as POSIX (XSI) says; newlib has 100 for this machine. */
#define _CLOCKS_PER_SEC_ 1000000
#endif
