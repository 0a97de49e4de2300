/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: trap's actions, and Ctrl-C.
 *
 * A handler only notes that its signal came; the action runs between two
 * commands, or when `wait` is interrupted.  A child made by vfork runs on the shell's memory
 * until its exec: a signal that reaches it there ends it, as it will after
 * the exec, and is not noted.
 */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signals.h"

static char *actions[NSIG]; /* NULL: none; [0] is EXIT's */
static volatile sig_atomic_t came[NSIG];
static volatile sig_atomic_t any_came;
static bool watching; /* Ctrl-C, in an interactive shell */

static void note(int number)
{
	if (getpid() != shell.self)
		_exit(128 + number);
	came[number] = any_came = 1;
	if (number == SIGINT && watching && actions[number] == NULL)
		shell.interrupted = 1;
}

/* Without SA_RESTART: `read` and `wait` end early. */
static bool handle(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	return sigaction(number, &action, NULL) == 0;
}

void trap_watch_interrupt(void)
{
	watching = true;
	handle(SIGINT, note);
}

void trap_ignore_keyboard(void)
{
	handle(SIGINT, SIG_IGN);
	handle(SIGQUIT, SIG_IGN);
}

static void set_action(int number, const char *text)
{
	free(actions[number]);
	actions[number] = text ? must_have(strdup(text)) : NULL;
}

void trap_forget(void)
{
	bool watched = watching;

	watching = false;
	for (int number = 0; number < NSIG; number++) {
		bool ignored = actions[number] && *actions[number] == '\0';

		came[number] = 0;
		if (number > 0 && ((actions[number] && !ignored) || (number == SIGINT && watched && !ignored)))
			handle(number, SIG_DFL);
		if (!ignored)
			set_action(number, NULL);
	}
	any_came = 0;
}

int trap_pending(void)
{
	for (int number = 1; any_came && number < NSIG; number++) {
		if (came[number] && actions[number])
			return number;
	}
	return 0;
}

/* Runs an action; $? is afterwards what it was. */
static void run_action(int number)
{
	char *text = must_have(strdup(actions[number])); /* it may set its own anew */
	int status = shell.status;

	run_text(text);
	free(text);
	if (shell.flow == FLOW_NONE)
		shell.status = status;
}

void trap_run_pending(void)
{
	while (any_came && !shell_stops()) {
		any_came = 0;
		for (int number = 1; number < NSIG; number++) {
			if (!came[number])
				continue;
			came[number] = 0;
			if (actions[number] && *actions[number])
				run_action(number);
		}
	}
}

void trap_run_exit(void)
{
	char *text = actions[0];

	actions[0] = NULL;
	if (text && *text)
		run_text(text);
	free(text);
}

/* ------------------------------------------------------------ the builtin */

static int list_actions(void)
{
	for (int number = 0; number < NSIG; number++) {
		if (actions[number] == NULL)
			continue;
		fputs("trap -- ", stdout);
		var_print_quoted(stdout, actions[number]);
		if (number == 0)
			puts(" EXIT");
		else if (signal_name(number))
			printf(" %s\n", signal_name(number));
		else
			printf(" %d\n", number);
	}
	return 0;
}

/* Sets the action for one signal; NULL: the default. */
static bool set_trap(const char *name, const char *action)
{
	int number = strcmp(name, "EXIT") == 0 ? 0 : signal_number(name);
	bool watched;

	if (number < 0) {
		complain(name, "no such signal");
		return false;
	}
	set_action(number, action);
	if (number == 0)
		return true;
	watched = number == SIGINT && watching;
	if (!handle(number, action ? (*action ? note : SIG_IGN) : watched ? note : SIG_DFL)) {
		set_action(number, NULL);
		complain(name, strerror(errno));
		return false;
	}
	return true;
}

int do_trap(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1, status = 0;
	const char *action;
	char *end;

	if (argc == first)
		return list_actions();
	action = argv[first];
	/* `trap 2` and `trap - INT`: the default again. */
	strtol(action, &end, 10);
	if (end != action && *end == '\0') {
		action = NULL;
	} else {
		action = strcmp(action, "-") == 0 ? NULL : action;
		first++;
	}
	for (int i = first; i < argc; i++)
		status |= !set_trap(argv[i], action);
	return status;
}
