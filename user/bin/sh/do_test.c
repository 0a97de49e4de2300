/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test EXPRESSION, [ EXPRESSION ]: files, strings and numbers compared.
 *
 *	or:      and (-o and)*
 *	and:     not (-a not)*
 *	not:     ! not | ( or ) | unary | binary | string
 *
 * With up to four words POSIX says by their number what is an operator: a
 * binary one comes first, so that `test "$x" = y` holds whatever $x is.
 */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct test {
	char **at, **end;
	unsigned depth;
	bool failed;
};

static bool parse_or(struct test *test);

static bool wrong(struct test *test, const char *what, const char *why)
{
	if (!test->failed)
		complain(what, why);
	test->failed = true;
	return false;
}

static long left(const struct test *test)
{
	return test->end - test->at;
}

static long integer(struct test *test, const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	end += strspn(end, " \t\n");
	if (end == text || *end || errno)
		wrong(test, text, "not a number");
	return value;
}

static bool is_unary(const char *word)
{
	return word[0] == '-' && word[1] && word[2] == '\0' && strchr("bcdefghLnprsStuwxz", word[1]);
}

static const char *const binary_names[] = { "=", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot",
	"-ef" };
enum { EQUAL, UNEQUAL, BEFORE, AFTER, EQ, NE, LT, LE, GT, GE, NEWER, OLDER, SAME };
#define BINARIES (int)(sizeof(binary_names) / sizeof(binary_names[0]))

/* The binary operator that a word is; BINARIES if it is none. */
static int binary_operator(const char *word)
{
	int i = 0;

	while (i < BINARIES && strcmp(word, binary_names[i]) != 0)
		i++;
	return i;
}

static bool unary(struct test *test, char operator, const char *word)
{
	struct stat st;
	bool link = operator == 'h' || operator == 'L';

	switch (operator) {
	case 'n':
		return *word != '\0';
	case 'z':
		return *word == '\0';
	case 't':
		return isatty((int)integer(test, word));
	case 'r':
		return access(word, R_OK) == 0;
	case 'w':
		return access(word, W_OK) == 0;
	case 'x':
		return access(word, X_OK) == 0;
	}
	if ((link ? lstat(word, &st) : stat(word, &st)) < 0)
		return false;
	switch (operator) {
	case 'b':
		return S_ISBLK(st.st_mode);
	case 'c':
		return S_ISCHR(st.st_mode);
	case 'd':
		return S_ISDIR(st.st_mode);
	case 'f':
		return S_ISREG(st.st_mode);
	case 'g':
		return st.st_mode & S_ISGID;
	case 'p':
		return S_ISFIFO(st.st_mode);
	case 's':
		return st.st_size > 0;
	case 'S':
		return S_ISSOCK(st.st_mode);
	case 'u':
		return st.st_mode & S_ISUID;
	default:
		return link ? S_ISLNK(st.st_mode) : true;
	}
}

/* -nt -ot -ef: a file that is not there is the oldest. */
static bool compare_files(int operator, const char *a, const char *b)
{
	struct stat first, second;
	bool has_first = stat(a, &first) == 0, has_second = stat(b, &second) == 0;
	long order;

	if (operator == SAME)
		return has_first && has_second && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
	if (!has_first || !has_second)
		return operator == NEWER ? has_first && !has_second : has_second && !has_first;
	order = (long)(first.st_mtim.tv_sec - second.st_mtim.tv_sec);
	if (order == 0)
		order = first.st_mtim.tv_nsec - second.st_mtim.tv_nsec;
	return operator == NEWER ? order > 0 : order < 0;
}

static bool binary(struct test *test, const char *a, int operator, const char *b)
{
	long m = 0, n = 0;

	if (operator >= EQ && operator <= GE) {
		m = integer(test, a);
		n = integer(test, b);
	}
	switch (operator) {
	case EQUAL:
		return strcmp(a, b) == 0;
	case UNEQUAL:
		return strcmp(a, b) != 0;
	case BEFORE:
		return strcmp(a, b) < 0;
	case AFTER:
		return strcmp(a, b) > 0;
	case EQ:
		return m == n;
	case NE:
		return m != n;
	case LT:
		return m < n;
	case LE:
		return m <= n;
	case GT:
		return m > n;
	case GE:
		return m >= n;
	default:
		return compare_files(operator, a, b);
	}
}

static bool parse_not(struct test *test)
{
	char **at = test->at;
	bool result;

	if (left(test) <= 0)
		return wrong(test, "test", "the expression ends too early");
	if (left(test) >= 3 && binary_operator(at[1]) < BINARIES) {
		test->at += 3;
		return binary(test, at[0], binary_operator(at[1]), at[2]);
	}
	if (++test->depth > 1000)
		return wrong(test, "test", "nested too deep");
	if (left(test) >= 2 && strcmp(at[0], "!") == 0) {
		test->at++;
		return !parse_not(test);
	}
	if (left(test) >= 3 && strcmp(at[0], "(") == 0) {
		test->at++;
		result = parse_or(test);
		if (left(test) <= 0 || strcmp(*test->at++, ")") != 0)
			return wrong(test, "test", "a ( is not closed");
		return result;
	}
	if (left(test) >= 2 && is_unary(at[0])) {
		test->at += 2;
		return unary(test, at[0][1], at[1]);
	}
	test->at++;
	return at[0][0] != '\0';
}

static bool parse_and(struct test *test)
{
	bool result = parse_not(test);

	while (!test->failed && left(test) > 0 && strcmp(*test->at, "-a") == 0) {
		test->at++;
		result &= parse_not(test);
	}
	return result;
}

static bool parse_or(struct test *test)
{
	bool result = parse_and(test);

	while (!test->failed && left(test) > 0 && strcmp(*test->at, "-o") == 0) {
		test->at++;
		result |= parse_and(test);
	}
	return result;
}

int do_test(int argc, char **argv)
{
	struct test test = { .at = argv + 1, .end = argv + argc };
	bool result;

	if (strcmp(argv[0], "[") == 0 && strcmp(argv[argc - 1], "]") != 0) {
		complain("[", "a ] is missing");
		return 2;
	}
	test.end -= strcmp(argv[0], "[") == 0;
	if (test.at >= test.end)
		return 1;
	result = parse_or(&test);
	if (!test.failed && left(&test) > 0)
		wrong(&test, *test.at, "an operator is missing");
	return test.failed ? 2 : !result;
}
