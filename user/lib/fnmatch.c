/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fnmatch(3): newlib's knows no character classes ([[:alpha:]]), which XBD
 * 9.3.5 asks for.  Characters are bytes: the locale is C.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <wctype.h>

static int fold(int c, int flags)
{
	return flags & FNM_CASEFOLD ? tolower(c) : c;
}

/* `[:name:]`, `[=c=]` or `[.c.]` at p: the byte behind it, NULL if it is none of these.  *match: whether c is in it;
 * *single: the character, -1 for a class. */
static const char *special(const char *p, int c, bool *match, int *single)
{
	char kind = p[1], name[16];
	const char *end;
	size_t length;

	if (p[0] != '[' || (kind != ':' && kind != '=' && kind != '.'))
		return NULL;
	for (end = p + 2; *end != '\0' && !(end[0] == kind && end[1] == ']'); end++)
		;
	length = (size_t)(end - (p + 2));
	if (*end == '\0' || length == 0 || length >= sizeof(name) || (kind != ':' && length != 1))
		return NULL;
	memcpy(name, p + 2, length);
	name[length] = '\0';
	*single = kind == ':' ? -1 : (unsigned char)name[0];
	*match = kind == ':' ? wctype(name) != 0 && iswctype((wint_t)c, wctype(name)) != 0 : c == *single;
	return end + 2;
}

/* The bracket expression behind `[`: the byte behind its `]`, or NULL if it has none, and `[` is a character. */
static const char *bracket(const char *p, int c, int flags, bool *match)
{
	bool negate = *p == '!' || *p == '^', in = false, found = false;

	if (negate)
		p++;
	for (bool first = true; first || *p != ']'; first = false) {
		int low = (unsigned char)*p, high;
		const char *end = special(p, c, &in, &low);

		if (*p == '\0' || (*p == '/' && flags & FNM_PATHNAME))
			return NULL;
		if (end != NULL) {
			p = end;
		} else {
			if (*p == '\\' && !(flags & FNM_NOESCAPE) && *++p == '\0')
				return NULL;
			low = (unsigned char)*p++;
			in = fold(c, flags) == fold(low, flags);
		}
		found |= in;
		if (*p != '-' || p[1] == ']' || p[1] == '\0' || low < 0)
			continue;
		end = special(++p, c, &in, &high);
		if (end == NULL) {
			if (*p == '\\' && !(flags & FNM_NOESCAPE) && *++p == '\0')
				return NULL;
			high = (unsigned char)*p++;
		} else {
			p = end;
		}
		found |= fold(low, flags) <= fold(c, flags) && fold(c, flags) <= fold(high, flags);
	}
	*match = found != negate;
	return p + 1;
}

/* One element of the pattern that is no `*`, against a byte: the element's end, NULL: no match. */
static const char *element(const char *p, int c, int flags)
{
	const char *end;
	bool match;

	if (c == '/' && flags & FNM_PATHNAME && *p != '/' && *p != '\\')
		return NULL;
	switch (*p) {
	case '?':
		return p + 1;
	case '[':
		end = bracket(p + 1, c, flags, &match);
		if (end != NULL)
			return match ? end : NULL;
		break;
	case '\\':
		if (!(flags & FNM_NOESCAPE) && p[1] != '\0')
			p++;
		break;
	}
	return fold((unsigned char)*p, flags) == fold(c, flags) ? p + 1 : NULL;
}

/* A period that only a period matches. */
static bool is_hidden(const char *s, const char *begin, int flags)
{
	return flags & FNM_PERIOD && *s == '.' && (s == begin || (flags & FNM_PATHNAME && s[-1] == '/'));
}

int fnmatch(const char *pattern, const char *string, int flags)
{
	const char *p = pattern, *s = string;
	const char *star = NULL, *resume = NULL; /* where the last `*` goes on, in pattern and string */

	for (;;) {
		const char *next = NULL;

		if (*p == '*' && !is_hidden(s, string, flags)) {
			star = ++p;
			resume = s;
			continue;
		}
		if (*s == '\0' && *p == '\0')
			return 0;
		if (*p == '\0' && *s == '/' && flags & FNM_LEADING_DIR)
			return 0;
		if (*s != '\0' && *p != '\0' && (!is_hidden(s, string, flags) || *p == '.' || (*p == '\\' && p[1] == '.')))
			next = element(p, (unsigned char)*s, flags);
		if (next != NULL) {
			p = next;
			s++;
			continue;
		}
		/* The `*` takes one more, which may be no slash of a path. */
		if (star == NULL || *resume == '\0' || (*resume == '/' && flags & FNM_PATHNAME))
			return FNM_NOMATCH;
		p = star;
		s = ++resume;
	}
}
