/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children that run trees: pipelines, subshells, background jobs.
 *
 * A pipeline is one child for each command, the last among them, in one
 * process group; its status is the last one's.  A subshell is a fork of the
 * shell, and so a pipeline of one.  A single program in a child takes the child's place, so
 * that $! is the program itself.
 */
#include "sh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pipeline_become_subshell(void)
{
	shell.interactive = false;
	shell.self = getpid();
	shell.loops = 0;
	trap_forget();
	job_forget();
}

/* Runs what a fresh child is there for; a simple command takes the place of the process. */
static _Noreturn void run_in_child(struct node *tree)
{
	if (tree && tree->type == NODE_SUBSHELL && !tree->redirects)
		tree = tree->left;
	if (tree && tree->type == NODE_COMMAND)
		shell_exit(command_run(tree, true));
	run_tree(tree);
	shell_exit(shell.status);
}

bool pipeline_make(int ends[2])
{
	if (pipe(ends) < 0) {
		complain("pipe", strerror(errno));
		return false;
	}
	ends[0] = redirect_high(ends[0]);
	ends[1] = redirect_high(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	complain("pipe", strerror(errno));
	close(ends[0] >= 0 ? ends[0] : ends[1]);
	return false;
}

/* Without job control a background command has no keyboard. */
static void leave_keyboard(void)
{
	int null = open("/dev/null", O_RDONLY);

	trap_ignore_keyboard();
	if (null > 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
}

/* A descriptor (-1: none) becomes another one in a child. */
static void take_descriptor(int fd, int to)
{
	if (fd < 0)
		return;
	dup2(fd, to);
	close(fd);
}

/* Where one command of a pipeline reads and writes; -1: as the shell does. */
struct ends {
	int in, out;
	int next; /* the other end of `out`, not for this command */
};

/* Forks a child that runs a command of a pipeline.  Returns its process, or -1. */
static pid_t start(struct node *tree, pid_t group, bool foreground, const struct ends *ends)
{
	bool job_control = shell.interactive;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		job_enter_child(group, foreground);
		pipeline_become_subshell();
		if (!foreground && !job_control && ends->in < 0)
			leave_keyboard();
		else if (!foreground && !job_control)
			trap_ignore_keyboard();
		if (ends->next >= 0)
			close(ends->next);
		take_descriptor(ends->in, STDIN_FILENO);
		take_descriptor(ends->out, STDOUT_FILENO);
		run_in_child(tree);
	}
	if (pid < 0)
		complain("fork", strerror(errno));
	else
		job_note_child(pid, group ? group : pid);
	return pid;
}

static size_t pipeline_length(const struct node *tree)
{
	size_t length = 1;

	for (; tree && tree->type == NODE_PIPE; tree = tree->right)
		length++;
	return length;
}

/* Starts all commands of a pipeline, or a single one.  Returns how many it could; fewer means that it said why. */
static size_t start_pipeline(struct node *tree, bool foreground, pid_t *pids)
{
	struct ends ends = { -1, -1, -1 };
	size_t count = 0;

	for (bool last = false; !last; tree = last ? NULL : tree->right) {
		int both[2] = { -1, -1 };

		last = tree == NULL || tree->type != NODE_PIPE;
		if (!last && !pipeline_make(both))
			break;
		ends.next = both[0];
		ends.out = both[1];
		pids[count] = start(last ? tree : tree->left, count ? pids[0] : 0, foreground, &ends);
		if (ends.in >= 0)
			close(ends.in);
		if (ends.out >= 0)
			close(ends.out);
		ends.in = both[0];
		if (pids[count] < 0)
			break;
		count++;
	}
	if (ends.in >= 0)
		close(ends.in);
	return count;
}

int pipeline_run(struct node *tree)
{
	size_t length = pipeline_length(tree), count;
	pid_t *pids = must_have(calloc(length, sizeof(*pids)));
	int status;

	count = start_pipeline(tree, true, pids);
	status = count > 0 ? job_wait_foreground(pids, count) : 0;
	free(pids);
	return count == length ? status : 126;
}

int pipeline_background(struct node *node)
{
	size_t length = pipeline_length(node->left), count;
	pid_t *pids = must_have(calloc(length, sizeof(*pids)));

	count = start_pipeline(node->left, false, pids);
	if (count > 0)
		job_add_background(pids, count, node->text);
	free(pids);
	return count == length ? 0 : 126;
}
