/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic: $((expression)), C's integer operators on long, without ++ and --.
 *
 * One function for the binary operators, by their precedence; the others above
 * and below it.  The side that && || ?: do not take is read but has no effect.
 * Results that do not fit wrap around.
 */
#include "sh.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct arithmetic {
	const char *at;
	unsigned depth;
	unsigned skipped; /* > 0: nothing is assigned, no division is wrong */
	const char *error;
};

static long assignment(struct arithmetic *a);

static void skip_blanks(struct arithmetic *a)
{
	a->at += strspn(a->at, " \t\n");
}

static long wrong(struct arithmetic *a, const char *message)
{
	if (a->error == NULL)
		a->error = message;
	a->at += strlen(a->at);
	return 0;
}

/* Longer ones first, of those that begin alike. */
static const struct {
	const char *text;
	int precedence; /* 1 is ||, the weakest */
	char code;
} operators[] = {
	{ "||", 1, 'o' }, { "&&", 2, 'a' }, { "|", 3, '|' }, { "^", 4, '^' }, { "&", 5, '&' }, { "==", 6, 'e' },
	{ "!=", 6, 'n' }, { "<<", 8, 'l' }, { ">>", 8, 'r' }, { "<=", 7, 'm' }, { ">=", 7, 'g' }, { "<", 7, '<' },
	{ ">", 7, '>' }, { "+", 9, '+' }, { "-", 9, '-' }, { "*", 10, '*' }, { "/", 10, '/' }, { "%", 10, '%' },
};
#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

/* Shifts by what C leaves undefined are by that modulo 64, as the machine has it. */
static long compute(struct arithmetic *a, char code, long left, long right)
{
	unsigned long l = (unsigned long)left, r = (unsigned long)right;

	if ((code == '/' || code == '%') && right == 0)
		return a->skipped ? 0 : wrong(a, "division by zero");
	if ((code == '/' || code == '%') && right == -1)
		return code == '/' ? (long)(0 - l) : 0; /* LONG_MIN / -1 does not fit */
	switch (code) {
	case '|': return left | right;
	case '^': return left ^ right;
	case '&': return left & right;
	case 'e': return left == right;
	case 'n': return left != right;
	case 'm': return left <= right;
	case 'g': return left >= right;
	case '<': return left < right;
	case '>': return left > right;
	case 'l': return (long)(l << (r & 63));
	case 'r': return left >> (r & 63);
	case '+': return (long)(l + r);
	case '-': return (long)(l - r);
	case '*': return (long)(l * r);
	case '/': return left / right;
	case '%': return left % right;
	default: return code == 'a' ? left && right : left || right;
	}
}

/* The value of a variable: a number in C's notation; nothing is 0. */
static long variable(struct arithmetic *a, const char *name)
{
	const char *value = var_get(name);
	char *end;
	long result;

	if (value == NULL && (shell.options & OPTION_NOUNSET) && !a->skipped)
		return wrong(a, "a variable that is not set");
	if (value == NULL || *value == '\0')
		return 0;
	result = strtol(value, &end, 0);
	end += strspn(end, " \t\n");
	return *end ? wrong(a, "a variable that is not a number") : result;
}

static long constant(struct arithmetic *a)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(a->at, &end, 0);
	if (isalnum((unsigned char)*end) || *end == '_')
		return wrong(a, "a bad number");
	a->at = end;
	return value;
}

static long parenthesis(struct arithmetic *a)
{
	long value;

	a->at++;
	value = assignment(a);
	skip_blanks(a);
	if (*a->at != ')')
		return wrong(a, "a ( is not closed");
	a->at++;
	return value;
}

static long unary(struct arithmetic *a)
{
	long value;
	size_t length;
	char *name;

	skip_blanks(a);
	if (strchr("+-!~", *a->at) && *a->at) {
		char sign = *a->at++;

		if (a->depth >= MAX_DEPTH)
			return wrong(a, "nested too deep");
		a->depth++;
		value = unary(a);
		a->depth--;
		return sign == '-' ? (long)(0 - (unsigned long)value) : sign == '!' ? !value : sign == '~' ? ~value : value;
	}
	if (*a->at == '(')
		return parenthesis(a);
	if (isdigit((unsigned char)*a->at))
		return constant(a);
	length = name_length(a->at);
	if (length == 0)
		return wrong(a, "a number or a variable is missing");
	name = must_have(strndup(a->at, length));
	a->at += length;
	value = variable(a, name);
	free(name);
	return value;
}

