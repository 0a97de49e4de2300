/* SPDX-License-Identifier: BSD-2-Clause */
/* yes [WORD...]: prints the words, or y, again and again until nobody reads. */
#include "util.h"

int main(int argc, char **argv)
{
	while (!ferror(stdout)) {
		for (int i = 1; i < argc; i++)
			printf("%s%s", argv[i], i + 1 < argc ? " " : "");
		puts(argc > 1 ? "" : "y");
	}
	return fail("yes", "standard output");
}
