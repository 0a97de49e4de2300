/* SPDX-License-Identifier: BSD-2-Clause */
/* uniq [-c] [-d] [-u] [INPUT [OUTPUT]]: lines, of equal neighbours one; -c how many; -d those repeated; -u those not. */
#include <unistd.h>

#include "util.h"

static bool count, repeated, single;

static void print(const char *line, unsigned long long times)
{
	if (line == NULL || (repeated && times == 1) || (single && times > 1))
		return;
	if (count)
		printf("%7llu ", times);
	puts(line);
}

int main(int argc, char **argv)
{
	char *line = NULL, *last = NULL;
	size_t room = 0;
	unsigned long long times = 0;
	int option;
	ssize_t n;

	opterr = 0;
	while ((option = getopt(argc, argv, "cdu")) != -1) {
		count |= option == 'c';
		repeated |= option == 'd';
		single |= option == 'u';
		if (option == '?')
			return usage("uniq [-c] [-d] [-u] [INPUT [OUTPUT]]");
	}
	if (argc - optind > 2)
		return usage("uniq [-c] [-d] [-u] [INPUT [OUTPUT]]");
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0 && freopen(argv[i], i == optind ? "r" : "w", i == optind ? stdin : stdout) == NULL)
			return fail("uniq", argv[i]);
	}
	while ((n = getline(&line, &room, stdin)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (last == NULL || strcmp(last, line) != 0) {
			print(last, times);
			free(last);
			last = line;
			line = NULL;
			room = 0;
			times = 0;
		}
		times++;
	}
	print(last, times);
	return finish("uniq", ferror(stdin) ? fail("uniq", "standard input") : 0);
}
