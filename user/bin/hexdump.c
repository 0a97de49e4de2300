/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hexdump [-v] [-s OFFSET] [-n LENGTH] [FILE...]: bytes in hexadecimal and as text, sixteen a line.
 *
 * The format is that of `hexdump -C` elsewhere (and -C is taken, and ignored).
 * Lines equal to the one before are shown once as `*`, unless -v.  Several
 * files are one stream.
 */
#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "util.h"

#define LINE 16

struct dump {
	unsigned long offset; /* of the next byte */
	unsigned long skip;   /* bytes still to skip */
	unsigned long left;   /* bytes still to show */
	size_t count;         /* bytes in line[] */
	bool verbose, have_last, starred;
	unsigned char line[LINE], last[LINE];
};

/* Prints the line gathered so far, or a star for a repeated one. */
static void put_line(struct dump *dump)
{
	if (!dump->verbose && dump->have_last && dump->count == LINE && memcmp(dump->line, dump->last, LINE) == 0) {
		if (!dump->starred)
			puts("*");
		dump->starred = true;
		dump->count = 0;
		return;
	}
	printf("%08lx ", dump->offset - dump->count);
	for (size_t i = 0; i < LINE; i++) {
		if (i % 8 == 0)
			putchar(' ');
		if (i < dump->count)
			printf("%02x ", dump->line[i]);
		else
			fputs("   ", stdout);
	}
	fputs(" |", stdout);
	for (size_t i = 0; i < dump->count; i++)
		putchar(isprint(dump->line[i]) ? dump->line[i] : '.');
	puts("|");
	memcpy(dump->last, dump->line, LINE);
	dump->have_last = true;
	dump->starred = false;
	dump->count = 0;
}

/* Dumps one open file.  Returns the program's status. */
static int dump_file(struct dump *dump, int fd, const char *name)
{
	static unsigned char buffer[4096];
	ssize_t n = 0;

	while (dump->left > 0 && (n = read(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < n && dump->left > 0; i++) {
			dump->offset++;
			if (dump->skip > 0) {
				dump->skip--;
				continue;
			}
			dump->left--;
			dump->line[dump->count++] = buffer[i];
			if (dump->count == LINE)
				put_line(dump);
		}
	}
	return n < 0 ? fail("hexdump", name) : 0;
}

int main(int argc, char **argv)
{
	struct dump dump = { .left = ~0ul };
	int option, status = 0;
	long value;

	opterr = 0;
	while ((option = getopt(argc, argv, "Cvs:n:")) != -1) {
		if (option == 'v')
			dump.verbose = true;
		else if (option == 's' && parse_number(optarg, 0, 0x7fffffff, &value))
			dump.skip = (unsigned long)value;
		else if (option == 'n' && parse_number(optarg, 0, 0x7fffffff, &value))
			dump.left = (unsigned long)value;
		else if (option != 'C')
			return usage("hexdump [-v] [-s OFFSET] [-n LENGTH] [FILE...]");
	}
	if (optind == argc)
		status = dump_file(&dump, STDIN_FILENO, "standard input");
	for (int i = optind; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);

		if (fd < 0) {
			status = fail("hexdump", argv[i]);
			continue;
		}
		status |= dump_file(&dump, fd, argv[i]);
		close(fd);
	}
	if (dump.count > 0)
		put_line(&dump);
	printf("%08lx\n", dump.offset);
	return finish("hexdump", status);
}
