/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve and its family.
 *
 * The kernel executes a part of a memory object (SYS_exec); the file's server
 * gives it.  A file that is no ELF file and begins with `#!` is run by the
 * interpreter it names, as everywhere.  Nothing is allocated but stack: the
 * caller may be a child of vfork(), whose heap is its parent's.
 */
#include <alloca.h>
#include <curfew/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inherit.h"
#include "session.h"

#define SCRIPT_LINE  256
#define SCRIPT_DEPTH 4

static size_t count_strings(char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

/* An open file that is to be executed, and the name that `ps` shows of it. */
struct image {
	int fd;
	const char *path;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Executes an open file.  Returns only on failure, with a positive errno. */
static int exec_image(const struct image *image, char *const argv[], char *const envp[])
{
	char *const nothing[] = { NULL };
	struct curfew_stat status;
	uint64_t offset = 0, length;
	long result = __curfew_status(image->fd, &status), handle;

	if (result < 0)
		return (int)-result;
	if (!S_ISREG(status.mode) || !(status.mode & 0111))
		return EACCES;
	if (status.size == 0)
		return ENOEXEC;
	length = status.size;
	handle = __curfew_map_handle(image->fd, PROT_READ | PROT_EXEC, &offset, &length);
	if (handle < 0)
		return (int)-handle;
	result = curfew_syscall(SYS_exec, handle, offset, length < status.size ? length : status.size,
		argv ? argv : nothing, envp ? envp : nothing, last_part(image->path));
	curfew_syscall(SYS_handle_close, handle);
	return (int)-result;
}

static int exec_file(const char *path, char *const argv[], char *const envp[], int depth);

/* Takes `#! interpreter [one argument]` apart, in place.  Returns how many of the two there are, 0 if it is no such line. */
static size_t parse_line(char *line, size_t length, char *words[2])
{
	char *text, *end;

	if (length < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[length] = '\0';
	end = strchr(line, '\n');
	if (end == NULL && length == SCRIPT_LINE - 1)
		return 0;
	if (end)
		*end = '\0';
	text = line + 2 + strspn(line + 2, " \t");
	if (*text == '\0')
		return 0;
	words[0] = text;
	text += strcspn(text, " \t");
	if (*text == '\0')
		return 1;
	*text++ = '\0';
	text += strspn(text, " \t");
	for (end = text + strlen(text); end > text && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = '\0';
	words[1] = text;
	return *text ? 2 : 1;
}

/* Runs a script by its interpreter.  Closes it.  ENOEXEC if it is none. */
static int exec_script(const struct image *image, char *const argv[], char *const envp[], int depth)
{
	size_t count = count_strings(argv), n;
	char **arguments = alloca((count + 4) * sizeof(char *));
	char line[SCRIPT_LINE];
	long length = __curfew_read(image->fd, line, sizeof(line) - 1, 0);

	curfew_syscall(SYS_handle_close, fd_session(image->fd));
	n = parse_line(line, length < 0 ? 0 : (size_t)length, arguments);
	if (n == 0)
		return ENOEXEC;
	arguments[n++] = (char *)image->path;
	for (size_t i = 1; i < count; i++)
		arguments[n++] = argv[i];
	arguments[n] = NULL;
	return depth < SCRIPT_DEPTH ? exec_file(arguments[0], arguments, envp, depth + 1) : ELOOP;
}

/* Returns a positive errno. */
static int exec_file(const char *path, char *const argv[], char *const envp[], int depth)
{
	long fd = __curfew_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	struct image image = { (int)fd, path };
	int error;

	if (fd < 0)
		return (int)-fd;
	error = exec_image(&image, argv, envp);
	if (error == ENOEXEC)
		return exec_script(&image, argv, envp, depth);
	curfew_syscall(SYS_handle_close, fd_session(image.fd));
	return error;
}

/* The file, or with NULL the descriptor.  Returns a positive errno. */
static int exec_either(const char *path, int fd, char *const argv[], char *const envp[])
{
	struct image image = { fd, argv && argv[0] ? argv[0] : "" };

	return path ? exec_file(path, argv, envp, 0) : exec_image(&image, argv, envp);
}

/* With what the new program inherits beside its environment.  Returns a positive errno. */
static int exec_with_state(const char *path, int fd, char *const argv[], char *const envp[])
{
	size_t size = __curfew_inherit_size();
	size_t count;
	char **list;
	char *text;

	if (size == 0)
		return exec_either(path, fd, argv, envp);
	if (size > CURFEW_ARG_MAX)
		return E2BIG;
	text = alloca(size);
	__curfew_inherit_write(text, size);
	count = count_strings(envp);
	if (count > CURFEW_ARG_MAX / sizeof(char *))
		return E2BIG;
	list = alloca((count + 2) * sizeof(char *));
	memcpy(list, envp, count * sizeof(char *));
	list[count] = text;
	list[count + 1] = NULL;
	return exec_either(path, fd, argv, list);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	errno = path ? exec_with_state(path, -1, argv, envp) : EFAULT;
	return -1;
}

/* A script is ENOEXEC here: there is no path that its interpreter could read it by. */
int fexecve(int fd, char *const argv[], char *const envp[])
{
	errno = exec_with_state(NULL, fd, argv, envp);
	return -1;
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* A file without `#!` that no kernel knows is a script for the shell, says POSIX of these. */
static void exec_or_shell(const char *path, char *const argv[], char *const envp[])
{
	size_t count;
	char **list;

	execve(path, argv, envp);
	if (errno != ENOEXEC)
		return;
	count = count_strings(argv);
	list = alloca((count + 3) * sizeof(char *));
	list[0] = "sh";
	list[1] = (char *)path;
	list[2] = NULL;
	for (size_t i = 1; i <= count; i++)
		list[i + 1] = argv[i];
	execve("/bin/sh", list, envp);
}

/* After an exec that failed in one folder: what to tell if no other has the file, `worst` so far; 0: it is not looked for further. */
static int search_goes_on(int error, int worst)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return worst;
	case EACCES:
	case ECONNRESET: /* the file server died; the next look connects anew */
		return worst == ENOENT ? error : worst;
	}
	return 0;
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];
	int worst = ENOENT, error;

	if (*file == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (strchr(file, '/')) {
		exec_or_shell(file, argv, envp);
		return -1;
	}
	if (folders == NULL)
		folders = "/bin";
	for (;; folders++) {
		size_t length = strcspn(folders, ":");

		errno = ENAMETOOLONG;
		if (length + 1 + strlen(file) < sizeof(path)) {
			memcpy(path, folders, length);
			strcpy(path + length, length ? "/" : "");
			strcat(path, file);
			exec_or_shell(path, argv, envp);
		}
		error = search_goes_on(errno, worst);
		if (error == 0)
			return -1;
		worst = error;
		folders += length;
		if (*folders == '\0')
			break;
	}
	errno = worst;
	return -1;
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* How many strings follow, the NULL not counted.  Ends the list. */
static size_t count_arguments(va_list *list)
{
	size_t count = 0;

	while (va_arg(*list, char *))
		count++;
	return count;
}

/* Fills argv with first and count more, and a NULL. */
static void collect_arguments(char **argv, const char *first, va_list *list, size_t count)
{
	*argv++ = (char *)first;
	for (size_t i = 0; i <= count; i++)
		*argv++ = va_arg(*list, char *);
}

int execl(const char *path, const char *first, ...)
{
	va_list list;
	size_t count;
	char **argv;

	va_start(list, first);
	count = count_arguments(&list);
	va_end(list);
	argv = alloca((count + 2) * sizeof(char *));
	va_start(list, first);
	collect_arguments(argv, first, &list, count);
	va_end(list);
	return execve(path, argv, environ);
}

int execle(const char *path, const char *first, ...)
{
	char *const *envp;
	va_list list;
	size_t count;
	char **argv;

	va_start(list, first);
	count = count_arguments(&list);
	envp = va_arg(list, char *const *);
	va_end(list);
	argv = alloca((count + 2) * sizeof(char *));
	va_start(list, first);
	collect_arguments(argv, first, &list, count);
	va_end(list);
	return execve(path, argv, envp);
}

int execlp(const char *file, const char *first, ...)
{
	va_list list;
	size_t count;
	char **argv;

	va_start(list, first);
	count = count_arguments(&list);
	va_end(list);
	argv = alloca((count + 2) * sizeof(char *));
	va_start(list, first);
	collect_arguments(argv, first, &list, count);
	va_end(list);
	return execvpe(file, argv, environ);
}
