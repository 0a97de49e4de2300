/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What newlib's libm lacks of long double, where it has 113 bits: the
 * functions that round and compare.  Exponentials, logarithms and the like are
 * not here: in double precision they would be wrong.
 */
#include <math.h>

#define ALL_INTEGERS 0x1p112L /* from here on, every number is one */

long double fabsl(long double x)
{
	return __builtin_signbit(x) ? -x : x;
}

long double copysignl(long double x, long double y)
{
	return __builtin_signbit(x) == __builtin_signbit(y) ? x : -x;
}

long double truncl(long double x)
{
	/* NaN fails the comparison. */
	return fabsl(x) < ALL_INTEGERS ? copysignl((long double)(__int128)x, x) : x;
}

long double floorl(long double x)
{
	long double t = truncl(x);

	return t > x ? t - 1 : t;
}

long double ceill(long double x)
{
	long double t = truncl(x);

	return t < x ? copysignl(t + 1, x) : t;
}

/* Halves away from zero. */
long double roundl(long double x)
{
	long double t = truncl(x);

	return fabsl(x - t) >= 0.5L ? t + copysignl(1, x) : t;
}

long lroundl(long double x)
{
	return (long)roundl(x);
}

long long llroundl(long double x)
{
	return (long long)roundl(x);
}

long double fmaxl(long double x, long double y)
{
	return __builtin_isnan(x) || x < y ? y : x;
}

long double fminl(long double x, long double y)
{
	return __builtin_isnan(x) || y < x ? y : x;
}
