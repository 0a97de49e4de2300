/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_STDIO_H
#define CURFEW_STDIO_H
/* newlib's <stdio.h>, with the two of POSIX that it has under other names only. */
#include_next <stdio.h>

__BEGIN_DECLS
#if __POSIX_VISIBLE >= 200809
ssize_t getdelim(char **__restrict __line, size_t *__restrict __size, int __delimiter, FILE *__restrict __stream);
ssize_t getline(char **__restrict __line, size_t *__restrict __size, FILE *__restrict __stream);
#endif
__END_DECLS

#endif
