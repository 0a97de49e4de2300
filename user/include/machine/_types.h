/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_MACHINE__TYPES_H
#define CURFEW_MACHINE__TYPES_H
/* newlib's <machine/_types.h>, with device and inode numbers of more than 16 bits. */
#include_next <machine/_types.h>

typedef unsigned long __dev_t;
typedef unsigned long __ino_t;
#define __machine_dev_t_defined 1
#define __machine_ino_t_defined 1

#endif
