/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix_spawn() and system(): a new program in a new process.
 *
 * The child borrows the parent's memory (vfork), which costs no copy of the
 * address space, and tells by it why a file action or exec failed; its handles are its
 * own.  The scheduling policy is the library's, so a child that borrowed the
 * memory would change its parent's: with one the child is made by fork, and a
 * failure in it is exit status 127, as POSIX allows.
 *
 * All signals are blocked until the child has none of its parent's handlers, or
 * one could run in the child on memory that is its parent's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signal.h"

struct __posix_spawnattr {
	short flags;
	pid_t group;
	int policy;
	struct sched_param param;
	sigset_t defaults, mask;
};

struct action {
	STAILQ_ENTRY(action) link;
	enum { ACTION_OPEN, ACTION_DUP2, ACTION_CLOSE } what;
	int fd;
	int to;    /* of dup2 */
	int flags; /* of open */
	mode_t mode;
	char path[];
};

struct __posix_spawn_file_actions {
	STAILQ_HEAD(, action) list;
};

/* In the child.  Returns an errno. */
static int do_attributes(const struct __posix_spawnattr *attr)
{
	if ((attr->flags & POSIX_SPAWN_SETPGROUP) && setpgid(0, attr->group) < 0)
		return errno;
	if ((attr->flags & POSIX_SPAWN_SETSCHEDULER) && sched_setscheduler(0, attr->policy, &attr->param) < 0)
		return errno;
	if ((attr->flags & POSIX_SPAWN_SETSCHEDPARAM) && sched_setparam(0, &attr->param) < 0)
		return errno;
	return 0;
}

/* In the child.  Returns an errno. */
static int do_action(const struct action *action)
{
	int fd;

	switch (action->what) {
	case ACTION_CLOSE:
		close(action->fd);
		return 0;
	case ACTION_DUP2:
		if (action->fd == action->to)
			return fcntl(action->fd, F_SETFD, 0) < 0 ? errno : 0;
		return dup2(action->fd, action->to) < 0 ? errno : 0;
	default:
		fd = open(action->path, action->flags, action->mode);
		if (fd < 0)
			return errno;
		if (fd != action->fd) {
			int copy = action->flags & O_CLOEXEC ? dup3(fd, action->fd, O_CLOEXEC) : dup2(fd, action->fd);
			int error = copy < 0 ? errno : 0;

			close(fd);
			return error;
		}
		return 0;
	}
}

/* All that the child does; `mask` is its parent's.  Returns an errno. */
static int become(const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
	char *const argv[], char *const envp[], int search, sigset_t mask)
{
	int error = attr && *attr ? do_attributes(*attr) : 0;

	signals_exec(attr && *attr && ((*attr)->flags & POSIX_SPAWN_SETSIGDEF) ? (*attr)->defaults : 0);
	signals_restore(attr && *attr && ((*attr)->flags & POSIX_SPAWN_SETSIGMASK) ? (*attr)->mask : mask);

	if (actions && *actions) {
		struct action *action;

		STAILQ_FOREACH (action, &(*actions)->list, link) {
			if (error == 0)
				error = do_action(action);
		}
	}
	if (error)
		return error;
	if (search)
		execvpe(path, argv, envp ? envp : environ);
	else
		execve(path, argv, envp ? envp : environ);
	return errno;
}

static int spawn(pid_t *result, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attr, char *const argv[], char *const envp[], int search)
{
	int copies = attr && *attr && ((*attr)->flags & (POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM));
	volatile int error = 0; /* the child's, where it shares this frame */
	sigset_t mask = signals_block();
	pid_t pid = copies ? fork() : vfork();

	if (pid == 0) {
		error = become(path, actions, attr, argv, envp, search, mask);
		_exit(127);
	}
	if (pid < 0)
		error = errno;
	else if (error)
		waitpid(pid, NULL, 0); /* nothing interrupts it */
	signals_restore(mask);
	if (error == 0 && result)
		*result = pid;
	return error;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *restrict attr, char *const argv[], char *const envp[])
{
	return spawn(pid, path, actions, attr, argv, envp, 0);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *restrict attr, char *const argv[], char *const envp[])
{
	return spawn(pid, file, actions, attr, argv, envp, 1);
}

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
	*actions = malloc(sizeof(**actions));
	if (*actions == NULL)
		return ENOMEM;
	STAILQ_INIT(&(*actions)->list);
	return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
	struct action *action;

	while ((action = STAILQ_FIRST(&(*actions)->list)) != NULL) {
		STAILQ_REMOVE_HEAD(&(*actions)->list, link);
		free(action);
	}
	free(*actions);
	*actions = NULL;
	return 0;
}

