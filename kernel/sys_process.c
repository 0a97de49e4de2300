/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on processes: making, replacing, waiting, killing, asking.
 */
#include <signal.h>
#include <sys/errno.h>
#include <curfew/abi.h>
#include "kernel/counters.h"
#include "kernel/exec.h"
#include "kernel/fp.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

SYSCALL(sys_exit)
{
	process_exit(((int)arg[0] & 0xff) << 8);
}

SYSCALL(sys_getpid)
{
	return current()->process->pid;
}

SYSCALL(sys_getppid)
{
	return __atomic_load_n(&current()->process->ppid, __ATOMIC_RELAXED);
}

/* --- fork --- */

static void share_vmspace(struct process *child)
{
	child->vmspace = current()->vmspace;
	child->vfork = true;
	__atomic_fetch_add(&child->vmspace->live, 1, __ATOMIC_RELAXED); /* the caller's own right keeps it alive */
}

/* The child's only thread: a copy of this one, but for x0.  NULL: no memory. */
static struct thread *copy_thread(struct process *child)
{
	struct thread *self = current(), *t;
	struct trapframe frame = *thread_user_frame(self);

	frame.x[0] = 0;
	t = thread_create_user(child, &frame);
	if (!t)
		return NULL;
	preempt_disable();
	fp_sync(self);
	t->fp = self->fp;
	t->fp_hot = self->fp_hot;
	t->tpidr_el0 = read_sysreg(tpidr_el0);
	preempt_enable();
	t->blocked = self->blocked;
	t->stack_base = self->stack_base;
	t->stack_size = self->stack_size;
	t->affinity = self->affinity;
	t->priority = t->base_priority = self->base_priority;
	return t;
}

/* Of a child that never ran. */
static void unmake_vmspace(struct process *child)
{
	if (child->vfork)
		__atomic_fetch_sub(&child->vmspace->live, 1, __ATOMIC_RELAXED); /* not the last: the caller has a right */
	else
		vmspace_destroy(child->vmspace);
}

/* Everything that can fail; the child on success. */
static struct process *make_child(bool vfork, struct thread **thread)
{
	struct process *parent = current()->process, *child = process_create(parent);

	if (!child)
		return NULL;
	if (handle_table_copy(&child->handles, &parent->handles))
		goto no_space;
	if (vfork)
		share_vmspace(child);
	else if (vmspace_fork(current()->vmspace, &child->vmspace))
		goto no_space;
	*thread = copy_thread(child);
	if (*thread)
		return child;
	unmake_vmspace(child);
no_space:
	process_discard(child);
	return NULL;
}

/* Until the child has left this address space, or this thread is killed (the child then goes on with it alone). */
static void wait_for_vfork(struct process *child, int32_t pid)
{
	struct waiter w = { .key = (uint64_t)child };
	uint64_t flags = spin_lock_irq(&process_lock);

	/* The record lives as long as its parent has not waited for it, which is this process, or was (make_zombie()). */
	while (process_find(pid) == child && child->parent == current()->process && child->vfork) {
		if (wait_sleep(&process_events, &w, flags, TIME_FOREVER, WAIT_KILLABLE))
			return;
		flags = spin_lock_irq(&process_lock);
	}
	spin_unlock_irq(&process_lock, flags);
}

static int64_t do_fork(bool vfork)
{
	struct thread *t;
	struct process *child = make_child(vfork, &t);
	uint64_t flags;
	int32_t pid;
	bool killed;

	if (!child)
		return -ENOMEM;
	pid = child->pid;
	flags = spin_lock_irq(&process_lock);
	killed = current()->process->dying || thread_killed();
	if (!killed) {
		child->pgid = current()->process->pgid;
		child->actions = current()->process->actions;
		process_link(child);
		process_add_thread(child, t);
	}
	spin_unlock_irq(&process_lock, flags);
	if (killed) { /* a kill of the whole group must not miss what is being born */
		thread_discard(t);
		unmake_vmspace(child);
		process_discard(child);
		return -EINTR;
	}
	count(FORKS);
	sched_start(t);
	if (vfork)
		wait_for_vfork(child, pid);
	return pid;
}

