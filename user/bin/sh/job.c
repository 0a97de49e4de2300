/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs: the shell's children, and who owns the console.
 *
 * In an interactive shell each job, which may be a pipeline, is a process
 * group.  The job in the foreground is the console's group, so Ctrl-C ends it
 * and nothing else.  The console is handed over by the child, before its exec,
 * and taken back by the shell when the job ended; while it is the shell's own
 * Ctrl-C is noted (trap.c), and ends loops of builtins.  While the wait builtin
 * waits for a background job, that job has the console.
 *
 * A shell that is not interactive leaves its children in its own group and the
 * console alone: Ctrl-C ends them all.
 */
#include "sh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "signals.h"

/* A background job. */
struct job {
	int number;
	size_t count, left; /* of processes, and of those not waited for */
	pid_t *pids;        /* 0: was waited for */
	pid_t group, last;  /* the first process, and the one whose status counts */
	int status;         /* the wait status, once done */
	char *text;
};

static struct job *jobs;
static size_t job_count;

static pid_t own_group, first_group;
static struct termios modes;

/* ------------------------------------------------------------- the console */

/* Makes a group the console's.  A process outside of the one that is gets SIGTTOU for that, where there is such a thing,
 * unless it blocks it. */
static void set_console_group(pid_t group)
{
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Takes it back, with the modes that a program may have left otherwise. */
static void take_console(void)
{
	set_console_group(own_group);
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* At exit: the console is as the shell found it. */
static void restore_console(void)
{
	if (shell.interactive)
		set_console_group(first_group);
}

/* The console's modes, and the console. */
static void begin_console(void)
{
	tcgetattr(STDIN_FILENO, &modes);
	modes.c_lflag |= ISIG | ICANON;
	modes.c_iflag |= ICRNL;
	take_console();
}

void job_init(void)
{
	first_group = tcgetpgrp(STDIN_FILENO);
	setpgid(0, 0);
	own_group = getpgrp();
	trap_watch_interrupt();
	begin_console();
	atexit(restore_console);
}

/* Whether the server behind a descriptor has died. */
static bool lost(int fd)
{
	return fcntl(fd, F_GETFL) < 0 && errno == ECONNRESET;
}

bool job_find_console(void)
{
	bool again = false;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int console = lost(fd) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;

		if (console < 0)
			continue;
		dup2(console, fd);
		close(console);
		again = true;
	}
	if (again)
		begin_console();
	return again;
}

void job_enter_child(pid_t group, bool foreground)
{
	if (!shell.interactive)
		return;
	setpgid(0, group);
	if (foreground)
		set_console_group(group ? group : getpid());
}

void job_note_child(pid_t pid, pid_t group)
{
	if (shell.interactive)
		setpgid(pid, group);
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

int job_wait_child(pid_t pid)
{
	return status_of(wait_for(pid));
}

/* Notes what a job in the foreground ended with. */
static int foreground_ended(int status)
{
	if (shell.interactive)
		take_console();
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGINT && shell.interactive)
		shell.interrupted = 1; /* the console has shown ^C */
	else if (WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGPIPE)
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(status)));
	return status_of(status);
}

int job_wait_foreground(const pid_t *pids, size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count; i++)
		status = wait_for(pids[i]);
	return foreground_ended(status);
}

/* -------------------------------------------------------------- background */

int job_add_background(const pid_t *pids, size_t count, const char *text)
{
	int number = job_count ? jobs[job_count - 1].number + 1 : 1;
	struct job *job;

	jobs = must_have(realloc(jobs, (job_count + 1) * sizeof(*jobs)));
	job = &jobs[job_count++];
	*job = (struct job){ .number = number, .count = count, .left = count, .group = pids[0], .last = pids[count - 1] };
	job->text = must_have(strdup(text));
	job->pids = must_have(calloc(count, sizeof(pid_t)));
	memcpy(job->pids, pids, count * sizeof(pid_t));
	shell.last_background = job->last;
	if (shell.interactive)
		fprintf(stderr, "[%d] %d\n", number, (int)job->last);
	return 0;
}

static void remove_job(size_t index)
{
	free(jobs[index].text);
	free(jobs[index].pids);
	memmove(jobs + index, jobs + index + 1, (job_count - index - 1) * sizeof(*jobs));
	job_count--;
}

void job_forget(void)
{
	while (job_count > 0)
		remove_job(job_count - 1);
}

