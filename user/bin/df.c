/* SPDX-License-Identifier: BSD-2-Clause */
/* df [-k] [FILE...]: how full the file system is in which a file is, in KiB; without FILE that of the root. */
#include <sys/statvfs.h>
#include <unistd.h>

#include "util.h"

static int show(const char *path)
{
	struct statvfs st;
	unsigned long long total, free, used;

	if (statvfs(path, &st) < 0)
		return fail("df", path);
	total = (unsigned long long)st.f_blocks * st.f_frsize / 1024;
	free = (unsigned long long)st.f_bavail * st.f_frsize / 1024;
	used = total - (unsigned long long)st.f_bfree * st.f_frsize / 1024;
	printf("%12llu %12llu %12llu %6llu%% %s\n", total, used, free, used + free ? (used * 100 + used + free - 1) / (used + free) : 0,
		path);
	return 0;
}

int main(int argc, char **argv)
{
	int option, status = 0;

	opterr = 0;
	while ((option = getopt(argc, argv, "kP")) != -1) {
		if (option == '?')
			return usage("df [-k] [FILE...]");
	}
	printf("%12s %12s %12s %7s %s\n", "KiB", "used", "free", "used", "file");
	if (optind == argc)
		status = show("/");
	for (int i = optind; i < argc; i++)
		status |= show(argv[i]);
	return finish("df", status);
}
