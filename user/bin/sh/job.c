/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs: the shell's children, and who owns the console.
 *
 * In an interactive shell each job is a process group.  The job in the
 * foreground is the console's group, with signals on, so Ctrl-C ends it and
 * nothing else.  The console is handed over by the child, before its exec, and
 * taken back by the shell when the job ended; while it belongs to the shell's
 * own group signals are off, so there is no moment in which Ctrl-C could end
 * the shell.  While the wait builtin waits for a background job, that job has
 * the console.
 *
 * A shell that is not interactive leaves its children in its own group and the
 * console alone: Ctrl-C ends them all.
 */
#include "sh.h"

#include <curfew/sys.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONSOLE CURFEW_HANDLE_STDIN

/* A background job; a forked child runs it. */
struct job {
	int number;
	pid_t pid;
	char *text;
	bool done;
	int status; /* the wait status, once done */
};

static struct job *jobs;
static size_t job_count;

static pid_t own_group;
static int first_mode, first_group;

/* ------------------------------------------------------------- the console */

/* Gives the console to a group.  Signals go on only when it is theirs. */
static void give_console(pid_t group)
{
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_GROUP, group);
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_MODE,
			   CURFEW_CONSOLE_COOKED | CURFEW_CONSOLE_SIGNALS | (first_mode & CURFEW_CONSOLE_ECHO));
}

/* Takes it back.  Signals go off before it is the shell's. */
static void take_console(void)
{
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_MODE, CURFEW_CONSOLE_COOKED | (first_mode & CURFEW_CONSOLE_ECHO));
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_GROUP, own_group);
}

/* At exit: the console is as the shell found it. */
static void restore_console(void)
{
	if (!shell.interactive)
		return;
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_GROUP, first_group);
	curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_SET_MODE, first_mode);
}

void job_init(void)
{
	if (!shell.interactive)
		return;
	first_mode = curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_GET_MODE, 0);
	first_group = curfew_console_ctl(CONSOLE, CURFEW_CONSOLE_GET_GROUP, 0);
	setpgid(0, 0);
	own_group = getpgrp();
	take_console();
	atexit(restore_console);
}

void job_enter_child(bool foreground)
{
	if (!shell.interactive)
		return;
	setpgid(0, 0);
	if (foreground)
		give_console(getpid());
}

/* ----------------------------------------------------------- wait statuses */

/* The shell's status for a wait status. */
static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Waits for one child, come what may.  Returns its wait status. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			complain("wait", strerror(errno));
			return 127 << 8;
		}
	}
	return status;
}

/* Notes what a job in the foreground ended with. */
static int foreground_ended(int status)
{
	if (shell.interactive)
		take_console();
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) != SIGINT)
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(status)));
	else if (shell.interactive)
		shell.interrupted = true; /* the console has shown ^C */
	return status_of(status);
}

int job_wait_foreground(pid_t pid)
{
	if (shell.interactive)
		setpgid(pid, pid);
	return foreground_ended(wait_for(pid));
}

/* -------------------------------------------------------------- background */

int job_add_background(pid_t pid, const char *text)
{
	int number = job_count ? jobs[job_count - 1].number + 1 : 1;

	if (shell.interactive) {
		setpgid(pid, pid);
		fprintf(stderr, "[%d] %d\n", number, (int)pid);
	}
	jobs = must_have(realloc(jobs, (job_count + 1) * sizeof(*jobs)));
	jobs[job_count++] = (struct job){ .number = number, .pid = pid, .text = must_have(strdup(text)) };
	shell.last_background = pid;
	return 0;
}

static void remove_job(size_t index)
{
	free(jobs[index].text);
	memmove(jobs + index, jobs + index + 1, (job_count - index - 1) * sizeof(*jobs));
	job_count--;
}

/* Writes what a job does now into text. */
static void describe(const struct job *job, char *text, size_t size)
{
	if (!job->done)
		snprintf(text, size, "Running");
	else if (WIFSIGNALED(job->status))
		snprintf(text, size, "%s", strsignal(WTERMSIG(job->status)));
	else if (WEXITSTATUS(job->status) != 0)
		snprintf(text, size, "Exit %d", WEXITSTATUS(job->status));
	else
		snprintf(text, size, "Done");
}

/* Looks which jobs have ended. */
static void poll_jobs(void)
{
	for (size_t i = 0; i < job_count; i++) {
		if (!jobs[i].done && waitpid(jobs[i].pid, &jobs[i].status, WNOHANG) == jobs[i].pid)
			jobs[i].done = true;
	}
}

void job_reap(void)
{
	char text[64];

	poll_jobs();
	for (size_t i = 0; shell.interactive && i < job_count;) {
		if (!jobs[i].done) {
			i++;
			continue;
		}
		describe(&jobs[i], text, sizeof(text));
		fprintf(stderr, "[%d] %-10s %s\n", jobs[i].number, text, jobs[i].text);
		remove_job(i);
	}
}

void job_list(void)
{
	char text[64];

	poll_jobs();
	for (size_t i = 0; i < job_count; i++) {
		describe(&jobs[i], text, sizeof(text));
		printf("[%d] %d %-10s %s\n", jobs[i].number, (int)jobs[i].pid, text, jobs[i].text);
	}
}

/* Waits for one job, in the foreground as far as the console is concerned, and forgets it.  Returns its status. */
static int finish_job(size_t index)
{
	int status = jobs[index].status;

	if (!jobs[index].done) {
		if (shell.interactive)
			give_console(jobs[index].pid);
		status = wait_for(jobs[index].pid);
		foreground_ended(status);
	}
	remove_job(index);
	return status_of(status);
}

int job_wait(const char *which)
{
	char *end;
	long number;

	if (which == NULL) {
		while (job_count > 0 && !shell.interrupted)
			finish_job(0);
		return shell.interrupted ? 128 + SIGINT : 0;
	}
	number = strtol(which + (*which == '%'), &end, 10);
	for (size_t i = 0; *end == '\0' && i < job_count; i++) {
		if (number == (*which == '%' ? jobs[i].number : (long)jobs[i].pid))
			return finish_job(i);
	}
	complain(which, "no such job");
	return 127;
}
