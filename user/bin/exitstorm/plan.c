/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plans: how a process of the storm shall end.
 *
 * A process has some threads, and up to three enders among them: threads
 * which, after a random delay, end the whole process, each in its way, while
 * the others go on.  The worker may send a signal from outside at the same
 * time.  Whichever comes first decides the wait status; so the statuses
 * allowed are those of all enders and of the outside signal.  A process with
 * neither ends when its last thread does, with status 0.
 */
#include "storm.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const int kill_signals[] = { SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM };

static int random_signal(struct random *random)
{
	return kill_signals[random_below(random, sizeof(kill_signals) / sizeof(kill_signals[0]))];
}

static void make_ender(struct ender *ender, const struct plan *plan, struct random *random)
{
	ender->who = random_below(random, plan->threads + 1);
	ender->action = (enum action)random_below(random, ACTION_COUNT);
	switch (ender->action) {
	case ACTION_EXIT:
	case ACTION_EXIT_LIB:
	case ACTION_EXEC:
		ender->value = (int)random_below(random, 64);
		break;
	case ACTION_KILL:
		ender->value = random_signal(random);
		break;
	case ACTION_FAULT:
		ender->value = (int)random_below(random, FAULTS);
		break;
	default:
		ender->value = 0;
	}
}

void plan_make(struct plan *plan, uint64_t seed, bool orphan)
{
	struct random random = random_stream(seed, 0);

	*plan = (struct plan){ .seed = seed };
	plan->threads = random_below(&random, MAX_THREADS + 1);
	plan->enders = random_below(&random, MAX_ENDERS + 1);
	if (orphan && plan->enders == 0)
		plan->enders = 1;
	for (unsigned i = 0; i < plan->enders; i++)
		make_ender(&plan->ender[i], plan, &random);
	if (!orphan && random_one_in(&random, 3)) {
		plan->outside = random_signal(&random);
		plan->group = random_one_in(&random, 2);
	}
	if (!orphan && random_one_in(&random, 4))
		plan->orphans = 1 + random_below(&random, 3);
	plan->main_leaves = plan->threads > 0 && random_one_in(&random, 3);
	for (unsigned i = 0; i < plan->enders; i++) {
		if (plan->ender[i].who == MAIN_THREAD)
			plan->main_leaves = false;
	}
}

/* The wait status that an ender leads to. */
static int ender_status(const struct ender *ender)
{
	switch (ender->action) {
	case ACTION_KILL:
		return ender->value;
	case ACTION_ABORT:
		return SIGABRT;
	case ACTION_FAULT:
		return fault_signal((unsigned)ender->value);
	default:
		return ender->value << 8;
	}
}

bool plan_allows(const struct plan *plan, int status)
{
	if (WIFSIGNALED(status))
		status = WTERMSIG(status);
	if (plan->enders == 0 && plan->outside == 0)
		return status == 0;
	if (plan->outside != 0 && status == plan->outside)
		return true;
	for (unsigned i = 0; i < plan->enders; i++) {
		if (ender_status(&plan->ender[i]) == status)
			return true;
	}
	return false;
}

void plan_print(const struct plan *plan, char *text, size_t size)
{
	static const char *const names[] = { "exit", "exit()", "exec", "kill", "abort", "fault" };
	int n = snprintf(text, size, "%u threads", plan->threads);

	for (unsigned i = 0; i < plan->enders && (size_t)n < size; i++)
		n += snprintf(text + n, size - (size_t)n, ", thread %u %s %d", plan->ender[i].who,
			names[plan->ender[i].action], plan->ender[i].value);
	if ((size_t)n < size && plan->outside)
		n += snprintf(text + n, size - (size_t)n, ", signal %d from outside%s", plan->outside,
			plan->group ? " to the group" : "");
	if ((size_t)n < size && plan->orphans)
		n += snprintf(text + n, size - (size_t)n, ", %u orphans", plan->orphans);
	if ((size_t)n < size && plan->main_leaves)
		snprintf(text + n, size - (size_t)n, ", first thread leaves");
}
