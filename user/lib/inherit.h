/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_INHERIT_H
#define CURFEW_LIB_INHERIT_H
/*
 * What a program hands to the one it execs, beside arguments and environment.
 *
 * The working directory and the open descriptors are the library's, not the
 * kernel's, so exec carries them in one more string at the end of the
 * environment, which the new program takes out again before main():
 *
 *   .CURFEW=/cwd;3=120,0,/etc/hostname;4=@3;2=#1;0=-
 *
 * Each field is a descriptor: a file, with its offset and flags; one that
 * shares the file of a lower one; a handle of the console; one of 0, 1 and 2
 * that is closed.  The string is there only if something differs from the
 * start of a process: directory `/`, and the console's three descriptors.
 */
#include <stdbool.h>
#include <string.h>

#define INHERIT_NAME   ".CURFEW="
#define INHERIT_LENGTH (sizeof(INHERIT_NAME) - 1)

/* Whether a string of the environment is that one. */
static inline bool is_inherited(const char *string)
{
	return strncmp(string, INHERIT_NAME, INHERIT_LENGTH) == 0;
}

/* Takes the string out of the environment and does what it says. */
void __curfew_inherit(char **entry);

/* For exec: room that the string needs, its NUL included; 0 if none is needed. */
size_t __curfew_inherit_size(void);
/* Writes it.  What does not fit (another thread opened something in between) is left out. */
void __curfew_inherit_write(char *text, size_t size);

#endif
