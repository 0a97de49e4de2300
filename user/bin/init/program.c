/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of the initrd, started without any server; and the kernel's log.
 */
#include <curfew/sys.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init.h"
#include "../../lib/initrd.h"

void say(const char *format, ...)
{
	char line[160];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(line)) {
		length = sizeof(line) - 1;
		line[length - 1] = '\n';
	}
	curfew_log_write(CURFEW_HANDLE_SYSTEM, line, (size_t)length);
}

bool boot_word(const char *word)
{
	const char *arguments = getenv("BOOTARGS"), *end;
	size_t length = strlen(word);

	if (arguments == NULL)
		return false;
	end = strstr(arguments, "-- ");
	for (const char *at = arguments; (at = strstr(at, word)) != NULL && (end == NULL || at < end); at++)
		if ((at == arguments || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

/* The entry of a path, or NULL.  The archive stays mapped: only the pages of its index are touched. */
static const struct initrd_entry *find(const char *path)
{
	static struct initrd initrd;
	int64_t size = curfew_vmo_size(CURFEW_HANDLE_INITRD);

	if (initrd.entries == NULL) {
		const char *archive = curfew_vmo_map(NULL, (size_t)size, PROT_READ, MAP_SHARED, CURFEW_HANDLE_INITRD, 0);

		if (archive == MAP_FAILED)
			return NULL; /* errno says why */
		initrd.footer = (const void *)(archive + size - sizeof(struct initrd_footer));
		if (memcmp(initrd.footer->magic, INITRD_MAGIC, sizeof(initrd.footer->magic)) != 0) {
			errno = EINVAL; /* not made by scripts/mkinitrd */
			return NULL;
		}
		initrd.entries = (const void *)(archive + initrd.footer->entries);
	}
	for (uint32_t i = 0; i < initrd.footer->count; i++)
		if (strcmp(initrd_name(&initrd, &initrd.entries[i]), path) == 0)
			return &initrd.entries[i];
	errno = ENOENT;
	return NULL;
}

void keep_from_exec(int handle)
{
	curfew_syscall(SYS_handle_flags, handle, CURFEW_HANDLE_CLOEXEC);
}

void program_give(int from, uint32_t rights, int number)
{
	if (curfew_syscall(SYS_handle_place, from, rights, number, 0) < 0)
		_exit(126);
}

void program_give_if_any(int number)
{
	curfew_syscall(SYS_handle_flags, number, 0);
}

void program_become(const char *path, char *const argv[], char *const envp[])
{
	const struct initrd_entry *entry = find(path);

	if (entry != NULL)
		errno = -(int)curfew_syscall(SYS_exec, CURFEW_HANDLE_INITRD, entry->offset, entry->size, argv, envp, argv[0]);
	say("init: %s: %s\n", path, strerror(errno));
	_exit(127);
}