SYSCALL(sys_fork)
{
	return do_fork(false);
}

SYSCALL(sys_vfork)
{
	return do_fork(true);
}

/* --- exec --- */

SYSCALL(sys_exec)
{
	struct process *p = current()->process;
	char name[CURFEW_NAME_MAX] = "";
	struct trapframe frame;
	struct exec_args args;
	struct vmspace *vs;
	struct object *o;
	uint64_t offset = arg[1], length = arg[2];
	int64_t n;
	int error = handle_get(&p->handles, arg[0], OBJECT_VMO, CURFEW_RIGHT_EXECUTE, &o);

	if (error)
		return error;
	n = arg[5] ? copy_string_from_user(name, arg[5], sizeof(name)) : 0;
	name[sizeof(name) - 1] = 0; /* a longer name is cut */
	if (n < 0 && n != -ENAMETOOLONG)
		error = n;
	else if (offset % PAGE_SIZE || offset > object_vmo(o)->size || length > object_vmo(o)->size - offset)
		error = -EINVAL;
	else
		error = exec_copy_args(&args, arg[3], arg[4]);
	if (!error) {
		error = exec_load(object_vmo(o), offset, length, &args, &vs, &frame);
		exec_free_args(&args);
	}
	object_put(o);
	if (!error)
		error = exec_commit(vs, name);
	if (error)
		return error;
	*thread_user_frame(current()) = frame;
	return 0;
}

/* --- wait --- */

static bool matches(const struct process *child, int32_t pid)
{
	if (pid > 0)
		return child->pid == pid;
	if (pid == -1)
		return true;
	return child->pgid == (pid ? -pid : current()->process->pgid);
}

/* A zombie that matches, taken out of the tree; *any: there are children that match.  process_lock held. */
static struct process *find_zombie(int32_t pid, bool *any)
{
	struct process *c;

	*any = false;
	TAILQ_FOREACH(c, &current()->process->children, sibling) {
		if (!matches(c, pid))
			continue;
		*any = true;
		if (c->zombie)
			return c;
	}
	return NULL;
}

static void take_usage(struct process *p, struct process *child, struct curfew_rusage *usage)
{
	*usage = child->usage;
	usage_add(usage, &child->child_usage);
	usage_add(&p->child_usage, usage);
}

/* Fault in both results first: once the child is taken nothing may fail. */
static int probe(uint64_t status, uint64_t usage)
{
	int error = status ? vm_prefault(status, sizeof(int)) : 0;

	return error || !usage ? error : vm_prefault(usage, sizeof(struct curfew_rusage));
}

SYSCALL(sys_wait)
{
	int32_t pid = arg[0];
	uint64_t status_addr = arg[1], usage_addr = arg[3], flags;
	struct process *p = current()->process, *child;
	struct waiter w = { .key = (uint64_t)p };
	struct curfew_rusage usage;
	int status, error;
	bool any;

	if ((uint32_t)arg[2] & ~CURFEW_WNOHANG || pid == INT32_MIN)
		return -EINVAL;
	error = probe(status_addr, usage_addr);
	if (error)
		return error;
	for (;;) {
		flags = spin_lock_irq(&process_lock);
		child = find_zombie(pid, &any);
		if (child)
			break;
		if (!any || arg[2] & CURFEW_WNOHANG) {
			spin_unlock_irq(&process_lock, flags);
			return any ? 0 : -ECHILD;
		}
		error = wait_sleep(&process_events, &w, flags, TIME_FOREVER, WAIT_INTERRUPTIBLE);
		if (error)
			return error;
	}
	process_unlink(child);
	take_usage(p, child, &usage);
	spin_unlock_irq(&process_lock, flags);
	pid = child->pid;
	status = child->status;
	process_free(child);
	if (status_addr)
		copy_to_user(status_addr, &status, sizeof(status));
	if (usage_addr)
		copy_to_user(usage_addr, &usage, sizeof(usage));
	return pid;
}

/* --- kill and groups --- */

/* For pid -1: everybody but init and the caller, who are not counted either. */
static void kill_other(struct process *p, int sig)
{
	if (p != current()->process)
		signal_post(p, sig);
}

