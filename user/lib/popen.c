/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * popen() and pclose(): a stream to or from a command of the shell.
 *
 * The pipe's ends are close-on-exec, so a command has none of the streams of
 * commands before it, as POSIX asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

/* A stream and its process. */
struct command {
	SLIST_ENTRY(command) link;
	FILE *stream;
	pid_t pid;
};

static SLIST_HEAD(, command) commands = SLIST_HEAD_INITIALIZER(commands); /* lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Starts the shell with `end` as its descriptor `as`.  Returns 0 or an errno. */
static int start(struct command *command, const char *text, int end, int as)
{
	char *const argv[] = { "sh", "-c", (char *)text, NULL };
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, end, as);
	if (error == 0)
		error = posix_spawn(&command->pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* The pipe, the process and the stream.  Returns 0 or an errno, and nothing is left. */
static int begin(struct command *command, const char *text, bool reads)
{
	int ends[2], mine, error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	mine = reads ? ends[0] : ends[1];
	command->stream = fdopen(mine, reads ? "r" : "w");
	if (command->stream == NULL) {
		error = errno;
		close(mine);
	} else {
		error = start(command, text, reads ? ends[1] : ends[0], reads ? STDOUT_FILENO : STDIN_FILENO);
		if (error)
			fclose(command->stream);
	}
	close(reads ? ends[1] : ends[0]);
	return error;
}

/* mode: "r" or "w"; "e" may follow: the stream is close-on-exec, as it is without. */
FILE *popen(const char *text, const char *mode)
{
	struct command *command;
	int error;

	if ((mode[0] != 'r' && mode[0] != 'w') || (mode[1] != '\0' && (mode[1] != 'e' || mode[2] != '\0'))) {
		errno = EINVAL;
		return NULL;
	}
	command = malloc(sizeof(*command));
	if (command == NULL)
		return NULL;
	error = begin(command, text, mode[0] == 'r');
	if (error) {
		free(command);
		errno = error;
		return NULL;
	}
	pthread_mutex_lock(&lock);
	SLIST_INSERT_HEAD(&commands, command, link);
	pthread_mutex_unlock(&lock);
	return command->stream;
}

/* The command's status, as wait() tells it.  ECHILD: the stream is none of popen()'s, or somebody waited already. */
int pclose(FILE *stream)
{
	struct command *command;
	int status;
	pid_t pid;

	pthread_mutex_lock(&lock);
	SLIST_FOREACH (command, &commands, link) {
		if (command->stream == stream) {
			SLIST_REMOVE(&commands, command, command, link);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	if (command == NULL) {
		errno = ECHILD;
		return -1;
	}
	pid = command->pid;
	free(command);
	fclose(stream);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}
