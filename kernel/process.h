/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H
/*
 * Processes: a vmspace, threads, handles, and a place in the tree of parents and children.
 *
 * Life: process_create() -> threads run -> the last thread out leaves the vmspace (exit.c) -> when every thread is off its CPU the
 * process is a zombie: this structure, its exit status and usage, nothing else (E7) -> wait takes it.
 *
 * Markers: (c) constant after creation, (p) process_lock, (a) atomic, (t) its only thread.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <curfew/abi.h>
#include "kernel/alarm.h"
#include "kernel/handle.h"
#include "kernel/signal.h"
#include "kernel/wait.h"

struct thread;
struct vmspace;

#define PROCESS_BUCKETS 256

struct process {
	uint32_t n_threads;                 /* (p), its threads read it without; those that have not begun to leave: 0: vmspace is
					     * NULL.  First: handle_peek_locked() loads it with acquire, which knows no offset */
	int32_t pid;                        /* (c) */
	int32_t pgid;                       /* (p) */
	struct vmspace *vmspace;            /* (p); changed by exec's last thread, NULL after the last thread has left */
	char name[CURFEW_NAME_MAX];         /* (p) */
	struct handle_table handles;

	TAILQ_HEAD(, thread) threads;       /* (p) until they are off their CPU (E8) */
	uint32_t on_cpu;                    /* (p) those not off their CPU for good, the list's length: 0 makes the zombie */
	bool dying;                         /* (p) every thread shall leave; status is set */
	struct thread *execing;             /* (p) the one that waits to be alone, or NULL */
	bool zombie;                        /* (p) */
	int32_t status;                     /* (p) as wait reports it */
	bool spared;                        /* (a) written under process_lock: oom.h */
	bool vfork;                         /* (p) runs in its parent's vmspace, and the parent waits */

	struct signal_actions actions;      /* (p) */
	uint32_t pending;                   /* (p) signals that every thread blocks */
	struct alarm alarm;                 /* (p) */

	struct process *parent;             /* (p) NULL for init */
	int32_t ppid;                       /* (a) its pid, or 0; written under process_lock */
	TAILQ_HEAD(, process) children;     /* (p) */
	TAILQ_ENTRY(process) sibling;       /* (p) */
	LIST_ENTRY(process) hash;           /* (p) */

	struct curfew_rusage usage;         /* (p) of threads that ended */
	struct curfew_rusage child_usage;   /* (p) of children waited for */
};

extern struct waitqueue process_events; /* its lock is process_lock */
#define process_lock process_events.lock
extern struct process *init_process;
extern uint64_t processes_live, threads_live; /* (a) zombies not counted; user threads */

void process_init(void);
/* A process without threads, child of `parent` (NULL: init), sharing or copying nothing.  Handles empty.  NULL: no memory. */
struct process *process_create(struct process *parent);
/* Takes back one that never got a thread. */
void process_discard(struct process *p);
/* Frees the record of a zombie that was waited for; p is out of all lists. */
void process_free(struct process *p);
struct process *process_find(int32_t pid); /* process_lock held; zombies too */
struct process *process_next(int32_t pid); /* the one with the least pid >= pid */

/* Ids of processes and threads, one space. */
int32_t id_alloc(void); /* or -EAGAIN */
void id_free(int32_t id);

/* process_lock held, all of these. */
void process_link(struct process *p);   /* into the hash and under its parent */
void process_unlink(struct process *p);
int process_for_group(int32_t pgid, void (*fn)(struct process *, int), int arg);
/* Calls fn for those in one of the PROCESS_BUCKETS of the hash, zombies too: who walks all of them so need not hold the lock all the time. */
void process_for_bucket(unsigned bucket, void (*fn)(struct process *, void *), void *arg);
/* Wakes those who sleep in process_events for this key: a parent in wait or vfork, a thread in exec. */
void process_wake(void *key);
void process_add_thread(struct process *p, struct thread *t);
/* Marks it and all threads to leave, waking them. First status wins. */
void process_kill(struct process *p, int status);
/* One thread shall leave: at the latest when it is about to return to EL0. */
void thread_kill(struct thread *t);
void usage_add(struct curfew_rusage *to, const struct curfew_rusage *from);
struct curfew_rusage thread_usage(const struct thread *t);
/* Dead threads and live ones. */
void process_usage(struct process *p, struct curfew_rusage *out);

/* exit.c */
_Noreturn void thread_exit(void);
_Noreturn void process_exit(int status);
_Noreturn void process_exit_signal(int sig);
void vfork_release(struct process *p);
/* The thread that follows a dead one on its CPU calls this, interrupts on, preemption off (E7, E8). */
void exit_finish(struct thread *dead);

#endif
