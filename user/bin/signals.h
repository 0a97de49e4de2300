/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_SIGNALS_H
#define CURFEW_BIN_SIGNALS_H
/* The signals' names, for kill and the shell. */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

static const struct signal_name {
	const char *name;
	int number;
} signal_names[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ILL", SIGILL },   { "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT }, { "FPE", SIGFPE },   { "KILL", SIGKILL }, { "BUS", SIGBUS },   { "SEGV", SIGSEGV },
	{ "SYS", SIGSYS },   { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 }, { "CHLD", SIGCHLD }, { "URG", SIGURG },   { "CONT", SIGCONT },
};
#define SIGNAL_NAMES (sizeof(signal_names) / sizeof(signal_names[0]))

/* The number of a signal given as a number or as a name, with or without SIG; -1 if there is none. */
static inline int signal_number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end != text && *end == '\0')
		return value >= 0 && value < NSIG ? (int)value : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < SIGNAL_NAMES; i++) {
		if (strcasecmp(text, signal_names[i].name) == 0)
			return signal_names[i].number;
	}
	return -1;
}

/* Whether that text means a signal that would stop a process, or one of the keyboard or terminal for that: nothing stops in Curfew. */
static inline bool signal_stops(const char *text)
{
	static const struct signal_name stops[] = { { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU } };
	int number = signal_number(text);

	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (number == stops[i].number || strcasecmp(text, stops[i].name) == 0)
			return true;
	}
	return false;
}

/* The name of a signal, NULL if it has none. */
static inline const char *signal_name(int number)
{
	for (size_t i = 0; i < SIGNAL_NAMES; i++) {
		if (signal_names[i].number == number)
			return signal_names[i].name;
	}
	return NULL;
}

#endif
