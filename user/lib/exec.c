/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve and its family.
 *
 * The kernel executes a part of a memory object (SYS_exec); which part a path
 * means is found here.  A file that is no ELF file and begins with `#!` is run
 * by the interpreter it names, as everywhere.  Nothing is allocated but stack:
 * the caller may be a child of vfork(), whose heap is its parent's.
 */
#include <alloca.h>
#include <curfew/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inherit.h"
#include "path.h"

#define SCRIPT_LINE  256
#define SCRIPT_DEPTH 4

static size_t count_strings(char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

/* Executes a file found.  Returns only on failure, with a positive errno. */
static int exec_entry(const struct initrd_entry *entry, const char *name, char *const argv[], char *const envp[])
{
	const char *slash = strrchr(name, '/');
	char *const nothing[] = { NULL };

	return (int)-curfew_syscall(SYS_exec, CURFEW_HANDLE_INITRD, entry->offset, entry->size, argv ? argv : nothing,
		envp ? envp : nothing, slash ? slash + 1 : name);
}

static int exec_file(int at, const char *path, char *const argv[], char *const envp[], int depth);

/* Runs a script by its interpreter: `#! interpreter [one argument]`.  ENOEXEC if it is none. */
static int exec_script(
	const struct initrd_entry *entry, const char *path, char *const argv[], char *const envp[], int depth)
{
	size_t count = count_strings(argv);
	char **arguments = alloca((count + 4) * sizeof(char *));
	char line[SCRIPT_LINE];
	char *text, *end;
	size_t n = 0;
	long length;

	length = curfew_syscall(SYS_vmo_read, CURFEW_HANDLE_INITRD, entry->offset, line,
		entry->size < sizeof(line) - 1 ? entry->size : sizeof(line) - 1);
	if (length < 2 || line[0] != '#' || line[1] != '!')
		return ENOEXEC;
	line[length] = '\0';
	end = strchr(line, '\n');
	if (end == NULL && (size_t)length == sizeof(line) - 1)
		return ENOEXEC;
	if (end)
		*end = '\0';
	text = line + 2 + strspn(line + 2, " \t");
	if (*text == '\0')
		return ENOEXEC;
	arguments[n++] = text;
	text += strcspn(text, " \t");
	if (*text) {
		*text++ = '\0';
		text += strspn(text, " \t");
		for (end = text + strlen(text); end > text && (end[-1] == ' ' || end[-1] == '\t'); end--)
			end[-1] = '\0';
		if (*text)
			arguments[n++] = text;
	}
	arguments[n++] = (char *)path;
	for (size_t i = 1; i < count; i++)
		arguments[n++] = argv[i];
	arguments[n] = NULL;
	return depth < SCRIPT_DEPTH ? exec_file(AT_FDCWD, arguments[0], arguments, envp, depth + 1) : ELOOP;
}

/* Returns a positive errno. */
static int exec_file(int at, const char *path, char *const argv[], char *const envp[], int depth)
{
	const struct initrd_entry *entry;
	char name[PATH_MAX];
	int error = __curfew_path_find(at, path, name, &entry);

	if (error)
		return error;
	if (!S_ISREG(entry->mode) || !(entry->mode & 0111))
		return EACCES;
	error = exec_entry(entry, name, argv, envp);
	return error == ENOEXEC ? exec_script(entry, path, argv, envp, depth) : error;
}

/* With what the new program inherits beside its environment.  Returns a positive errno. */
static int exec_with_state(const char *path, char *const argv[], char *const envp[])
{
	size_t size = __curfew_inherit_size();
	size_t count;
	char **list;
	char *text;

	if (size == 0)
		return exec_file(AT_FDCWD, path, argv, envp, 0);
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
	return exec_file(AT_FDCWD, path, argv, list, 0);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	errno = exec_with_state(path, argv, envp);
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

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];
	bool denied = false;

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
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -1;
		folders += length;
		if (*folders == '\0')
			break;
	}
	if (denied)
		errno = EACCES;
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
