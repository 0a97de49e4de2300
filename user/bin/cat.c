/* SPDX-License-Identifier: BSD-2-Clause */
/* cat [FILE...]: copies files, or standard input (also as -), to standard output. */
#include <fcntl.h>

#include "files.h"

/* Copies one open file to its end.  Returns the program's status; ends it if the output is gone. */
static int copy(int fd, const char *name)
{
	static char buffer[16384];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		if (!write_all(STDOUT_FILENO, buffer, (size_t)n))
			exit(fail("cat", "standard output"));
	}
	return n < 0 ? fail("cat", name) : 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0')
		return usage("cat [FILE...]");
	if (argc == 1)
		return copy(STDIN_FILENO, "standard input");
	for (int i = 1; i < argc; i++) {
		int fd;

		if (strcmp(argv[i], "-") == 0) {
			status |= copy(STDIN_FILENO, "standard input");
			continue;
		}
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			status = fail("cat", argv[i]);
			continue;
		}
		status |= copy(fd, argv[i]);
		close(fd);
	}
	return status;
}
