/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on handles of any kind.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/handle.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"

static struct handle_table *handles(void)
{
	return &current()->process->handles;
}

SYSCALL(sys_handle_close)
{
	return handle_close(handles(), arg[0]);
}

/* A second handle to what `number` names, with fewer rights perhaps, in no table yet. */
static int duplicate(uint32_t number, uint32_t rights, uint32_t flags, struct handle *copy)
{
	struct handle h;
	int error = handle_look(handles(), number, &h);

	if (error)
		return error;
	if (!(h.rights & CURFEW_RIGHT_DUPLICATE) || rights & ~h.rights) {
		handle_unref(h);
		return -EPERM;
	}
	*copy = (struct handle){ h.object, rights, flags };
	handle_ref(*copy);
	handle_unref(h);
	return 0;
}

SYSCALL(sys_handle_dup)
{
	uint32_t least = arg[2];
	struct handle copy;
	int n;

	if ((uint32_t)arg[3] & ~CURFEW_HANDLE_CLOEXEC || least >= HANDLES_MAX)
		return -EINVAL;
	n = duplicate(arg[0], arg[1], arg[3], &copy);
	if (n < 0)
		return n;
	n = handle_insert(handles(), copy, least > CURFEW_HANDLE_FIRST ? least : CURFEW_HANDLE_FIRST);
	if (n < 0)
		handle_unref(copy);
	return n;
}

SYSCALL(sys_handle_place)
{
	struct handle copy;
	int n;

	if ((uint32_t)arg[3] & ~CURFEW_HANDLE_CLOEXEC)
		return -EINVAL;
	if ((uint32_t)arg[2] >= HANDLES_MAX)
		return -EBADF;
	n = duplicate(arg[0], arg[1], arg[3], &copy);
	if (n < 0)
		return n;
	n = handle_place(handles(), copy, arg[2]);
	if (n < 0)
		handle_unref(copy);
	return n;
}

SYSCALL(sys_handle_flags)
{
	int32_t flags = arg[1];

	if (flags != -1 && flags & ~CURFEW_HANDLE_CLOEXEC)
		return -EINVAL;
	return handle_flags(handles(), arg[0], flags);
}

SYSCALL(sys_handle_info)
{
	struct handle h;
	int error = handle_look(handles(), arg[0], &h);
	int64_t info;

	if (error)
		return error;
	info = (int64_t)h.object->kind << 32 | h.rights;
	handle_unref(h);
	return info;
}
