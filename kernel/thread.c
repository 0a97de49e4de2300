/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and freeing threads.  What they do while they live is in sched.c, how they end in exit.c.
 *
 * A new thread's stack holds what context_switch() expects: callee-saved registers of which only x30 matters, below it, for
 * a user thread, the trapframe of its first entry to EL0.
 */
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/percpu.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/kstack.h"
#include "mm/slab.h"

#define SWITCH_FRAME 96 /* switch.S */
#define SWITCH_X30   88

static struct slab_cache thread_cache;
uint64_t threads_live;

void thread_init(void)
{
	slab_cache_init(&thread_cache, "thread", sizeof(struct thread), 16);
}

uint32_t thread_cpu(const struct thread *t)
{
	return t->head.percpu->id;
}

static struct thread *create(void (*entry)(void), uint64_t below_top)
{
	struct thread *t = slab_alloc(&thread_cache);

	if (!t)
		return NULL;
	memset(t, 0, offsetof(struct thread, fp));
	t->kstack = kstack_alloc();
	if (!t->kstack) {
		slab_free(&thread_cache, t);
		return NULL;
	}
	preempt_disable();
	t->head.percpu = this_cpu(); /* so that it can be poked before it is started */
	preempt_enable();
	t->ksp = t->kstack + KSTACK_SIZE - below_top - SWITCH_FRAME;
	memset((void *)t->ksp, 0, SWITCH_FRAME);
	*(uint64_t *)(t->ksp + SWITCH_X30) = (uint64_t)entry;
	t->head.preempt_count = 1; /* begin() in sched.c drops it */
	t->priority = t->base_priority = PRIORITY_DEFAULT;
	t->affinity = ~0ull >> (64 - cpus_online);
	t->slice_left = SLICE_NS;
	LIST_INIT(&t->contended);
	return t;
}

struct thread *thread_create_kernel(void (*start)(void *), void *arg)
{
	struct thread *t = create(thread_entry_kernel, 0);

	if (!t)
		return NULL;
	t->start = start;
	t->start_arg = arg;
	return t;
}

struct thread *thread_create_user(struct process *p, const struct trapframe *frame)
{
	struct thread *t;
	int32_t tid = p->pid;

	if (p->n_threads && (tid = id_alloc()) < 0)
		return NULL;
	t = create(thread_entry_user, sizeof(struct trapframe));
	if (!t) {
		if (tid != p->pid)
			id_free(tid);
		return NULL;
	}
	t->process = p;
	t->tid = tid;
	t->vmspace = p->vmspace;
	memset(&t->fp, 0, sizeof(t->fp));
	*thread_user_frame(t) = *frame;
	return t;
}

static void release(struct thread *t)
{
	if (t->process && t->tid != t->process->pid)
		id_free(t->tid);
#ifndef BUG_STACK_FREED_LIVE
	kstack_free(t->kstack);
#endif
	slab_free(&thread_cache, t);
}

void thread_discard(struct thread *t)
{
	release(t);
}

void thread_free(struct thread *t)
{
	ASSERT_RULE("E8", t->state == THREAD_DEAD && current() != t);
	release(t);
}
