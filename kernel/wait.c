/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues: see wait.h.  The sleeper is in the queue, its timeout is set and its state is SLEEPING before the
 * queue's lock is released, so that a waker, a timeout and a kill each find it asleep or not yet gone; an
 * extra wake does no harm, callers look at their condition again.
 */
#include <sys/errno.h>
#include "arch/arm64/devices.h"
#include "kernel/thread.h"
#include "kernel/timeout.h"
#include "kernel/wait.h"

static void wake_thread(void *arg)
{
	sched_wake(arg);
}

/* Whether it shall not sleep on. */
static bool interrupted(enum wait_mode mode)
{
	static const uint32_t by[] = { 0, TW_KILL, TW_KILL | TW_SIGNAL };

	return __atomic_load_n(&current()->head.work, __ATOMIC_SEQ_CST) & by[mode];
}

int wait_sleep(struct waitqueue *q, struct waiter *w, uint64_t flags, uint64_t deadline, enum wait_mode mode)
{
	struct thread *t = current();
	struct timeout timeout;
	bool woken;

	w->thread = t;
	w->queued = true;
	TAILQ_INSERT_TAIL(&q->waiters, w, link);
	if (deadline != TIME_FOREVER)
		timeout_set(&timeout, deadline, wake_thread, t);
	__atomic_store_n(&t->killable, mode, __ATOMIC_SEQ_CST);
	__atomic_store_n(&t->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
	if (interrupted(mode)) /* pairs with thread_kill() and signal.c's poke(): flag first, then the look at killable */
		__atomic_store_n(&t->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
	t->voluntary++;
	spin_unlock_irq(&q->lock, flags);
	schedule();

	__atomic_store_n(&t->killable, WAIT_UNKILLABLE, __ATOMIC_RELAXED);
	if (deadline != TIME_FOREVER)
		timeout_cancel(&timeout);
	flags = spin_lock_irq(&q->lock);
	woken = !w->queued;
	if (!woken)
		TAILQ_REMOVE(&q->waiters, w, link);
	w->queued = false;
	spin_unlock_irq(&q->lock, flags);
	if (woken)
		return 0;
	if (interrupted(mode))
		return -EINTR;
	return deadline != TIME_FOREVER && timer_now() >= deadline ? -ETIMEDOUT : 0;
}

void wait_wake(struct waitqueue *q, struct waiter *w)
{
	TAILQ_REMOVE(&q->waiters, w, link);
	w->queued = false;
	sched_wake(w->thread);
}

void wait_wake_one(struct waitqueue *q)
{
	struct waiter *w = TAILQ_FIRST(&q->waiters);

	if (w)
		wait_wake(q, w);
}

void wait_wake_all(struct waitqueue *q)
{
	while (!TAILQ_EMPTY(&q->waiters))
		wait_wake_one(q);
}

int wait_until(uint64_t deadline, enum wait_mode mode)
{
	struct waitqueue q = WAITQUEUE_INIT(q);
	struct waiter w;
	int error = 0;

	while (!error && timer_now() < deadline)
		error = wait_sleep(&q, &w, spin_lock_irq(&q.lock), deadline, mode);
	return error == -EINTR ? -EINTR : 0;
}
