/* SPDX-License-Identifier: BSD-2-Clause */
/* rmdir [-p] FOLDER...: removes empty folders; -p: then those above that are named, too. */
#include <unistd.h>

#include "util.h"

int main(int argc, char **argv)
{
	int option, status = 0;
	bool above = false;

	opterr = 0;
	while ((option = getopt(argc, argv, "p")) != -1) {
		if (option != 'p')
			return usage("rmdir [-p] FOLDER...");
		above = true;
	}
	if (optind == argc)
		return usage("rmdir [-p] FOLDER...");
	for (int i = optind; i < argc; i++) {
		char *slash;

		do {
			if (rmdir(argv[i]) < 0) {
				status = fail("rmdir", argv[i]);
				break;
			}
			slash = strrchr(argv[i], '/');
			if (slash)
				*slash = '\0';
		} while (above && slash && slash > argv[i]);
	}
	return status;
}
