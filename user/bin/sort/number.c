/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as sort -n has them: compared digit by digit, so they may be of any length and nothing is rounded. */
#include "sort.h"

#include <ctype.h>
#include <string.h>

/* A number's digits before its point: how many, without zeros in front. */
static size_t digits(const char *text, size_t length, size_t *first)
{
	size_t at = 0, begin;

	while (at < length && text[at] == '0')
		at++;
	for (begin = at; at < length && isdigit((unsigned char)text[at]);)
		at++;
	*first = begin;
	return at - begin;
}

/* Numbers of any length, without rounding: digits are compared as text. */
static int compare_digits(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t a_first, b_first, a_digits = digits(a, a_length, &a_first), b_digits = digits(b, b_length, &b_first);
	int result;

	if (a_digits != b_digits)
		return a_digits < b_digits ? -1 : 1;
	result = memcmp(a + a_first, b + b_first, a_digits);
	a_first += a_digits;
	b_first += b_digits;
	if (result != 0)
		return result;
	/* What is behind the point; a digit that is not there is 0. */
	a_first += a_first < a_length && a[a_first] == '.' ? 1 : a_length - a_first + 1;
	b_first += b_first < b_length && b[b_first] == '.' ? 1 : b_length - b_first + 1;
	for (;; a_first++, b_first++) {
		bool a_has = a_first < a_length && isdigit((unsigned char)a[a_first]);
		bool b_has = b_first < b_length && isdigit((unsigned char)b[b_first]);
		int x = a_has ? a[a_first] : '0', y = b_has ? b[b_first] : '0';

		if (x != y)
			return x - y;
		if (!a_has && !b_has)
			return 0;
		if (!a_has)
			a_first = a_length;
		if (!b_has)
			b_first = b_length;
	}
}

/* Whether a text is a number that is not zero. */
static bool is_not_zero(const char *text, size_t length)
{
	for (size_t i = 0; i < length && (isdigit((unsigned char)text[i]) || text[i] == '.'); i++) {
		if (text[i] >= '1' && text[i] <= '9')
			return true;
	}
	return false;
}

int number_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	bool a_minus, b_minus;
	int result;

	while (a_length > 0 && (*a == ' ' || *a == '\t')) {
		a++;
		a_length--;
	}
	while (b_length > 0 && (*b == ' ' || *b == '\t')) {
		b++;
		b_length--;
	}
	a_minus = a_length > 0 && *a == '-' && is_not_zero(a + 1, a_length - 1);
	b_minus = b_length > 0 && *b == '-' && is_not_zero(b + 1, b_length - 1);
	a += a_length > 0 && *a == '-';
	b += b_length > 0 && *b == '-';
	if (a_minus != b_minus)
		return a_minus ? -1 : 1;
	result = compare_digits(a, a_length, b, b_length);
	return a_minus ? -result : result;
}
