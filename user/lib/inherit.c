/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hands working directory and file creation mask through exec (inherit.h).
 *
 * A string that does not parse is dropped: the environment is the user's to
 * write.
 */
#include "inherit.h"

#include <sys/stat.h>

#include "path.h"

#define USUAL_MASK 022
#define DIGITS     3 /* of the mask, octal */

mode_t __curfew_umask = USUAL_MASK;

mode_t umask(mode_t mask)
{
	return __atomic_exchange_n(&__curfew_umask, mask & 0777, __ATOMIC_RELAXED);
}

void __curfew_inherit(char **entry)
{
	const char *text = *entry + INHERIT_LENGTH;
	mode_t mask = 0;
	size_t length;

	*entry = NULL;
	for (int i = 0; i < DIGITS; i++, text++) {
		if (*text < '0' || *text > '7')
			return;
		mask = mask * 8 + (mode_t)(*text - '0');
	}
	length = strlen(text);
	if (*text != '/' || length > PATH_MAX)
		return;
	__curfew_umask = mask;
	__curfew_directory_set(text + 1);
}

size_t __curfew_inherit_size(void)
{
	char name[PATH_MAX];

	__curfew_directory_get(name);
	return *name == '\0' && __curfew_umask == USUAL_MASK ? 0 : INHERIT_LENGTH + DIGITS + 1 + strlen(name) + 1;
}

void __curfew_inherit_write(char *text, size_t size)
{
	mode_t mask = __curfew_umask;
	char name[PATH_MAX], *end = text + size;

	memcpy(text, INHERIT_NAME, INHERIT_LENGTH);
	text += INHERIT_LENGTH;
	for (int i = DIGITS - 1; i >= 0; i--)
		*text++ = (char)('0' + (mask >> 3 * i & 7));
	*text++ = '/';
	__curfew_directory_get(name);
	strncpy(text, name, (size_t)(end - text));
	end[-1] = '\0';
}
