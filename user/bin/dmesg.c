/* SPDX-License-Identifier: BSD-2-Clause */
/* dmesg: prints the kernel's log. */
#include <curfew/sys.h>

#include "util.h"

int main(int argc, char **argv)
{
	static char buffer[4096];
	uint64_t position = 0;
	ssize_t n;

	(void)argv;
	if (argc > 1)
		return usage("dmesg");
	while ((n = curfew_log_read(buffer, sizeof(buffer), position)) > 0) {
		fwrite(buffer, 1, (size_t)n, stdout);
		position += (uint64_t)n;
	}
	return finish("dmesg", n < 0 ? fail("dmesg", "kernel log") : 0);
}
