/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kstat: the kernel's counters, as `name value` lines.
 *
 *   kstat [-t] [NAME...]         all counters, or those named
 *   kstat [-t] -d COMMAND ARG... runs the command, then prints by how much every counter changed while it
 *                                ran; the status is the command's.  The fork, exec and wait for it are in.
 *
 * -t first gives every cached page back to the kernel, so that page.free can
 * be compared to the page.  Both readings of -d go into buffers touched
 * before, so kstat itself adds no page to the difference.
 */
#include <curfew/sys.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define COUNTERS 128

static struct curfew_kstat before[COUNTERS], after[COUNTERS];

/* Reads all counters.  Returns how many, or -1. */
static int read_all(struct curfew_kstat *list, unsigned flags)
{
	int count = curfew_kstat(list, COUNTERS, flags);

	return count > COUNTERS ? COUNTERS : count;
}

static int print_named(int count, char **names)
{
	int status = 0;

	for (; *names; names++) {
		int i = 0;

		while (i < count && strcmp(after[i].name, *names) != 0)
			i++;
		if (i < count) {
			printf("%s %llu\n", after[i].name, (unsigned long long)after[i].value);
		} else {
			fprintf(stderr, "kstat: %s: no such counter\n", *names);
			status = 1;
		}
	}
	return status;
}

/* Runs the command.  Returns its status, 128 + signal if one ended it, or -1. */
static int run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		fail("kstat", command[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The -d form.  Returns the program's status. */
static int print_differences(char **command, unsigned flags)
{
	int count, status;

	memset(after, 1, sizeof(after));
	count = read_all(before, flags);
	if (count < 0)
		return fail("kstat", "counters");
	status = run(command);
	if (status < 0)
		return fail("kstat", command[0]);
	if (read_all(after, flags) < 0)
		return fail("kstat", "counters");
	for (int i = 0; i < count; i++)
		printf("%s %lld\n", after[i].name, (long long)(after[i].value - before[i].value));
	return finish("kstat", status);
}

int main(int argc, char **argv)
{
	static const char line[] = "kstat [-t] [NAME...] | kstat [-t] -d COMMAND [ARG...]";
	unsigned flags = 0;
	bool differences = false;
	int option, count;

	opterr = 0;
	while ((option = getopt(argc, argv, "+td")) != -1) {
		if (option == 't')
			flags = CURFEW_KSTAT_TRIM;
		else if (option == 'd')
			differences = true;
		else
			return usage(line);
	}
	if (differences)
		return optind < argc ? print_differences(argv + optind, flags) : usage(line);
	count = read_all(after, flags);
	if (count < 0)
		return fail("kstat", "counters");
	if (optind < argc)
		return finish("kstat", print_named(count, argv + optind));
	for (int i = 0; i < count; i++)
		printf("%s %llu\n", after[i].name, (unsigned long long)after[i].value);
	return finish("kstat", 0);
}