/* Writes what a job does now into text. */
static void describe(const struct job *job, char *text, size_t size)
{
	if (job->left > 0)
		snprintf(text, size, "Running");
	else if (WIFSIGNALED(job->status))
		snprintf(text, size, "%s", strsignal(WTERMSIG(job->status)));
	else if (WEXITSTATUS(job->status) != 0)
		snprintf(text, size, "Exit %d", WEXITSTATUS(job->status));
	else
		snprintf(text, size, "Done");
}

/* Looks which of a job's processes have ended. */
static void poll_job(struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		int status = 127 << 8;

		if (job->pids[i] == 0 || waitpid(job->pids[i], &status, WNOHANG) == 0)
			continue;
		if (job->pids[i] == job->last)
			job->status = status;
		job->pids[i] = 0;
		job->left--;
	}
}

void job_reap(void)
{
	char text[64];

	for (size_t i = 0; i < job_count;) {
		poll_job(&jobs[i]);
		if (jobs[i].left > 0) {
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

	for (size_t i = 0; i < job_count; i++) {
		poll_job(&jobs[i]);
		describe(&jobs[i], text, sizeof(text));
		printf("[%d] %d %-10s %s\n", jobs[i].number, (int)jobs[i].last, text, jobs[i].text);
	}
}

/* ----------------------------------------------------------------- waiting */

static void nothing(int number)
{
	(void)number;
}

/*
 * Waits until a job is done or a signal with an action came.  Between looking
 * and sleeping neither may slip by: all signals are blocked but while sigsuspend()
 * sleeps, and SIGCHLD has a handler so that it ends that sleep.  Returns false
 * if the job is not done.
 */
static bool wait_job(struct job *job)
{
	struct sigaction action = { .sa_handler = nothing }, old_action;
	sigset_t all, old;

	sigemptyset(&action.sa_mask);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	/* A trap for SIGCHLD wakes as well. */
	sigaction(SIGCHLD, NULL, &old_action);
	if (old_action.sa_handler == SIG_DFL || old_action.sa_handler == SIG_IGN)
		sigaction(SIGCHLD, &action, NULL);
	for (;;) {
		poll_job(job);
		if (job->left == 0 || trap_pending() || shell.interrupted)
			break;
		sigsuspend(&old);
	}
	sigaction(SIGCHLD, &old_action, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return job->left == 0;
}

/* Waits for one job, in the foreground as far as the console is concerned, and forgets it.  Returns its status. */
static int finish_job(size_t index)
{
	int status;

	if (shell.interactive && jobs[index].left > 0)
		set_console_group(jobs[index].group);
	if (!wait_job(&jobs[index])) {
		if (shell.interactive)
			take_console();
		return 128 + (trap_pending() ? trap_pending() : SIGINT);
	}
	status = jobs[index].status;
	if (shell.interactive)
		foreground_ended(status);
	remove_job(index);
	return status_of(status);
}

/* The index of a job given as %N, %% or a process number; NULL is the last.  job_count if there is none. */
static size_t find_job(const char *which)
{
	char *end;
	long number;

	if (which == NULL || strcmp(which, "%%") == 0 || strcmp(which, "%+") == 0)
		return job_count ? job_count - 1 : 0;
	number = strtol(which + (*which == '%'), &end, 10);
	for (size_t i = 0; *end == '\0' && i < job_count; i++) {
		if (number == (*which == '%' ? jobs[i].number : (long)jobs[i].last))
			return i;
	}
	return job_count;
}

int job_wait(const char *which)
{
	size_t index = find_job(which);

	if (index < job_count)
		return finish_job(index);
	complain(which ? which : "fg", "no such job");
	return 127;
}

int job_wait_all(void)
{
	while (job_count > 0 && !shell.interrupted) {
		size_t left = job_count;
		int status = finish_job(0);

		if (job_count == left)
			return status;
	}
	return shell.interrupted ? 128 + SIGINT : 0;
}

int job_foreground(const char *which)
{
	size_t index = find_job(which);

	if (index < job_count)
		puts(jobs[index].text);
	fflush(stdout);
	return job_wait(which);
}

pid_t job_target(const char *which)
{
	size_t index = find_job(which);

	if (index >= job_count)
		return 0;
	return shell.interactive ? -jobs[index].group : jobs[index].last;
}
