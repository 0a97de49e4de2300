/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H
/*
 * Signals: a means to interrupt a thread and to let it run a handler.  Masks are words in which signal n is bit n.
 *
 * A signal sent to a process is at once one thread's (`assigned`) if there is one that does not block it, and belongs to the process
 * (`pending`) only while all do: so whoever finds TW_SIGNAL set on itself has something to act on, which no other thread takes
 * away.  It goes back when that thread blocks it or leaves.  One sent to a thread (`directed`) stays with it.
 *
 * process_lock guards all of it: every function here but those that say otherwise is called with it held.
 */
#include <stdbool.h>
#include <stdint.h>

struct process;
struct thread;
struct trapframe;

/* struct curfew_signal_actions, checked. */
struct signal_actions {
	uint64_t entry;
	uint32_t handled, ignored, on_stack;
	bool no_zombies;
};

/* Kinds of number: one that kill takes (0 is one); one that would end this process now, blocked or not. */
bool signal_sendable(uint32_t sig);
bool signal_kills(const struct process *p, uint32_t sig);

/* Sends a signal that is sendable; 0: nothing.  Any context. */
void signal_post(struct process *p, int sig);
void signal_direct(struct thread *t, int sig);
/* Replaces the current process's actions; signals that nobody shall see any more are no longer pending. */
void signal_set_actions(struct process *p, const struct signal_actions *actions);
/* Exec: handlers are gone, with the stack for them. */
void signal_exec(struct process *p);
/* The current thread blocks these from now on. */
void signal_set_blocked(uint32_t mask);
/* The current thread begins to leave: what it was to act on others may. */
void signal_leave(void);

/* These take the lock themselves; all are about the current thread. */
/* For an exception: goes to the handler by changing f; false: there is none, or it is blocked. */
bool signal_fault(struct trapframe *f, uint32_t sig, uint64_t address, uint64_t syndrome);
/* TW_SIGNAL, on the way to EL0: as above, with a pending signal, if any.  Does not return if the default is to end. */
void signal_deliver(struct trapframe *f);
/* Sleep until a handler is to run; until one of the set is pending, which is taken: its number, -EINTR, -ETIMEDOUT. */
int signal_suspend(uint32_t mask);
int signal_wait(uint32_t set, uint64_t deadline);

#endif
