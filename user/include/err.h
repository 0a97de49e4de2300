/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _ERR_H_
#define _ERR_H_
/* BSD's messages on standard error: `program: text: why`.  err*() exit with the status; x: without the why. */
#include <stdarg.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
void err(int __status, const char *__format, ...) __dead2 __printflike(2, 3);
void errx(int __status, const char *__format, ...) __dead2 __printflike(2, 3);
void warn(const char *__format, ...) __printflike(1, 2);
void warnx(const char *__format, ...) __printflike(1, 2);
void verr(int __status, const char *__format, va_list __list) __dead2;
void verrx(int __status, const char *__format, va_list __list) __dead2;
void vwarn(const char *__format, va_list __list);
void vwarnx(const char *__format, va_list __list);
__END_DECLS

#endif
