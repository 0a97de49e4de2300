/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of processes: making, finding, killing, counting.  How they end is in exit.c.
 *
 * process_lock guards the tree and every (p) field.  Those who wait for something in it (wait, vfork, exec) sleep in
 * process_events, keyed by the process they wait for.
 */
#include <signal.h>
#include <sys/errno.h>
#include "arch/arm64/devices.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/slab.h"
#include "mm/vmspace.h"

#define IDS 32768

struct waitqueue process_events = WAITQUEUE_INIT(process_events);
struct process *init_process;
uint64_t processes_live;

static LIST_HEAD(, process) hash[PROCESS_BUCKETS]; /* process_lock */
static struct slab_cache process_cache;

static struct spinlock id_lock;
static uint64_t id_map[IDS / 64] = { 1 }; /* id_lock; 0 is nobody */
static uint32_t id_cursor = 1;            /* id_lock: ids are not used again soon */

void process_init(void)
{
	slab_cache_init(&process_cache, "process", sizeof(struct process), 8);
}

int32_t id_alloc(void)
{
	uint64_t flags = spin_lock_irq(&id_lock);
	int32_t id = -EAGAIN;

	for (uint32_t i = 0; i < IDS; i++) {
		uint32_t n = (id_cursor + i) % IDS;

		if (!(id_map[n / 64] >> n % 64 & 1)) {
			id_map[n / 64] |= 1ull << n % 64;
			id_cursor = n + 1;
			id = n;
			break;
		}
	}
	spin_unlock_irq(&id_lock, flags);
	return id;
}

void id_free(int32_t id)
{
	uint64_t flags = spin_lock_irq(&id_lock);

	ASSERT(id_map[id / 64] >> id % 64 & 1);
	id_map[id / 64] &= ~(1ull << id % 64);
	spin_unlock_irq(&id_lock, flags);
}

struct process *process_create(struct process *parent)
{
	struct process *p = slab_alloc(&process_cache);
	int32_t pid;

	if (!p)
		return NULL;
	pid = id_alloc();
	if (pid < 0) {
		slab_free(&process_cache, p);
		return NULL;
	}
	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->parent = parent;
	p->ppid = parent ? parent->pid : 0;
	p->pgid = parent ? parent->pgid : pid;
	if (parent)
		memcpy(p->name, parent->name, sizeof(p->name));
	TAILQ_INIT(&p->threads);
	TAILQ_INIT(&p->children);
	handle_table_init(&p->handles);
	return p;
}

void process_discard(struct process *p)
{
	handle_table_destroy(&p->handles);
	process_free(p);
}

void process_free(struct process *p)
{
	id_free(p->pid);
	slab_free(&process_cache, p);
}

struct process *process_find(int32_t pid)
{
	struct process *p;

	LIST_FOREACH(p, &hash[(uint32_t)pid % PROCESS_BUCKETS], hash)
		if (p->pid == pid)
			return p;
	return NULL;
}

struct process *process_next(int32_t pid)
{
	struct process *p, *best = NULL;

	for (unsigned i = 0; i < PROCESS_BUCKETS; i++)
		LIST_FOREACH(p, &hash[i], hash)
			if (p->pid >= pid && (!best || p->pid < best->pid))
				best = p;
	return best;
}

/* Calls fn (or NULL: only counts) for each process of a group, 0: of all; process_lock held.  How many there were. */
int process_for_group(int32_t pgid, void (*fn)(struct process *, int), int arg)
{
	struct process *p;
	int n = 0;

	for (unsigned i = 0; i < PROCESS_BUCKETS; i++)
		LIST_FOREACH(p, &hash[i], hash)
			if (p->pgid == pgid || pgid == 0) {
				if (fn)
					fn(p, arg);
				n++;
			}
	return n;
}

void process_for_bucket(unsigned bucket, void (*fn)(struct process *, void *), void *arg)
{
	struct process *p;

	LIST_FOREACH(p, &hash[bucket], hash)
		fn(p, arg);
}

void process_link(struct process *p)
{
	LIST_INSERT_HEAD(&hash[(uint32_t)p->pid % PROCESS_BUCKETS], p, hash);
	if (p->parent)
		TAILQ_INSERT_TAIL(&p->parent->children, p, sibling);
	processes_live++;
}

void process_unlink(struct process *p)
{
	LIST_REMOVE(p, hash);
	if (p->parent)
		TAILQ_REMOVE(&p->parent->children, p, sibling);
}

void process_add_thread(struct process *p, struct thread *t)
{
	TAILQ_INSERT_TAIL(&p->threads, t, proc_link);
	p->n_threads++;
	p->on_cpu++;
	threads_live++;
}

struct thread *thread_find(int32_t tid)
{
	struct thread *t;

	if (tid == 0)
		return current();
	TAILQ_FOREACH(t, &current()->process->threads, proc_link)
		if (t->tid == tid)
			return t;
	return NULL;
}

void thread_kill(struct thread *t)
{
	/* Pairs with wait_sleep(): flag first, then the look at killable. */
	__atomic_fetch_or(&t->head.work, TW_KILL, __ATOMIC_SEQ_CST);
	/* It leaves at no less than the usual priority: what it holds is wanted back. */
	if (t->base_priority < PRIORITY_DEFAULT)
		thread_set_base_priority(t, PRIORITY_DEFAULT);
	if (__atomic_load_n(&t->killable, __ATOMIC_SEQ_CST)) {
		protocol_entered(WINDOW_KILL_SLEEPING);
		sched_wake(t);
	}
	sched_poke(t);
}

void process_kill(struct process *p, int status)
{
	struct thread *t;

	if (p->dying)
		return;
	p->dying = true;
	p->status = status;
	TAILQ_FOREACH(t, &p->threads, proc_link)
		thread_kill(t);
}

void process_wake(void *key)
{
	struct waiter *w, *next;

	TAILQ_FOREACH_SAFE(w, &process_events.waiters, link, next)
		if (w->key == (uint64_t)key)
			wait_wake(&process_events, w);
}

/* --- usage --- */

void usage_add(struct curfew_rusage *to, const struct curfew_rusage *from)
{
	to->user_ns += from->user_ns;
	to->system_ns += from->system_ns;
	to->minor_faults += from->minor_faults;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	if (from->max_resident > to->max_resident)
		to->max_resident = from->max_resident;
}

struct curfew_rusage thread_usage(const struct thread *t)
{
	return (struct curfew_rusage){
		.user_ns = timer_ticks_to_ns(t->user_ticks),
		.system_ns = timer_ticks_to_ns(t->system_ticks),
		.minor_faults = t->faults,
		.voluntary = t->voluntary,
		.involuntary = t->involuntary,
	};
}

void process_usage(struct process *p, struct curfew_rusage *out)
{
	struct thread *t;
	struct curfew_rusage u;

	*out = p->usage;
	TAILQ_FOREACH(t, &p->threads, proc_link) {
		u = thread_usage(t);
		usage_add(out, &u);
	}
	if (p->vmspace && pmap_peak(&p->vmspace->pmap) > out->max_resident)
		out->max_resident = pmap_peak(&p->vmspace->pmap);
}