/* The operator at `at` as an index, -1 if there is none; not one that is the begin of an assignment. */
static int operator_at(const char *at)
{
	for (size_t i = 0; i < OPERATORS; i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(at, operators[i].text, length) == 0) {
			bool compares = strchr("enmg", operators[i].code) != NULL;

			return at[length] == '=' && !compares && !strchr("oa", operators[i].code) ? -1 : (int)i;
		}
	}
	return -1;
}

/* Operands joined by operators at least that strong. */
static long binary(struct arithmetic *a, int least)
{
	long left = unary(a);

	for (;;) {
		int index;
		char code;
		bool skip;
		long right;

		skip_blanks(a);
		index = operator_at(a->at);
		if (index < 0 || operators[index].precedence < least)
			return left;
		code = operators[index].code;
		a->at += strlen(operators[index].text);
		skip = (code == 'a' && !left) || (code == 'o' && left);
		a->skipped += skip;
		right = binary(a, operators[index].precedence + 1);
		a->skipped -= skip;
		left = compute(a, code, left, right);
	}
}

static long conditional(struct arithmetic *a)
{
	long condition = binary(a, 1), yes, no;

	skip_blanks(a);
	if (*a->at != '?')
		return condition;
	a->at++;
	a->skipped += !condition;
	yes = assignment(a);
	a->skipped -= !condition;
	skip_blanks(a);
	if (*a->at != ':')
		return wrong(a, "a ? without :");
	a->at++;
	a->skipped += condition != 0;
	no = assignment(a);
	a->skipped -= condition != 0;
	return condition ? yes : no;
}

/* The assignment operator at `at`: its length, 0 if there is none; the operator that goes with it as an index, or -1. */
static size_t assignment_operator(const char *at, int *index)
{
	*index = -1;
	if (*at == '=' && at[1] != '=')
		return 1;
	for (size_t i = 0; i < OPERATORS; i++) {
		size_t length = strlen(operators[i].text);

		if (!strchr("oaenmg<>", operators[i].code) && strncmp(at, operators[i].text, length) == 0 && at[length] == '=') {
			*index = (int)i;
			return length + 1;
		}
	}
	return 0;
}

/* name = expression, name += expression ...; the begin of the text is a name. */
static long assign(struct arithmetic *a, size_t name_end, size_t length, int index)
{
	char *name = must_have(strndup(a->at, name_end)), text[24];
	long value;

	a->at += length;
	value = assignment(a);
	if (index >= 0 && a->error == NULL)
		value = compute(a, operators[index].code, variable(a, name), value);
	snprintf(text, sizeof(text), "%ld", value);
	if (a->error == NULL && a->skipped == 0 && !var_set(name, text, 0))
		wrong(a, "a variable that is readonly");
	free(name);
	return value;
}

static long assignment(struct arithmetic *a)
{
	size_t name, blanks, length;
	int index;
	long value;

	if (a->depth >= MAX_DEPTH)
		return wrong(a, "nested too deep");
	a->depth++;
	skip_blanks(a);
	name = name_length(a->at);
	blanks = strspn(a->at + name, " \t\n");
	length = name > 0 ? assignment_operator(a->at + name + blanks, &index) : 0;
	value = length > 0 ? assign(a, name, name + blanks + length, index) : conditional(a);
	a->depth--;
	return value;
}

bool arith_evaluate(const char *expression, long *value)
{
	struct arithmetic a = { .at = expression };

	*value = assignment(&a);
	skip_blanks(&a);
	if (*a.at != '\0')
		wrong(&a, "an operator is missing");
	if (a.error)
		complain("arithmetic", a.error);
	return a.error == NULL;
}
