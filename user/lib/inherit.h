/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_INHERIT_H
#define CURFEW_LIB_INHERIT_H
/*
 * What a program hands to the one it execs, beside arguments, environment and
 * handles.
 *
 * Working directory and file creation mask are the library's, not the kernel's,
 * so exec carries them in one more string at the end of the environment, which
 * the new program takes out again before main():
 *
 *   .CURFEW=022/home/me
 *
 * It is there only if something differs from the start of a process: `/`, and 022.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#define INHERIT_NAME   ".CURFEW="
#define INHERIT_LENGTH (sizeof(INHERIT_NAME) - 1)

/* The file creation mask; read and written whole. */
extern mode_t __curfew_umask;

/* Whether a string of the environment is that one. */
static inline bool is_inherited(const char *string)
{
	return strncmp(string, INHERIT_NAME, INHERIT_LENGTH) == 0;
}

/* Takes the string out of the environment and does what it says. */
void __curfew_inherit(char **entry);

/* For exec: room that the string needs, its NUL included; 0 if none is needed. */
size_t __curfew_inherit_size(void);
/* Writes it.  What does not fit (another thread changed the directory in between) is left out. */
void __curfew_inherit_write(char *text, size_t size);

#endif
