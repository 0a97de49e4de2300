/* SPDX-License-Identifier: BSD-2-Clause */
/* tee [-a] [FILE...]: copies standard input to standard output and to files; -a: behind what they have. */
#include <fcntl.h>

#include "files.h"

int main(int argc, char **argv)
{
	static char buffer[16384];
	int option, status = 0, *fds;
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	ssize_t n;

	opterr = 0;
	while ((option = getopt(argc, argv, "a")) != -1) {
		if (option != 'a')
			return usage("tee [-a] [FILE...]");
		flags = O_WRONLY | O_CREAT | O_APPEND;
	}
	fds = must_have(calloc((size_t)argc + 1, sizeof(*fds)));
	argv[optind - 1] = "standard output";
	fds[optind - 1] = STDOUT_FILENO;
	for (int i = optind; i < argc; i++) {
		fds[i] = open(argv[i], flags, 0666);
		if (fds[i] < 0)
			status = fail("tee", argv[i]);
	}
	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		for (int i = optind - 1; i < argc; i++) {
			if (fds[i] < 0 || write_all(fds[i], buffer, (size_t)n))
				continue;
			status = fail("tee", argv[i]);
			fds[i] = -1;
		}
	}
	if (n < 0)
		status = fail("tee", "standard input");
	for (int i = optind - 1; i < argc; i++) {
		if (fds[i] >= 0 && close(fds[i]) < 0)
			status = fail("tee", argv[i]);
	}
	return status;
}