static int add_action(posix_spawn_file_actions_t *actions, struct action what, const char *path)
{
	struct action *action;

	if (what.fd < 0 || what.to < 0)
		return EBADF;
	action = malloc(sizeof(*action) + strlen(path) + 1);
	if (action == NULL)
		return ENOMEM;
	*action = what;
	strcpy(action->path, path);
	STAILQ_INSERT_TAIL(&(*actions)->list, action, link);
	return 0;
}

int posix_spawn_file_actions_addopen(
	posix_spawn_file_actions_t *restrict actions, int fd, const char *restrict path, int flags, mode_t mode)
{
	return add_action(
		actions, (struct action){ .what = ACTION_OPEN, .fd = fd, .flags = flags, .mode = mode }, path);
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
	return add_action(actions, (struct action){ .what = ACTION_DUP2, .fd = fd, .to = to }, "");
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	return add_action(actions, (struct action){ .what = ACTION_CLOSE, .fd = fd }, "");
}

int posix_spawnattr_init(posix_spawnattr_t *attr)
{
	*attr = calloc(1, sizeof(**attr));
	return *attr ? 0 : ENOMEM;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attr)
{
	free(*attr);
	*attr = NULL;
	return 0;
}

int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
{
	const short known =
		POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |
		POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;

	if (flags & ~known)
		return EINVAL;
	(*attr)->flags = flags;
	return 0;
}

int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attr, short *restrict flags)
{
	*flags = (*attr)->flags;
	return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attr, pid_t group)
{
	(*attr)->group = group;
	return 0;
}

int posix_spawnattr_getpgroup(const posix_spawnattr_t *restrict attr, pid_t *restrict group)
{
	*group = (*attr)->group;
	return 0;
}

int posix_spawnattr_setschedpolicy(posix_spawnattr_t *attr, int policy)
{
	(*attr)->policy = policy;
	return 0;
}

int posix_spawnattr_getschedpolicy(const posix_spawnattr_t *restrict attr, int *restrict policy)
{
	*policy = (*attr)->policy;
	return 0;
}

int posix_spawnattr_setschedparam(posix_spawnattr_t *restrict attr, const struct sched_param *restrict param)
{
	(*attr)->param = *param;
	return 0;
}

int posix_spawnattr_getschedparam(const posix_spawnattr_t *restrict attr, struct sched_param *restrict param)
{
	*param = (*attr)->param;
	return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attr, const sigset_t *restrict set)
{
	(*attr)->defaults = *set;
	return 0;
}

int posix_spawnattr_getsigdefault(const posix_spawnattr_t *restrict attr, sigset_t *restrict set)
{
	*set = (*attr)->defaults;
	return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attr, const sigset_t *restrict mask)
{
	(*attr)->mask = *mask;
	return 0;
}

int posix_spawnattr_getsigmask(const posix_spawnattr_t *restrict attr, sigset_t *restrict mask)
{
	*mask = (*attr)->mask;
	return 0;
}

/* Who sits before the terminal means the command when they interrupt, and a handler of SIGCHLD is not to wait for it. */
static pid_t spawn_shell(char *const argv[], struct __posix_spawnattr *attr)
{
	pid_t pid;

	return spawn(&pid, "/bin/sh", NULL, &attr, argv, environ, 0) == 0 ? pid : -1;
}

/* The shell's status for the command, as wait() tells it; with NULL: whether there is a shell. */
int system(const char *command)
{
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	struct __posix_spawnattr attr = { .flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK };
	sigset_t child = 1ul << SIGCHLD;
	int status = 127 << 8;
	pid_t pid, waited = 0;

	if (command == NULL)
		return access("/bin/sh", X_OK) == 0;
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	sigprocmask(SIG_BLOCK, &child, &attr.mask);
	if (interrupt.sa_handler != SIG_IGN)
		attr.defaults |= 1ul << SIGINT;
	if (quit.sa_handler != SIG_IGN)
		attr.defaults |= 1ul << SIGQUIT;
	pid = spawn_shell(argv, &attr);
	while (pid > 0 && (waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	sigprocmask(SIG_SETMASK, &attr.mask, NULL);
	return waited < 0 ? -1 : status;
}
