/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H
/*
 * System calls.  Each takes its arguments as the registers x0-x5 (messages: up to x17) and returns a value >= 0 or a negative errno.
 * What each does, and its errors, stand in user/include/curfew/abi.h and docs/abi.md.
 *
 * On entry: interrupts and preemption on, no lock held, user memory accessible.
 */
#include <stdint.h>

typedef int64_t syscall_fn(const uint64_t *arg);

#define SYSCALL(name) int64_t name(const uint64_t *arg)

syscall_fn sys_exit, sys_thread_create, sys_thread_exit, sys_set_tid_address, sys_getpid, sys_gettid, sys_getppid;
syscall_fn sys_fork, sys_vfork, sys_exec, sys_wait, sys_kill, sys_setpgid, sys_getpgid, sys_getrusage;
syscall_fn sys_set_affinity, sys_get_affinity, sys_set_priority, sys_procinfo;
syscall_fn sys_mmap, sys_munmap, sys_mprotect;
syscall_fn sys_futex_wait, sys_futex_wake, sys_sleep_until, sys_yield;
syscall_fn sys_handle_close, sys_handle_dup, sys_vmo_create, sys_vmo_read, sys_vmo_write, sys_vmo_size;
syscall_fn sys_vmo_window, sys_vmo_discard, sys_vmo_pages, sys_vmo_windows;
syscall_fn sys_log_write;
syscall_fn sys_handle_place, sys_handle_flags, sys_handle_info;
syscall_fn sys_send, sys_receive, sys_reply, sys_reply_receive, sys_message_read, sys_message_write, sys_message_status;
syscall_fn sys_channel_create, sys_session_create;
syscall_fn sys_event_create, sys_event_signal, sys_event_wait, sys_event_bind, sys_irq_bind, sys_irq_ack;
syscall_fn sys_signal_actions, sys_signal_mask, sys_signal_return, sys_signal_suspend, sys_signal_wait, sys_signal_stack;
syscall_fn sys_thread_kill, sys_alarm;
syscall_fn sys_kstat, sys_log_read, sys_system_ctl, sys_report;

#endif
