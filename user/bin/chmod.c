/* SPDX-License-Identifier: BSD-2-Clause */
/* chmod MODE FILE...: sets permissions; MODE is octal, or [ugoa][+-=][rwx] joined by commas. */
#include <sys/stat.h>

#include "util.h"

/* Changes a mode by text.  Returns false if it is none. */
static bool change(const char *text, mode_t *mode)
{
	while (*text) {
		mode_t who = 0, what = 0;
		char operation;

		for (; *text && strchr("ugoa", *text); text++)
			who |= *text == 'u' ? 0700 : *text == 'g' ? 0070 : *text == 'o' ? 0007 : 0777;
		operation = *text;
		if (operation == '\0' || !strchr("+-=", operation))
			return false;
		for (text++; *text && strchr("rwx", *text); text++)
			what |= *text == 'r' ? 0444 : *text == 'w' ? 0222 : 0111;
		who = who ? who : 0777;
		if (operation != '+')
			*mode &= ~(who & (operation == '=' ? 0777 : what));
		if (operation != '-')
			*mode |= who & what;
		if (*text && *text++ != ',')
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static const char line[] = "chmod MODE FILE...";
	bool octal = argc > 1 && argv[1][0] >= '0' && argv[1][0] <= '7';
	char *end;
	long value = octal ? strtol(argv[1], &end, 8) : 0;
	mode_t any = 0;
	int status = 0;

	if (argc < 3 || (octal ? *end || value > 07777 : !change(argv[1], &any)))
		return usage(line);
	for (int i = 2; i < argc; i++) {
		struct stat st;
		mode_t mode = (mode_t)value;

		if (!octal && stat(argv[i], &st) < 0) {
			status = fail("chmod", argv[i]);
			continue;
		}
		if (!octal) {
			mode = st.st_mode & 07777;
			change(argv[1], &mode);
		}
		if (chmod(argv[i], mode) < 0)
			status = fail("chmod", argv[i]);
	}
	return status;
}
