/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init: the first process.  It starts one shell, reaps every orphan, and powers
 * off when the shell ends, with the shell's status.
 *
 * The boot arguments stand in BOOTARGS.  What follows ` -- ` in them is a
 * command line for `/bin/sh -c`; without it the shell is interactive.  The
 * handle that may power the machine off stays here: every child closes it
 * before its exec.  The shell has a process group of its own, which is the
 * console's foreground group, so Ctrl-C never reaches init.
 */
#include <curfew/sys.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define SHELL "/bin/sh"

/* Ends everything.  If even that fails there is nothing left to do but to say so and stay: init never exits. */
static void power_off(int status)
{
	fflush(stdout);
	curfew_system_ctl(CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_POWEROFF, status);
	fail("init", "power off");
	for (;;)
		sleep(1000);
}

/* The command line that the boot arguments hold, or NULL. */
static const char *boot_command(void)
{
	const char *arguments = getenv("BOOTARGS");
	const char *command;

	if (arguments == NULL)
		return NULL;
	if (strncmp(arguments, "-- ", 3) == 0)
		command = arguments + 3;
	else if ((command = strstr(arguments, " -- ")) != NULL)
		command += 4;
	else
		return NULL;
	return command[strspn(command, " ")] != '\0' ? command : NULL;
}

/* In the child: becomes the shell.  Does not return. */
static void become_shell(const char *command)
{
	char *with_command[] = { "sh", "-c", (char *)command, NULL };
	char *interactive[] = { "sh", NULL };

	curfew_handle_close(CURFEW_HANDLE_SYSTEM);
	unsetenv("BOOTARGS");
	setpgid(0, 0);
	curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_SET_GROUP, getpid());
	execv(SHELL, command ? with_command : interactive);
	fail("init", SHELL);
	_exit(127);
}

int main(void)
{
	const char *command = boot_command();
	pid_t shell;

	setenv("PATH", "/bin", 0);
	setenv("HOME", "/", 0);
	if (command == NULL) {
		printf("Curfew %s, %u CPUs, %llu MiB. Type help for help; exit powers off.\n",
			curfew_shared()->build_id, curfew_shared()->cpus,
			(unsigned long long)curfew_shared()->total_pages >> 8);
		fflush(stdout);
	}
	shell = fork();
	if (shell == 0)
		become_shell(command);
	if (shell < 0) {
		fail("init", "fork");
		power_off(126);
	}
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == shell)
			power_off(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		if (pid < 0 && errno != EINTR) {
			fail("init", "wait");
			power_off(125);
		}
	}
}
