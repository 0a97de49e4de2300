/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of system calls, and the way into it.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/oom.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "mm/page.h"
#include "mm/user_page.h"

/* A number that has no call (any more). */
static SYSCALL(sys_none)
{
	(void)arg;
	return -ENOSYS;
}

static syscall_fn *const table[SYS_COUNT] = {
	[SYS_exit] = sys_exit,
	[SYS_thread_create] = sys_thread_create,
	[SYS_thread_exit] = sys_thread_exit,
	[SYS_set_tid_address] = sys_set_tid_address,
	[SYS_getpid] = sys_getpid,
	[SYS_gettid] = sys_gettid,
	[SYS_getppid] = sys_getppid,
	[SYS_fork] = sys_fork,
	[SYS_vfork] = sys_vfork,
	[SYS_exec] = sys_exec,
	[SYS_wait] = sys_wait,
	[SYS_kill] = sys_kill,
	[SYS_setpgid] = sys_setpgid,
	[SYS_getpgid] = sys_getpgid,
	[SYS_getrusage] = sys_getrusage,
	[SYS_set_affinity] = sys_set_affinity,
	[SYS_get_affinity] = sys_get_affinity,
	[SYS_set_priority] = sys_set_priority,
	[SYS_procinfo] = sys_procinfo,
	[SYS_mmap] = sys_mmap,
	[SYS_munmap] = sys_munmap,
	[SYS_mprotect] = sys_mprotect,
	[SYS_futex_wait] = sys_futex_wait,
	[SYS_futex_wake] = sys_futex_wake,
	[SYS_sleep_until] = sys_sleep_until,
	[SYS_yield] = sys_yield,
	[SYS_handle_close] = sys_handle_close,
	[SYS_handle_dup] = sys_handle_dup,
	[SYS_vmo_create] = sys_vmo_create,
	[SYS_vmo_read] = sys_vmo_read,
	[SYS_vmo_write] = sys_vmo_write,
	[SYS_vmo_size] = sys_vmo_size,
	[33] = sys_none,
	[34] = sys_none,
	[SYS_kstat] = sys_kstat,
	[SYS_log_read] = sys_log_read,
	[SYS_log_write] = sys_log_write,
	[SYS_system_ctl] = sys_system_ctl,
	[SYS_report] = sys_report,
	[SYS_send] = sys_send,
	[SYS_receive] = sys_receive,
	[SYS_reply] = sys_reply,
	[SYS_reply_receive] = sys_reply_receive,
	[SYS_message_read] = sys_message_read,
	[SYS_message_write] = sys_message_write,
	[SYS_message_status] = sys_message_status,
	[SYS_channel_create] = sys_channel_create,
	[SYS_session_create] = sys_session_create,
	[SYS_event_create] = sys_event_create,
	[SYS_event_signal] = sys_event_signal,
	[SYS_event_wait] = sys_event_wait,
	[SYS_event_bind] = sys_event_bind,
	[SYS_irq_bind] = sys_irq_bind,
	[SYS_irq_ack] = sys_irq_ack,
	[SYS_handle_place] = sys_handle_place,
	[SYS_handle_flags] = sys_handle_flags,
	[SYS_handle_info] = sys_handle_info,
	[SYS_signal_actions] = sys_signal_actions,
	[SYS_signal_mask] = sys_signal_mask,
	[SYS_signal_return] = sys_signal_return,
	[SYS_signal_suspend] = sys_signal_suspend,
	[SYS_signal_wait] = sys_signal_wait,
	[SYS_signal_stack] = sys_signal_stack,
	[SYS_thread_kill] = sys_thread_kill,
	[SYS_alarm] = sys_alarm,
	[SYS_vmo_window] = sys_vmo_window,
	[SYS_vmo_discard] = sys_vmo_discard,
	[SYS_vmo_pages] = sys_vmo_pages,
	[SYS_vmo_windows] = sys_vmo_windows,
};

/* What an error asks for.  Returns the call's result. */
static __attribute__((noinline, cold)) int64_t failed(struct trapframe *f, uint64_t number, int64_t result)
{
	if (number == SYS_signal_return) /* x0 of what was interrupted, or an error that needs nothing */
		return result;
	if (result == -ENOMEM && number != SYS_reply_receive && page_free_count() < page_total_count() / 8) {
		/* Two phases: it has changed nothing (but a reply that was given), and can be made again with what the caches give back.
		 * Not for what could never be had: then there is plenty. */
		trim_caches();
		result = table[number](f->x);
	}
	if (result == -ENOMEM)
		oom_await_room(); /* a server that asks again and again does not keep the one that leaves from its CPU */
	if (result == -EINTR) { /* the frame of a handler will tell, if one runs: upcall.c */
		current()->interrupted_pc = f->pc;
		current()->interrupted_x0 = f->x[0];
	}
	return result;
}

void syscall_dispatch(struct trapframe *f)
{
	uint64_t number = f->x[8];

	int64_t result = -ENOSYS;

	count(SYSCALLS);
	if (__builtin_expect(number < SYS_COUNT, 1)) {
		/* All entries of the table are set: a hole would be caught by tests/guest/process.c. */
		result = table[number](f->x);
		if (__builtin_expect(result < 0, 0))
			result = failed(f, number, result);
	}
	f->x[0] = result;
}
