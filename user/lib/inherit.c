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
	memcpy(__curfew_directory, text + 1, length);
}

size_t __curfew_inherit_size(void)
{
	size_t length;

	__curfew_directory_lock();
	length = strlen(__curfew_directory);
	__curfew_directory_unlock();
	return length == 0 && __curfew_umask == USUAL_MASK ? 0 : INHERIT_LENGTH + DIGITS + 1 + length + 1;
}

void __curfew_inherit_write(char *text, size_t size)
{
	mode_t mask = __curfew_umask;
	char *end = text + size;

	memcpy(text, INHERIT_NAME, INHERIT_LENGTH);
	text += INHERIT_LENGTH;
	for (int i = DIGITS - 1; i >= 0; i--)
		*text++ = (char)('0' + (mask >> 3 * i & 7));
	*text++ = '/';
	__curfew_directory_lock();
	strncpy(text, __curfew_directory, (size_t)(end - text));
	__curfew_directory_unlock();
	end[-1] = '\0';
}
