/* SPDX-License-Identifier: BSD-2-Clause */
/* touch [-a] [-c] [-m] FILE...: sets files' times to now, and makes those that are not there, but for -c. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

int main(int argc, char **argv)
{
	static const char line[] = "touch [-a] [-c] [-m] FILE...";
	struct timespec now;
	int option, status = 0;
	bool create = true, access_only = false, change_only = false;

	opterr = 0;
	while ((option = getopt(argc, argv, "acm")) != -1) {
		if (option == '?')
			return usage(line);
		create &= option != 'c';
		access_only |= option == 'a';
		change_only |= option == 'm';
	}
	if (optind == argc)
		return usage(line);
	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = optind; i < argc; i++) {
		struct timespec times[2] = { now, now };
		struct stat st;
		int fd;

		if (stat(argv[i], &st) == 0 && access_only != change_only)
			times[access_only] = access_only ? st.st_mtim : st.st_atim;
		if (utimensat(AT_FDCWD, argv[i], times, 0) == 0 || (errno == ENOENT && !create))
			continue;
		if (errno != ENOENT) {
			status = fail("touch", argv[i]);
			continue;
		}
		fd = open(argv[i], O_WRONLY | O_CREAT, 0666);
		if (fd < 0 || close(fd) < 0)
			status = fail("touch", argv[i]);
	}
	return status;
}
