/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_START_H
#define CURFEW_LIB_START_H
/* argv[0] as the program was started, or "". */
extern const char *__curfew_program;
#endif
