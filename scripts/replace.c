/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function for GNU make: $(replace-make COMMAND,VARIABLES) replaces make by
 * `sh -c COMMAND`, with VARIABLES in its environment as make would export them.
 *
 * GNU make ends with status 2 when a recipe fails, whatever the recipe's own
 * status was, and it stands between the terminal and its children.  `make run`
 * must end with the guest's exit status, so make gives way to the script that
 * runs the guest.  A recipe is expanded only after all its prerequisites are
 * made, so there is nothing left for make to do at that moment.
 *
 * Makefile loads this object (see "Loading Dynamic Objects" in make's manual)
 * and calls it as the last line of a recipe, with a single goal.  It returns
 * only when it cannot exec.
 */
#include <errno.h>
#include <gnumake.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int plugin_is_GPL_compatible;
int replace_gmk_setup(const gmk_floc *where);

/* make raises its own stack limit and keeps the old one here for its children; 4.0 to 4.4 have it. */
extern struct rlimit stack_limit __attribute__((weak));

/* Puts one of make's variables into the environment.  What came from the environment stays as it came: make does not expand that either. */
static void export_variable(const char *name)
{
	char text[256];
	char *origin, *value;

	snprintf(text, sizeof(text), "$(origin %s)", name);
	origin = gmk_expand(text);
	if (strncmp(origin, "environment", strlen("environment"))) {
		snprintf(text, sizeof(text), "$(%s)", name);
		value = gmk_expand(text);
		setenv(name, value, 1);
		gmk_free(value);
	}
	gmk_free(origin);
}

/* Undoes what make did to this process: signals, limits, files, its own variables. */
static void become_plain(void)
{
	static const char *const own[] = { "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR",
		"MAKEOVERRIDES", "GNUMAKEFLAGS", "MAKEFILES" };
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGUSR1, SIGXCPU, SIGXFSZ };
	sigset_t none;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		unsetenv(own[i]);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		struct sigaction old;

		/* What was ignored when make began (nohup) stays ignored. */
		if (!sigaction(caught[i], NULL, &old) && old.sa_handler != SIG_IGN)
			signal(caught[i], SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (&stack_limit && stack_limit.rlim_cur)
		setrlimit(RLIMIT_STACK, &stack_limit);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
}

static char *replace_make(const char *function, unsigned int argc, char **argv)
{
	(void)function;
	if (argc > 1) {
		for (char *name = strtok(argv[1], " \t"); name; name = strtok(NULL, " \t"))
			export_variable(name);
	}
	become_plain();
	fflush(NULL);
	execl("/bin/sh", "sh", "-c", argv[0], (char *)NULL);
	fprintf(stderr, "make: cannot run /bin/sh: %s\n", strerror(errno));
	_exit(102);
}

int replace_gmk_setup(const gmk_floc *where)
{
	(void)where;
	gmk_add_function("replace-make", replace_make, 1, 2, GMK_FUNC_DEFAULT);
	return 1;
}
