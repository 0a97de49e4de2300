/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill [-SIGNAL | -s SIGNAL] PID...: ends processes; a negative PID names a process group.
 * kill -l: the signals' names.  Signal 0 only asks whether the process is there.
 */
#include <ctype.h>
#include <signal.h>
#include <strings.h>

#include "util.h"

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "BUS", SIGBUS },
	{ "SEGV", SIGSEGV },
	{ "SYS", SIGSYS },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	{ "CHLD", SIGCHLD },
	{ "URG", SIGURG },
	{ "CONT", SIGCONT },
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* The number of a signal given as a number or as a name, with or without SIG; -1 if there is none. */
static int signal_number(const char *text)
{
	long value;

	if (parse_number(text, 0, 64, &value))
		return (int)value;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < SIGNALS; i++) {
		if (strcasecmp(text, signals[i].name) == 0)
			return signals[i].number;
	}
	return -1;
}

static int list(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		printf("%2d %s\n", signals[i].number, signals[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	static const char line[] = "kill [-SIGNAL | -s SIGNAL] PID... | kill -l";
	int first = 1, signal = SIGTERM, status = 0;

	if (argc == 2 && strcmp(argv[1], "-l") == 0)
		return list();
	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		signal = signal_number(argv[2]);
		first = 3;
	} else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
		signal = signal_number(argv[1] + 1);
		first = 2;
	}
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	if (signal < 0 || first >= argc)
		return usage(line);
	for (int i = first; i < argc; i++) {
		long pid;

		if (!parse_number(argv[i], -0x7fffffff, 0x7fffffff, &pid))
			return usage(line);
		if (kill((pid_t)pid, signal) < 0)
			status = fail("kill", argv[i]);
	}
	return status;
}
