/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_THREAD_H
#define CURFEW_LIB_THREAD_H
/*
 * The library's record of a thread, and who keeps it.
 *
 * It lies directly below the thread control block that TPIDR_EL0 points to;
 * above that are the program's thread-local variables (local-exec model of the
 * AArch64 ELF ABI: they begin 16 bytes above TPIDR_EL0, rounded up to their
 * alignment):
 *
 *   map  [guard | stack ......... | struct thread | TCB 16 | TLS]
 *                                                 ^ TPIDR_EL0
 *
 * So record, TLS and the first frames of a small thread are one page.  The
 * first thread's record is static (start.c), its stack is the kernel's.
 *
 * tid is the word that the kernel writes: the thread's number before it runs,
 * 0 when it has left user space for good.  A stack is used again only after
 * that.  The first thread's word is not given to the kernel until a second one
 * is made: a program without threads pays nothing.
 */
#include <limits.h>
#include <pthread.h>
#include <reent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define THREAD_DETACHED 1u /* nobody will join it */
#define THREAD_EXITED   2u /* it has run its destructors */
#define THREAD_JOINING  4u /* someone waits for it */

#define CANCEL_PENDING  1u
#define CANCEL_DISABLED 2u
#define CANCEL_EXITING  4u /* cancelled, or exiting: not again */

struct thread {
	void *values[PTHREAD_KEYS_MAX]; /* of keys; all NULL when a thread begins */
	struct _reent own_reent;        /* not the first thread's: it has newlib's global one */

	TAILQ_ENTRY(thread) link; /* list of threads, or of free stacks (threads lock) */
	char *map;                /* mapping of guard and stack; NULL: not the library's */
	size_t map_size;
	size_t guard_size;
	char *stack; /* lowest usable address; NULL for the first thread */
	void *(*start)(void *);
	void *argument;
	void *result;
	struct _pthread_cleanup_context *cleanup;
	uint32_t *wait_word;  /* what it sleeps on, while that may be cancelled (cancel.c) */
	uint32_t cancel;      /* CANCEL_*; a futex */
	uint32_t state;       /* THREAD_* */
	int policy, priority; /* as set by pthread_setschedparam() */
	int cancel_type;      /* PTHREAD_CANCEL_DEFERRED or ASYNCHRONOUS: only remembered */
	stack_t signal_stack; /* size 0: none (sigstack.c) */
	bool has_values;      /* some value of a key was set */
	uint32_t interruptions; /* handlers without SA_RESTART that ran in it, modulo 2^32 (signal.c, session.c) */
	uint64_t hidden;      /* numbers for hidden handles that it has taken (session.c) */
	unsigned vforks;      /* it holds the directory lock for a child of vfork() (vfork.c) */
	char name[16];
	struct _reent *reent;
	uint32_t tid; /* written by the kernel; a futex */
} __attribute__((aligned(16)));

TAILQ_HEAD(thread_list, thread);

/* All threads but those that have left (threads lock).  Empty until a second thread is made. */
extern struct thread_list __curfew_threads;
/* How many threads there are that may still touch the library.  Goes from 1 to 2 only in pthread_create(). */
extern uint32_t __curfew_thread_count;
/* The initial image of the program's thread-local variables. */
extern struct tls_image {
	const void *data;
	size_t data_size, size, align;
} __curfew_tls;

/* vfork.c: fork() in a child of vfork(). */
void __curfew_vfork_forget(void);

static inline struct thread *thread_self(void)
{
#ifdef __aarch64__
	struct thread *tcb;

	__asm__("mrs %0, tpidr_el0" : "=r"(tcb));
	return tcb - 1;
#else /* tests on the host */
	extern struct thread __curfew_only_thread;

	return &__curfew_only_thread;
#endif
}

/* Only the thread itself reads and writes it, also from handlers. */
static inline uint32_t interruptions(void)
{
	return __atomic_load_n(&thread_self()->interruptions, __ATOMIC_RELAXED);
}

static inline void interruptions_count(void)
{
	__atomic_store_n(&thread_self()->interruptions, interruptions() + 1, __ATOMIC_RELAXED);
}

/* Whether other threads may be running in this process. */
static inline bool thread_alone(void)
{
	return __atomic_load_n(&__curfew_thread_count, __ATOMIC_RELAXED) == 1;
}

/* Bytes above the record: TCB and TLS. */
static inline size_t tls_above(void)
{
	size_t align = __curfew_tls.align > 16 ? __curfew_tls.align : 16;

	return ((16 + align - 1) & -align) + __curfew_tls.size;
}

/* Fills the thread-local variables of the thread whose record this is. */
void __curfew_tls_init(struct thread *thread);

/* stack.c: a record with a stack of at least these sizes, its fields from map to stack set; NULL: ENOMEM. */
struct thread *__curfew_stack_get(size_t size, size_t guard);
/* Where the record of a thread goes whose stack ends at `high`. */
struct thread *__curfew_stack_place(char *high);
/* Takes back a record whose thread has left, or is the caller and is about to.  Threads lock held. */
void __curfew_stack_put(struct thread *thread);

/* key.c: runs the destructors of the calling thread's values, which are all NULL afterwards. */
void __curfew_values_destroy(struct thread *self);

/* fork(), in the child: the caller is the only thread left.  Threads lock held. */
void __curfew_threads_child(void);

#endif
