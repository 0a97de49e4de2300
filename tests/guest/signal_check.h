/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGNAL_CHECK_H
#define SIGNAL_CHECK_H
/*
 * What the tests of signals share: a handler that counts, masks, and children that send when this process sleeps.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>

#include "check.h"

#define BIT(n) (1ul << (n))
#define SECOND 1000000000ull

static volatile sig_atomic_t count, last, order[8] __attribute__((unused));
static uint32_t *words __attribute__((unused)); /* shared with children */

static inline void counts(int number)
{
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	last = number;
}

static inline void set(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	NEED(sigaction(number, &action, NULL) == 0);
}

static inline void set_info(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	NEED(sigaction(number, &action, NULL) == 0);
}

static inline sigset_t blocked(void)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return mask;
}

static inline void block(int number)
{
	sigset_t mask = BIT(number);

	NEED(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
}

static inline void unblock(int number)
{
	sigset_t mask = BIT(number);

	NEED(sigprocmask(SIG_UNBLOCK, &mask, NULL) == 0);
}

static inline uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	sys(SYS_futex_wake, word, 1000);
}

static inline void until(uint32_t *word, uint32_t value)
{
	uint32_t now;

	while ((now = load(word)) != value)
		sys(SYS_futex_wait, word, now, CURFEW_FOREVER);
}

/* Until a process, all of its threads, sleeps. */
static inline void until_sleeps(pid_t pid)
{
	struct curfew_procinfo info;

	do {
		sys(SYS_yield);
		NEED(sys(SYS_procinfo, pid, &info) == pid);
	} while (info.state != CURFEW_STATE_SLEEPING);
}

/* Sends a signal to this process as soon as it sleeps; the sender's status is checked by reap(). */
static inline pid_t send_when_asleep(int number)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0) {
		until_sleeps(self);
		CHECK_EQ(sys(SYS_kill, self, number), 0);
		_exit(0);
	}
	return pid;
}

/* A wait that signals do not end. */
static inline int reap(pid_t pid)
{
	int status;
	pid_t got;

	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	return got == pid ? status : -1;
}

#endif
