/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pinned N: forks N children one after the other, all on one CPU, each of which writes to a page and exits.
 */
#include <curfew/sys.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int word;

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;

	if (curfew_set_affinity(0, 1) != 0)
		return 2;
	for (int i = 0; i < n; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			word = i;
			_exit(i & 0x7f);
		}
		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != (i & 0x7f))
			return 1;
	}
	return 0;
}
