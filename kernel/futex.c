/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: see futex.h.  Waiters hang in buckets by a hash of their key; the bucket's lock makes "the word still has this value" and
 * "I wait" one step against a waker, who changes the word first and then takes the same lock.
 *
 * The word is read with the lock held, where a page fault cannot be served: the read then fails, and is done again without the
 * lock, which brings the page in.
 */
#include <sys/errno.h>
#include "arch/arm64/trap.h"
#include "kernel/counters.h"
#include "kernel/futex.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "mm/vmspace.h"

#define BUCKETS 64

static struct waitqueue buckets[BUCKETS];

void futex_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		waitqueue_init(&buckets[i]);
}

static struct waitqueue *bucket(const struct futex_key *key)
{
	uint64_t h = (key->word[0] >> 4) * 0x9e3779b97f4a7c15ull ^ (key->word[1] >> 2) * 0xc2b2ae3d27d4eb4full;

	return &buckets[h >> 58];
}

/* With the key's bucket: locks it when the word has the value.  0: locked; else an error, nothing held. */
static int lock_if(struct waitqueue *q, uint64_t addr, uint32_t value, uint64_t *flags)
{
	uint32_t now;
	int error;

	for (;;) {
		*flags = spin_lock_irq(&q->lock);
		error = load_user_u32(addr, &now);
		if (!error && now == value)
			return 0;
		spin_unlock_irq(&q->lock, *flags);
		if (!error)
			return -EAGAIN;
		error = load_user_u32(addr, &now); /* may sleep */
		if (error)
			return error;
	}
}

int futex_wait(uint64_t addr, uint32_t value, uint64_t deadline)
{
	struct futex_key key;
	struct waitqueue *q;
	struct waiter w;
	uint64_t flags;
	int error;

	if (addr & 3)
		return -EINVAL;
	error = vm_futex_key(current()->vmspace, addr, &key);
	if (error)
		return error;
	q = bucket(&key);
	error = lock_if(q, addr, value, &flags);
	if (!error) {
		count(FUTEX_WAIT);
		w.key = key.word[0];
		w.key2 = key.word[1];
		error = wait_sleep(q, &w, flags, deadline, WAIT_INTERRUPTIBLE);
	}
	vm_futex_key_put(&key);
	return error;
}

int futex_wake(uint64_t addr, uint32_t n)
{
	struct futex_key key;
	struct waitqueue *q;
	struct waiter *w, *next;
	uint32_t woken = 0;
	uint64_t flags;
	int error;

	if (addr & 3)
		return -EINVAL;
	error = vm_futex_key(current()->vmspace, addr, &key);
	if (error)
		return error;
	q = bucket(&key);
	flags = spin_lock_irq(&q->lock);
	TAILQ_FOREACH_SAFE(w, &q->waiters, link, next) {
		if (woken == n)
			break;
		if (w->key != key.word[0] || w->key2 != key.word[1])
			continue;
		wait_wake(q, w);
		woken++;
	}
	spin_unlock_irq(&q->lock, flags);
	vm_futex_key_put(&key);
	count_n(FUTEX_WAKE, woken);
	return woken;
}
