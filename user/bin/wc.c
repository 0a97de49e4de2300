/* SPDX-License-Identifier: BSD-2-Clause */
/* wc [-c] [-l] [-w] [FILE...]: counts lines, words and bytes of files, or of standard input. */
#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "util.h"

static bool show[3]; /* lines, words, bytes */

static void print(const unsigned long long counts[3], const char *name)
{
	bool first = true, only = show[0] + show[1] + show[2] == 1;

	for (int i = 0; i < 3; i++) {
		if (!show[i])
			continue;
		printf(only ? "%s%llu" : "%s%7llu", first ? "" : " ", counts[i]);
		first = false;
	}
	printf(name ? " %s\n" : "\n", name);
}

/* Adds to counts, and to total.  Returns the status. */
static int count(int fd, const char *name, unsigned long long total[3])
{
	static char buffer[65536];
	unsigned long long counts[3] = { 0 };
	bool in_word = false;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		counts[2] += (unsigned long long)n;
		for (ssize_t i = 0; i < n; i++) {
			bool blank = isspace((unsigned char)buffer[i]);

			counts[0] += buffer[i] == '\n';
			counts[1] += !blank && !in_word;
			in_word = !blank;
		}
	}
	for (int i = 0; i < 3; i++)
		total[i] += counts[i];
	if (n < 0)
		return fail("wc", name ? name : "standard input");
	print(counts, name);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long long total[3] = { 0 };
	int option, status = 0;

	opterr = 0;
	while ((option = getopt(argc, argv, "lwc")) != -1) {
		if (option == '?')
			return usage("wc [-c] [-l] [-w] [FILE...]");
		show[option == 'l' ? 0 : option == 'w' ? 1 : 2] = true;
	}
	if (!show[0] && !show[1] && !show[2])
		show[0] = show[1] = show[2] = true;
	if (optind == argc)
		return finish("wc", count(STDIN_FILENO, NULL, total));
	for (int i = optind; i < argc; i++) {
		bool input = strcmp(argv[i], "-") == 0;
		int fd = input ? STDIN_FILENO : open(argv[i], O_RDONLY);

		status |= fd < 0 ? fail("wc", argv[i]) : count(fd, argv[i], total);
		if (fd > STDIN_FILENO)
			close(fd);
	}
	if (argc - optind > 1)
		print(total, "total");
	return finish("wc", status);
}
