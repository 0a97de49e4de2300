/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: which part of a line is compared, and how. */
#include "sort.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One end of a key. */
struct place {
	long field, byte; /* from 1; of the end, byte 0 is the field's last */
	bool blanks;
};

static struct key {
	struct place first, last; /* last.field 0: the line's end */
	struct order order;
	bool own; /* has letters of its own */
} keys[MAX_KEYS];
static size_t key_count;

struct order order;
int key_separator = -1;

static size_t skip_blanks(const struct line *line, size_t at)
{
	while (at < line->length && (line->text[at] == ' ' || line->text[at] == '\t'))
		at++;
	return at;
}

/* The end of the field that begins at `at`: its separator, or the line's end. */
static size_t field_end(const struct line *line, size_t at)
{
	if (key_separator < 0)
		at = skip_blanks(line, at);
	while (at < line->length && (key_separator < 0 ? line->text[at] != ' ' && line->text[at] != '\t' : line->text[at] != (char)key_separator))
		at++;
	return at;
}

/* Where the n-th field begins. */
static size_t field_begin(const struct line *line, long n)
{
	size_t at = 0;

	for (; n > 1 && at < line->length; n--)
		at = field_end(line, at) + (key_separator >= 0);
	return at < line->length ? at : line->length;
}

static void find_key(const struct key *key, const struct line *line, size_t *first, size_t *end)
{
	size_t at = field_begin(line, key->first.field);

	if (key->first.blanks)
		at = skip_blanks(line, at);
	at += (size_t)key->first.byte - 1;
	*first = at < line->length ? at : line->length;
	*end = line->length;
	if (key->last.field > 0) {
		at = field_begin(line, key->last.field);
		if (key->last.byte == 0) {
			at = field_end(line, at);
		} else {
			if (key->last.blanks)
				at = skip_blanks(line, at);
			at += (size_t)key->last.byte;
		}
		*end = at < line->length ? at : line->length;
	}
	if (*end < *first)
		*end = *first;
}

int key_compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length, bool fold)
{
	size_t length = a_length < b_length ? a_length : b_length;

	for (size_t i = 0; i < length; i++) {
		int x = (unsigned char)a[i], y = (unsigned char)b[i];

		if (fold) {
			x = toupper(x);
			y = toupper(y);
		}
		if (x != y)
			return x - y;
	}
	return a_length < b_length ? -1 : a_length > b_length;
}

static int compare_by(const struct key *key, const struct line *a, const struct line *b)
{
	const struct order *how = key->own ? &key->order : &order;
	size_t a_first, a_end, b_first, b_end;
	int result;

	find_key(key, a, &a_first, &a_end);
	find_key(key, b, &b_first, &b_end);
	if (how->number)
		result = number_compare(a->text + a_first, a_end - a_first, b->text + b_first, b_end - b_first);
	else
		result = key_compare_bytes(a->text + a_first, a_end - a_first, b->text + b_first, b_end - b_first, how->fold);
	return how->reverse ? -result : result;
}

/* By all keys. */
int key_compare(const struct line *a, const struct line *b)
{
	int result = 0;

	for (size_t i = 0; i < key_count && result == 0; i++)
		result = compare_by(&keys[i], a, b);
	return result;
}

/* ------------------------------------------------------------------ options */

/* Reads FIELD[.BYTE][letters].  Returns where the text goes on, NULL if it is wrong. */
static const char *parse_place(const char *text, struct place *place, struct key *key)
{
	char *end;

	place->field = strtol(text, &end, 10);
	if (end == text || place->field < 1)
		return NULL;
	if (*end == '.') {
		text = end + 1;
		place->byte = strtol(text, &end, 10);
		if (end == text || place->byte < 0)
			return NULL;
	}
	for (; *end && strchr("bfnr", *end); end++) {
		key->own = true;
		place->blanks |= *end == 'b';
		key->order.fold |= *end == 'f';
		key->order.number |= *end == 'n';
		key->order.reverse |= *end == 'r';
	}
	return end;
}

bool key_parse(const char *text)
{
	struct key *key = &keys[key_count++];

	if (key_count > MAX_KEYS - 1)
		return false;
	*key = (struct key){ 0 };
	text = parse_place(text, &key->first, key);
	if (key->first.byte == 0)
		key->first.byte = 1;
	if (text && *text == ',')
		text = parse_place(text + 1, &key->last, key);
	return text && *text == '\0';
}

/* Options for all: -b is for both ends of keys without letters of their own. */
void key_finish(void)
{
	if (key_count == 0)
		keys[key_count++] = (struct key){ .first = { 1, 1, false } };
	for (size_t i = 0; i < key_count; i++) {
		if (!keys[i].own)
			keys[i].first.blanks = keys[i].last.blanks = order.blanks;
	}
}