SYSCALL(sys_kill)
{
	int32_t pid = arg[0];
	uint32_t sig = arg[1];
	struct process *p;
	int64_t result = 0;
	uint64_t flags;

	if (!signal_sendable(sig) || pid == INT32_MIN)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	if (pid > 0) {
		p = process_find(pid);
		if (!p)
			result = -ESRCH;
		else if (p == init_process && signal_kills(p, sig))
			result = -EPERM;
		else
			signal_post(p, sig);
	} else {
		int n = pid == -1 ? process_for_group(0, kill_other, sig) - 1 - (current()->process != init_process)
			: process_for_group(pid ? -pid : current()->process->pgid, signal_post, sig);

		result = n > 0 ? 0 : -ESRCH;
	}
	spin_unlock_irq(&process_lock, flags);
	return result;
}

/* Itself or a child; into its own group, or one that exists. */
static int64_t setpgid(int32_t pid, int32_t pgid)
{
	struct process *self = current()->process, *p = pid ? process_find(pid) : self;

	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (pgid == 0)
		pgid = p->pid;
	if (pgid != p->pid && !process_for_group(pgid, NULL, 0))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

SYSCALL(sys_setpgid)
{
	int64_t result;
	uint64_t flags;

	if ((int32_t)arg[0] < 0 || (int32_t)arg[1] < 0)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	result = setpgid(arg[0], arg[1]);
	spin_unlock_irq(&process_lock, flags);
	return result;
}

SYSCALL(sys_getpgid)
{
	uint64_t flags = spin_lock_irq(&process_lock);
	struct process *p = (int32_t)arg[0] ? process_find(arg[0]) : current()->process;
	int64_t result = p ? p->pgid : -ESRCH;

	spin_unlock_irq(&process_lock, flags);
	return result;
}

/* --- asking --- */

SYSCALL(sys_getrusage)
{
	struct process *p = current()->process;
	struct curfew_rusage usage;
	int32_t who = arg[0];
	uint64_t flags;

	if (who != CURFEW_RUSAGE_SELF && who != CURFEW_RUSAGE_CHILDREN)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	if (who == CURFEW_RUSAGE_SELF)
		process_usage(p, &usage);
	else
		usage = p->child_usage;
	spin_unlock_irq(&process_lock, flags);
	return copy_to_user(arg[1], &usage, sizeof(usage));
}

static uint32_t thread_info_state(struct thread *t)
{
	if (t->state == THREAD_SLEEPING)
		return CURFEW_STATE_SLEEPING;
	return t->queued ? CURFEW_STATE_READY : CURFEW_STATE_RUNNING;
}

static void fill_info(struct process *p, struct curfew_procinfo *info)
{
	struct curfew_rusage usage;
	struct thread *t;

	process_usage(p, &usage);
	*info = (struct curfew_procinfo){
		.pid = p->pid, .ppid = p->ppid, .pgid = p->pgid, .threads = p->n_threads,
		.handles = handle_count(&p->handles), .ending = p->dying || p->zombie,
		.user_ns = usage.user_ns, .system_ns = usage.system_ns, .state = CURFEW_STATE_ZOMBIE,
	};
	if (p->vmspace) {
		info->resident = p->vmspace->pmap.resident;
		info->tables = p->vmspace->pmap.tables;
	}
	TAILQ_FOREACH(t, &p->threads, proc_link) {
		if (thread_info_state(t) < info->state) {
			info->state = thread_info_state(t);
			info->cpu = thread_cpu(t);
		}
	}
	memcpy(info->name, p->name, sizeof(info->name));
}

SYSCALL(sys_procinfo)
{
	struct curfew_procinfo info;
	struct process *p;
	uint64_t flags;
	int error;

	if ((int32_t)arg[0] < 0)
		return -EINVAL;
	flags = spin_lock_irq(&process_lock);
	p = process_next(arg[0]);
	if (p)
		fill_info(p, &info);
	spin_unlock_irq(&process_lock, flags);
	if (!p)
		return -ESRCH;
	error = copy_to_user(arg[1], &info, sizeof(info));
	return error ? error : info.pid;
}
