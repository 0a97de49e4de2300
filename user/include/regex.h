/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_REGEX_H
#define CURFEW_REGEX_H
/* newlib's <regex.h> does not include what it uses. */
#include <sys/types.h>
#include_next <regex.h>
#endif
