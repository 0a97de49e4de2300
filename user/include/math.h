/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_MATH_H
#define CURFEW_MATH_H
/* newlib's <math.h>, and what of long double (113 bits here) user/lib/longdouble.c adds to it. */
#include_next <math.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
long double ceill(long double __x);
long double copysignl(long double __x, long double __y);
long double fabsl(long double __x);
long double floorl(long double __x);
long double fmaxl(long double __x, long double __y);
long double fminl(long double __x, long double __y);
long double roundl(long double __x);
long double truncl(long double __x);
long lroundl(long double __x);
long long llroundl(long double __x);
__END_DECLS

#endif
