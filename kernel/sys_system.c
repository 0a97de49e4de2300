/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on the system as a whole.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/devices.h"
#include "kernel/kstat.h"
#include "kernel/log.h"
#include "kernel/oom.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "mm/user_page.h"
#include "mm/vmspace.h"

#define CHUNK 256 /* bytes bounced through the kernel stack at a time */

static struct handle_table *handles(void)
{
	return &current()->process->handles;
}

SYSCALL(sys_kstat)
{
	struct curfew_kstat entry;
	unsigned n = kstat_count();

	if ((uint32_t)arg[2] & ~CURFEW_KSTAT_TRIM)
		return -EINVAL;
	if (arg[2] & CURFEW_KSTAT_TRIM)
		trim_caches();
	for (unsigned i = 0; i < n && i < arg[1]; i++) {
		kstat_get(i, &entry);
		if (copy_to_user(arg[0] + i * sizeof(entry), &entry, sizeof(entry)))
			return -EFAULT;
	}
	return n;
}

SYSCALL(sys_log_read)
{
	uint64_t done = 0, position = arg[2], at;
	char buf[CHUNK];
	size_t n;

	while (done < arg[1]) {
		at = position;
		n = log_read(buf, arg[1] - done < CHUNK ? arg[1] - done : CHUNK, &at);
		if (!n)
			break;
		if (copy_to_user(arg[0] + done, buf, n))
			return -EFAULT;
		done += n;
		position = at + n;
	}
	return done;
}

SYSCALL(sys_log_write)
{
	uint64_t done = 0, part;
	struct object *o;
	char buf[CHUNK];
	int error = handle_get(handles(), arg[0], OBJECT_SYSTEM, CURFEW_RIGHT_WRITE, &o);

	if (error)
		return error;
	object_put(o);
	for (; done < arg[2]; done += part) {
		part = arg[2] - done < CHUNK ? arg[2] - done : CHUNK;
		if (thread_killed())
			return done ? (int64_t)done : -EINTR;
		if (copy_from_user(buf, arg[1] + done, part))
			return done ? (int64_t)done : -EFAULT;
		log_write(buf, part);
	}
	return done;
}

SYSCALL(sys_system_ctl)
{
	struct object *o;
	int error = handle_get(handles(), arg[0], OBJECT_SYSTEM, CURFEW_RIGHT_MANAGE, &o);

	if (error)
		return error;
	object_put(o);
	if ((uint32_t)arg[1] == CURFEW_SYSTEM_REALTIME) {
		vm_set_realtime(arg[2] - timer_now());
		return 0;
	}
	if ((uint32_t)arg[1] == CURFEW_SYSTEM_SPARE)
		return arg[2] >= 1 && arg[2] <= INT32_MAX ? oom_spare(arg[2]) : -EINVAL;
	if ((uint32_t)arg[1] != CURFEW_SYSTEM_POWEROFF || arg[2] > 255)
		return -EINVAL;
	system_power_off(arg[2]);
}

SYSCALL(sys_report)
{
	uint64_t done = 0, part;
	char buf[CHUNK];

	if (!system_reports())
		return -ENODEV;
	for (; done < arg[1]; done += part) {
		part = arg[1] - done < CHUNK ? arg[1] - done : CHUNK;
		if (thread_killed())
			return done ? (int64_t)done : -EINTR;
		if (copy_from_user(buf, arg[0] + done, part))
			return done ? (int64_t)done : -EFAULT;
		system_report(buf, part);
	}
	return done;
}
