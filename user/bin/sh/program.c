/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: where they are, and how they are started.
 *
 * A program is started by vfork and exec: everything that may fail or need
 * memory (the search in PATH, the environment, opening files) is done before,
 * and the child makes system calls only.
 */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an exec of a program needs, made ready before the vfork. */
struct program {
	char path[512];
	char **argv, **environment;
	char **script_argv; /* sh PATH ARG..., if it turns out to be a script without #! */
	volatile int error; /* why the exec failed */
};

/* Whether a path is something to exec; errno says why not. */
static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		return false;
	}
	return true;
}

bool program_find(const char *name, char *path, size_t size)
{
	const char *folder = var_get("PATH");
	int error = ENOENT;

	if (strchr(name, '/')) {
		errno = ENAMETOOLONG;
		return (size_t)snprintf(path, size, "%s", name) < size && is_program(path);
	}
	for (folder = folder ? folder : "/bin"; *name; folder++) {
		size_t length = strcspn(folder, ":");

		if ((size_t)snprintf(path, size, "%.*s%s%s", (int)length, folder, length ? "/" : "", name) < size) {
			if (is_program(path))
				return true;
			if (error == ENOENT && errno != ENOTDIR && errno != EISDIR)
				error = errno; /* no permission, or the file server died: more than that there is none */
		}
		folder += length;
		if (*folder == '\0')
			break;
	}
	errno = error;
	return false;
}

/* Says, where the program would have, why it cannot run.  Returns the status for it. */
static int cannot_run(const char *name, int error, struct redirections *redirections)
{
	bool plain = strchr(name, '/') == NULL;

	if (redirections)
		redirect_apply(redirections);
	complain(name, error == ENOENT && plain ? "command not found" : strerror(error));
	if (redirections)
		redirect_undo(redirections);
	return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG ? 127 : 126;
}

/* Only system calls. */
static void exec_program(struct program *program)
{
	execve(program->path, program->argv, program->environment);
	if (errno == ENOEXEC)
		execve("/bin/sh", program->script_argv, program->environment);
	program->error = errno;
}

/* Makes ready what is needed.  Returns 0, or the status of a program that cannot run. */
static int prepare(struct program *program, char **argv, char **assignments, struct redirections *redirections)
{
	size_t argc = 0;

	if (!program_find(argv[0], program->path, sizeof(program->path)))
		return cannot_run(argv[0], errno, redirections);
	while (argv[argc])
		argc++;
	program->argv = argv;
	program->environment = var_environment(assignments);
	program->script_argv = must_have(calloc(argc + 2, sizeof(char *)));
	program->script_argv[0] = "sh";
	program->script_argv[1] = program->path;
	memcpy(program->script_argv + 2, argv + 1, argc * sizeof(char *));
	program->error = 0;
	return 0;
}

/* Starts a program in the foreground.  Returns its process, or -1. */
static pid_t spawn(struct program *program, const struct redirections *redirections)
{
	pid_t pid = vfork();

	if (pid == 0) {
		job_enter_child(0, true);
		redirect_enter(redirections);
		exec_program(program);
		_exit(127);
	}
	if (pid > 0)
		job_note_child(pid, pid);
	return pid;
}

int program_run(char **argv, char **assignments, struct redirections *redirections, bool replace)
{
	struct program program;
	int status = prepare(&program, argv, assignments, redirections);
	pid_t pid;

	if (status != 0)
		return status;
	fflush(stdout);
	if (replace) {
		redirect_enter(redirections);
		exec_program(&program);
	} else if ((pid = spawn(&program, redirections)) < 0) {
		complain("vfork", strerror(errno));
		status = 126;
	} else {
		status = job_wait_foreground(&pid, 1);
	}
	if (program.error != 0)
		status = cannot_run(argv[0], program.error, redirections);
	free(program.environment);
	free(program.script_argv);
	return status;
}
