/* SPDX-License-Identifier: BSD-2-Clause */
/* head [-n LINES | -c BYTES] [FILE...]: the begin of files, 10 lines if not said otherwise; -LINES is an old way to write it. */
#include <ctype.h>
#include <unistd.h>

#include "util.h"

static void copy(FILE *file, bool bytes, long count)
{
	int c;

	while (count > 0 && (c = getc(file)) != EOF) {
		putchar(c);
		count -= bytes || c == '\n';
	}
}

int main(int argc, char **argv)
{
	static const char line[] = "head [-n LINES | -c BYTES] [FILE...]";
	int option, status = 0, shown = 0;
	bool bytes = false;
	long count = 10;

	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
		if (!parse_number(argv[1] + 1, 0, INT64_MAX, &count))
			return usage(line);
		argv++;
		argc--;
	}
	opterr = 0;
	while ((option = getopt(argc, argv, "n:c:")) != -1) {
		bytes = option == 'c';
		if (option == '?' || !parse_number(optarg, 0, INT64_MAX, &count))
			return usage(line);
	}
	if (optind == argc)
		copy(stdin, bytes, count);
	for (int i = optind; i < argc; i++) {
		bool input = strcmp(argv[i], "-") == 0;
		FILE *file = input ? stdin : fopen(argv[i], "r");

		if (file && argc - optind > 1)
			printf("%s==> %s <==\n", shown++ ? "\n" : "", input ? "standard input" : argv[i]);
		if (file)
			copy(file, bytes, count);
		if (file == NULL || ferror(file))
			status = fail("head", argv[i]);
		if (file && !input)
			fclose(file);
	}
	return finish("head", ferror(stdin) ? fail("head", "standard input") : status);
}
