/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of memory: see oom.h.
 *
 * The largest is the one with the most pages: those that its page map has, and those of all anonymous memory objects that it has a
 * handle to.  An object counts whole, even where the handle is to a window of it, which keeps all of it; so memory that no page map
 * shows is found, too.  It does not count where a spared process has it, since nobody's death would free it.  What the
 * process has of an object in both ways counts twice.  Not seen are objects that only mappings or a message on its way keep.
 *
 * One at a time: as long as a victim leaves, nobody else is looked for, and then only for a fault that began after it had gone.
 * Otherwise a fault that failed a moment too early would cost another process its life.
 *
 * The look takes the process lock once for each bucket of the table of processes, twice over, and inside it each table of handles: in
 * one go as many steps as there are processes in that bucket, and handles to memory objects in their tables; usually a few dozen, at
 * most 128 processes of 1024 handles, which is a millisecond or two with interrupts masked.
 */
#include <signal.h>
#include <sys/errno.h>
#include "arch/arm64/cpu.h"
#include "arch/arm64/devices.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/oom.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

#define RETRY_NS 1000000 /* pages come back one by one while a large process leaves */
#define CHOOSING (-1)

static int32_t victim;       /* process_lock; read without: who leaves.  CHOOSING: somebody looks for one.  0: nobody */
static uint64_t victim_gone; /* process_lock: when the last one had left */
static uint64_t marks;       /* who is CHOOSING: so many were used */

/* One look. */
struct look {
	uint64_t spared, mark; /* of objects that a spared process has; of those that the process has that is looked at */
	uint64_t pages;        /* of that one */
	bool anybody;          /* the spared ones, too, but init, if there is no other */
	int32_t pid;           /* the largest so far, 0: none */
	bool is_spared;        /* that one */
	uint64_t most;         /* its pages */
};

int oom_spare(int32_t pid)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	struct process *p = process_find(pid);

	if (p)
		__atomic_store_n(&p->spared, true, __ATOMIC_RELAXED);
	spin_unlock_irq(&process_lock, flags);
	return p ? 0 : -ESRCH;
}

/* --- process_lock held --- */

/* The table's lock is held. */
static void count_object(struct object *o, void *arg)
{
	struct look *l = arg;
	struct vmo *store;

	if (o->kind != OBJECT_VMO)
		return;
	store = object_vmo(o)->store;
	if (store->kind != VMO_ANONYMOUS || store->counted == l->spared || store->counted == l->mark)
		return;
	store->counted = l->mark;
	l->pages += __atomic_load_n(&store->tree.pages, __ATOMIC_RELAXED); /* without its lock, which sleeps: some moment's */
}

static void mark_spared(struct process *p, void *arg)
{
	struct look *l = arg;

	l->mark = l->spared;
	if (p->spared && p->vmspace) /* else its table may be on its way out (thread_exit()) */
		handle_table_for_each(&p->handles, count_object, l);
}

/* In l->pages. */
static void count_pages(struct process *p, struct look *l)
{
	l->pages = 0;
	l->mark = ++marks;
	if (!p->vmspace) { /* it is leaving; how far that is, is not known */
		l->pages = p->usage.max_resident;
		return;
	}
	if (!p->parent || p->vmspace != p->parent->vmspace) /* else a child of vfork's, and the parent's pages */
		l->pages = p->vmspace->pmap.resident;
	handle_table_for_each(&p->handles, count_object, l);
}

static bool may_go(const struct process *p, bool anybody)
{
	return p != init_process && !p->zombie && (anybody || !p->spared);
}

static void look_at(struct process *p, void *arg)
{
	struct look *l = arg;

	if (!may_go(p, l->anybody))
		return;
	count_pages(p, l);
	if (!l->pid || (l->is_spared == p->spared ? l->pages > l->most : l->is_spared)) {
		l->pid = p->pid;
		l->is_spared = p->spared;
		l->most = l->pages;
	}
}

/* --- without it --- */

static void for_all(void (*fn)(struct process *, void *), struct look *l)
{
	for (unsigned i = 0; i < PROCESS_BUCKETS; i++) {
		uint64_t flags = spin_lock_irq(&process_lock);

		process_for_bucket(i, fn, l);
		spin_unlock_irq(&process_lock, flags);
	}
}

/* The caller is CHOOSING.  False: there is nobody. */
static bool choose(bool anybody)
{
	struct look l = { .anybody = anybody, .spared = ++marks };
	char name[CURFEW_NAME_MAX] = "";
	struct process *p;
	bool killed = false;
	uint64_t flags;

	for_all(mark_spared, &l);
	for_all(look_at, &l);
	flags = spin_lock_irq(&process_lock);
	p = process_find(l.pid);
	victim = p && may_go(p, anybody) ? l.pid : 0; /* 0: it has just left by itself */
	if (victim) {
		killed = !p->dying;
		memcpy(name, p->name, sizeof(name));
		process_kill(p, SIGKILL);
	}
	spin_unlock_irq(&process_lock, flags);
	if (killed) {
		count(OOM_KILL);
		kprintf("no memory for %s[%d]: %s[%d] goes, %lu pages\n", current()->process->name, current()->process->pid, name,
			l.pid, l.most);
	}
	return l.pid;
}

bool oom_make_room(uint64_t since)
{
	struct process *self = current()->process;
	uint64_t flags;
	bool mine;

	if (!__atomic_load_n(&self->spared, __ATOMIC_RELAXED))
		return false;
	flags = spin_lock_irq(&process_lock);
	mine = !victim && victim_gone <= since;
	if (mine)
		victim = CHOOSING;
	spin_unlock_irq(&process_lock, flags);
	/* Nothing ends init as long as there is another process. */
	return !mine || choose(self == init_process);
}

int oom_await_room(void)
{
	if (!__atomic_load_n(&victim, __ATOMIC_RELAXED) || !__atomic_load_n(&current()->process->spared, __ATOMIC_RELAXED))
		return 0;
	return wait_until(timer_now() + RETRY_NS, WAIT_KILLABLE);
}

void oom_process_gone(const struct process *p)
{
	if (p->pid == victim) {
		victim = 0;
		victim_gone = read_sysreg(cntvct_el0);
	}
}
