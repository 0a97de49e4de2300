/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init: the first process.  It starts the servers of the boot table and one
 * shell, answers who asks for a service, reaps every orphan, and powers off
 * when the shell ends, with the shell's status.
 *
 * The boot arguments stand in BOOTARGS.  What follows ` -- ` in them is a
 * command line for `/bin/sh -c`; without it the shell is interactive.  The
 * handle that may power the machine off stays here.  The shell has a process
 * group of its own, which is the console's foreground group, so Ctrl-C never
 * reaches init.
 *
 * Everything comes through one channel: messages of clients, and an event that
 * SIGCHLD sets, whenever it comes.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define SHELL       "bin/sh"
#define DRAIN_TIME  2000000000ull /* ns for the console's last output */
#define EVENT_LABEL 1

int names_session;
int channel;
static int event;
static pid_t shell;

/* --- the end --- */

/* Ends everything.  If even that fails there is nothing left to do but to say so and stay: init never exits. */
static void power_off(int status)
{
	curfew_system_ctl(CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_POWEROFF, status);
	say("init: cannot power off: %s\n", strerror(errno));
	for (;;)
		pause();
}

/* Output that the console has taken should be seen.  The one call to a server, with a limit, when nothing else is left to do: also
 * not to handle SIGCHLD, which would end it. */
static void drain_console(void)
{
	struct curfew_call call = { .word = { CURFEW_TERM_DRAIN }, .deadline = curfew_now() + DRAIN_TIME };
	int session = service_session(service_find("console", 7));
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	if (session >= 0)
		curfew_send(session, &call);
}

/* --- the shell --- */

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

/* In the child, which has descriptors already: from here on it may wait for servers. */
static void become_shell(const char *command)
{
	char *with_command[] = { "sh", "-c", (char *)command, NULL };
	char *interactive[] = { "sh", NULL };
	char *const environment[] = { "PATH=/bin", "HOME=/", NULL };

	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	if (command == NULL) {
		printf("Curfew %s, %u CPUs, %llu MiB. Type help for help; exit powers off.\n",
			curfew_shared()->build_id, curfew_shared()->cpus,
			(unsigned long long)curfew_shared()->total_pages >> 8);
		fflush(stdout);
	}
	program_become(SHELL, command ? with_command : interactive, environment);
}

static void start_shell(void)
{
	int console = service_session(service_find("console", 7)), files = service_session(service_find("files", 5));

	if (console < 0 || files < 0)
		say("init: the shell has no %s\n", console < 0 ? "console" : "files");
	shell = fork();
	if (shell == 0) {
		program_give(names_session, CLIENT, CURFEW_HANDLE_NAMES);
		if (files >= 0)
			program_give(files, CLIENT, CURFEW_HANDLE_ROOT);
		for (int fd = STDIN_FILENO; console >= 0 && fd <= STDERR_FILENO; fd++)
			program_give(console, CLIENT, CURFEW_HANDLE_FD0 + fd);
		/* The one device without a driver is for programs that try to be one. */
		program_give_if_any(CURFEW_HANDLE_CLOCK);
		program_give_if_any(CURFEW_HANDLE_CLOCK_IRQ);
		become_shell(boot_command());
	}
	if (shell < 0) {
		say("init: fork: %s\n", strerror(errno));
		power_off(126);
	}
	curfew_handle_close(console);
	curfew_handle_close(files);
}

/* --- processes that ended --- */

static void child_ended(int signal __attribute__((unused)))
{
	int error = errno;

	curfew_event_signal(event, 1);
	errno = error;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == shell) {
			drain_console();
			power_off(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		}
		service_ended(pid, status);
	}
	clients_connect();
}

/* --- */

/* The time of day, once: the kernel counts from there.  (PL031, Arm DDI 0224: its first register counts seconds since 1970.) */
static void set_clock(void)
{
	const volatile uint32_t *clock = curfew_vmo_map(NULL, CURFEW_PAGE_SIZE, PROT_READ, MAP_SHARED, CURFEW_HANDLE_CLOCK, 0);

	if (clock == MAP_FAILED) /* the machine has none */
		return;
	curfew_system_ctl(CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_REALTIME, (long)clock[0] * 1000000000);
	munmap((void *)clock, CURFEW_PAGE_SIZE);
}

/* Everything of init's is closed by exec; children are given what they have (program_give). */
static void begin(void)
{
	struct sigaction action = { .sa_handler = child_ended, .sa_flags = SA_NOCLDSTOP };

	for (int handle = 0; handle < CURFEW_HANDLE_FIRST; handle++)
		keep_from_exec(handle);
	channel = curfew_channel_create();
	event = curfew_event_create();
	names_session = curfew_session_create(channel, 0);
	if (channel < 0 || event < 0 || names_session < 0 || curfew_event_bind(event, channel, EVENT_LABEL) != 0) {
		say("init: no channel: %s\n", strerror(errno));
		power_off(125);
	}
	keep_from_exec(channel);
	keep_from_exec(event);
	keep_from_exec(names_session);
	sigaction(SIGCHLD, &action, NULL);
	set_clock();
}

int main(void)
{
	static char bytes[sizeof(((struct curfew_service *)NULL)->name)];
	struct curfew_received message;

	if (getpid() != 1) {
		fprintf(stderr, "init: only the first process can be it\n");
		return 1;
	}
	begin();
	services_start();
	start_shell();
	for (;;) {
		int what = curfew_receive(channel, &message, bytes, sizeof(bytes), CURFEW_TAKE_CLOEXEC, services_tick());

		if (what == CURFEW_RECEIVED_CALL)
			clients_serve(&message, bytes);
		else if (what == CURFEW_RECEIVED_CANCELLED)
			clients_cancelled();
		else if (what == CURFEW_RECEIVED_EVENT)
			reap();
	}
}
