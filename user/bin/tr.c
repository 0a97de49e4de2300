/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tr [-c] [-d] [-s] SET1 [SET2]: replaces bytes, -d removes them, -s squeezes repeats.
 *
 * Sets have ranges (a-z), classes ([:alpha:]), and \n \t \\ \NNN; -c: all
 * bytes that are not in SET1.  If SET2 is the shorter its last byte is for the rest.
 */
#include <ctype.h>
#include <unistd.h>

#include "util.h"

struct set {
	unsigned char bytes[4096];
	size_t count;
};

static void add(struct set *set, int byte)
{
	if (set->count < sizeof(set->bytes))
		set->bytes[set->count++] = (unsigned char)byte;
}

/* One byte at *at, which moves on. */
static int read_byte(const char **at)
{
	static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	const char *text = *at, *name;
	int value = 0;

	*at += 1;
	if (text[0] != '\\' || text[1] == '\0')
		return (unsigned char)text[0];
	*at += 1;
	name = strchr(names, text[1]);
	if (name)
		return bytes[name - names];
	if (text[1] < '0' || text[1] > '7')
		return (unsigned char)text[1];
	*at = text + 1;
	for (int i = 0; i < 3 && **at >= '0' && **at <= '7'; i++)
		value = value * 8 + *(*at)++ - '0';
	return value & 255;
}

/* Adds [:class:].  Returns its length, 0 if there is none. */
static size_t add_class(struct set *set, const char *at)
{
	static const struct {
		const char *name;
		int (*test)(int);
	} classes[] = { { "[:alpha:]", isalpha }, { "[:digit:]", isdigit }, { "[:alnum:]", isalnum }, { "[:upper:]", isupper },
		{ "[:lower:]", islower }, { "[:space:]", isspace }, { "[:blank:]", isblank }, { "[:punct:]", ispunct },
		{ "[:print:]", isprint }, { "[:graph:]", isgraph }, { "[:cntrl:]", iscntrl }, { "[:xdigit:]", isxdigit } };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strncmp(at, classes[i].name, strlen(classes[i].name)) != 0)
			continue;
		for (int c = 0; c < 128; c++) {
			if (classes[i].test(c))
				add(set, c);
		}
		return strlen(classes[i].name);
	}
	return 0;
}

/* Reads a set.  Returns false if a range goes backwards. */
static bool read_set(struct set *set, const char *at)
{
	while (*at) {
		size_t length = *at == '[' ? add_class(set, at) : 0;
		int first, last;

		at += length;
		if (length > 0)
			continue;
		first = last = read_byte(&at);
		if (at[0] == '-' && at[1]) {
			at++;
			last = read_byte(&at);
		}
		if (first > last)
			return false;
		for (; first <= last; first++)
			add(set, first);
	}
	return true;
}

static bool contains(const struct set *set, int byte)
{
	return set->count > 0 && memchr(set->bytes, byte, set->count) != NULL;
}

/* The set of all bytes that are not in it. */
static void complement(struct set *set)
{
	struct set other = { 0 };

	for (int c = 0; c < 256; c++) {
		if (!contains(set, c))
			add(&other, c);
	}
	*set = other;
}

int main(int argc, char **argv)
{
	static struct set from, to, squeezed;
	unsigned char map[256];
	bool other = false, delete = false, squeeze = false;
	int option, c, last = -1;

	opterr = 0;
	while ((option = getopt(argc, argv, "cCds")) != -1) {
		other |= option == 'c' || option == 'C';
		delete |= option == 'd';
		squeeze |= option == 's';
		if (option == '?')
			return usage("tr [-c] [-d] [-s] SET1 [SET2]");
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 2 || (argc == 1 && !delete && !squeeze) || (argc == 2 && delete && !squeeze) || !read_set(&from, argv[0]) ||
		(argc == 2 && !read_set(&to, argv[1])))
		return usage("tr [-c] [-d] [-s] SET1 [SET2]");
	if (other)
		complement(&from);
	squeezed = argc == 2 ? to : from;
	for (c = 0; c < 256; c++)
		map[c] = (unsigned char)c;
	for (size_t i = 0; argc == 2 && !delete && to.count > 0 && i < from.count; i++)
		map[from.bytes[i]] = to.bytes[i < to.count ? i : to.count - 1];
	while ((c = getchar()) != EOF) {
		if (delete && contains(&from, c))
			continue;
		c = map[c];
		if (squeeze && c == last && contains(&squeezed, c))
			continue;
		putchar(c);
		last = c;
	}
	return finish("tr", ferror(stdin) ? fail("tr", "standard input") : 0);
}
