/* SPDX-License-Identifier: BSD-2-Clause */
/* Builtins about processes: jobs, wait, fg, kill. */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "signals.h"

int do_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	job_list();
	return 0;
}

int do_wait(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return job_wait_all();
	for (int i = 1; i < argc && !shell.interrupted; i++)
		status = job_wait(argv[i]);
	return status;
}

int do_fg(int argc, char **argv)
{
	return job_foreground(argc > 1 ? argv[1] : NULL);
}

/* kill -l, and kill -l STATUS: the signal that a status means. */
static int list_signals(int argc, char **argv)
{
	int status = 0;

	for (size_t i = 0; argc < 3 && i < SIGNAL_NAMES; i++)
		printf("%2d %s\n", signal_names[i].number, signal_names[i].name);
	for (int i = 2; i < argc; i++) {
		int number = signal_number(argv[i]);
		const char *name;

		if (number < 0)
			number = atoi(argv[i]) - 128;
		name = signal_name(number);
		if (name) {
			puts(name);
		} else {
			complain(argv[i], "no such signal");
			status = 1;
		}
	}
	return status;
}

/* Sends to a process, a group (negative) or a job.  Returns the status. */
static int send(const char *target, int number)
{
	char *end;
	long pid = *target == '%' ? job_target(target) : strtol(target, &end, 10);

	if (*target == '%' ? pid == 0 : end == target || *end != '\0') {
		complain_of("kill", target, *target == '%' ? "no such job" : "not a process number");
		return 1;
	}
	if (kill((pid_t)pid, number) == 0)
		return 0;
	complain_of("kill", target, strerror(errno));
	return 1;
}

int do_kill(int argc, char **argv)
{
	int first = 1, number, status = 0;
	const char *which = "TERM";

	if (argc > 1 && strcmp(argv[1], "-l") == 0)
		return list_signals(argc, argv);
	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		which = argv[2];
		first = 3;
	} else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
		which = argv[1] + 1;
		first = 2;
	}
	number = signal_number(which);
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	if (first < argc && signal_stops(which)) {
		complain_of("kill", which, "stop signals are not supported");
		return 1;
	}
	if (number < 0 || first >= argc) {
		fputs("usage: kill [-SIGNAL | -s SIGNAL] PID... | kill -l\n", stderr);
		return 2;
	}
	for (int i = first; i < argc; i++)
		status |= send(argv[i], number);
	return status;
}
