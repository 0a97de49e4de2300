/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time COMMAND [ARG...]: runs a command, and says on standard error what it took.
 *
 * Seconds of real, user and system time, page faults, and the greatest number
 * of KiB resident.  The purge of the command's address space is in its system
 * time.  The status is the command's, 128 + signal if one ended it.
 */
#include <curfew/sys.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

static void print_seconds(const char *what, uint64_t ns)
{
	fprintf(stderr, "%-6s %llu.%06llu\n", what, (unsigned long long)(ns / 1000000000),
		(unsigned long long)(ns / 1000 % 1000000));
}

int main(int argc, char **argv)
{
	struct curfew_rusage used;
	uint64_t start = curfew_now(), real;
	int status;
	pid_t pid;

	if (argc < 2 || argv[1][0] == '-')
		return usage("time COMMAND [ARG...]");
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		fail("time", argv[1]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0)
		return fail("time", "fork");
	if (curfew_wait(pid, &status, 0, &used) < 0)
		return fail("time", "wait");
	real = curfew_now() - start;
	print_seconds("real", real);
	print_seconds("user", used.user_ns);
	print_seconds("sys", used.system_ns);
	fprintf(stderr, "faults %llu\n", (unsigned long long)used.minor_faults);
	fprintf(stderr, "KiB    %llu\n", (unsigned long long)used.max_resident * 4);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
