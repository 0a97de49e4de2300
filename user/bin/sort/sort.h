/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SORT_H
#define CURFEW_SORT_H
/* sort: main.c reads and writes, key.c says which of two lines is first, number.c which of two numbers. */
#include <stdbool.h>
#include <stddef.h>

struct line {
	char *text;
	size_t length;
	size_t number; /* where it stood: of equal ones the first is first */
};

/* How texts are compared. */
struct order {
	bool blanks, fold, number, reverse;
};

extern struct order order; /* of lines, and of keys without their own */

extern int key_separator; /* -t; -1: fields begin with the blanks in front of them */

#define MAX_KEYS 16

/* Reads -k's argument.  Returns false if it is wrong, or one too many. */
bool key_parse(const char *text);

/* Once all options are known. */
void key_finish(void);

/* Compares by all keys; and by all bytes.  Negative, 0 or positive. */
int key_compare(const struct line *a, const struct line *b);
int key_compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length, bool fold);

/* Compares the numbers that texts begin with, of any length: blanks, a minus, digits, a point and digits. */
int number_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
