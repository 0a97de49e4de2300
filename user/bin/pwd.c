/* SPDX-License-Identifier: BSD-2-Clause */
/* pwd: prints the current folder. */
#include <limits.h>
#include <unistd.h>

#include "util.h"

int main(int argc, char **argv)
{
	static char path[1024];

	(void)argv;
	if (argc > 1)
		return usage("pwd");
	if (getcwd(path, sizeof(path)) == NULL)
		return fail("pwd", "current folder");
	puts(path);
	return finish("pwd", 0);
}
