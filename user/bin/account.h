/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_BIN_ACCOUNT_H
#define CURFEW_BIN_ACCOUNT_H
/*
 * The books of a stress program: is everything back where it began?
 *
 * A program that makes and ends many processes takes one reading before the
 * first and one after all were waited for, and compares.  Free pages, live
 * threads and live processes must be equal.  Live ASIDs must be equal too, as
 * long as they have never rolled over.  After a rollover a process holds none
 * until it runs again, which it may do between the readings: then they must
 * only be no more than the live processes.
 *
 * Something else may end meanwhile, and take its threads, its pages and its
 * ASID along: only if there are fewer threads or processes than before may
 * more be free than before.  Else it is an error too: something was given
 * back twice.
 *
 * Exactness is the caller's duty too: it must not come to own another page
 * between the readings.  account_prepare() touches stack and standard output
 * for that, everything here is static, and the caller does one small round of
 * its work before the first reading.  Something else that begins or grows at
 * the same time spoils the books; what ends hides as much as it gave back.
 *
 * What ends without anyone waiting for it (orphans, and the kernel stack of a
 * thread still on its way off its CPU) may need a moment: account_settle()
 * gives it one, and says how long it took.
 */
#include <curfew/sys.h>
#include <time.h>

#include "util.h"

#define ACCOUNT_COUNTERS 128
#define ACCOUNT_STACK    (32 * 1024)

struct account {
	uint64_t free_pages, threads, processes, asids, rollovers;
};

static struct curfew_kstat account_counters[ACCOUNT_COUNTERS];
static char account_output[4096];

/* Touches what the readings and the messages will need.  Call it first of all, before anything is printed. */
static __attribute__((noinline)) void account_prepare(void)
{
	volatile char stack[ACCOUNT_STACK];

	for (size_t i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 1;
	memset(account_counters, 1, sizeof(account_counters));
	memset(account_output, 1, sizeof(account_output));
	setvbuf(stdout, account_output, _IOLBF, sizeof(account_output));
}

/* The value of a counter in the last reading.  A name that the kernel does not know ends the program. */
static inline uint64_t account_value(int count, const char *name)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(account_counters[i].name, name) == 0)
			return account_counters[i].value;
	}
	fprintf(stderr, "account: the kernel has no counter %s\n", name);
	exit(1);
}

/* Takes a reading, after the kernel gave its cached pages back. */
static inline void account_take(struct account *account)
{
	int count = curfew_kstat(account_counters, ACCOUNT_COUNTERS, CURFEW_KSTAT_TRIM);

	if (count < 0 || count > ACCOUNT_COUNTERS) {
		fprintf(stderr, "account: kstat returned %d\n", count);
		exit(1);
	}
	account->free_pages = account_value(count, "page.free");
	account->threads = account_value(count, "thread.live");
	account->processes = account_value(count, "process.live");
	account->asids = account_value(count, "asid.live");
	account->rollovers = account_value(count, "asid.rollover");
}

/* Whether something that was there before the first reading is gone. */
static inline bool account_others_ended(const struct account *begin, const struct account *end)
{
	return end->threads < begin->threads || end->processes < begin->processes;
}

static inline bool account_asids_match(const struct account *begin, const struct account *end)
{
	if (end->rollovers == 0)
		return end->asids == begin->asids || (end->asids < begin->asids && account_others_ended(begin, end));
	return end->asids <= end->processes;
}

static inline bool account_pages_match(const struct account *begin, const struct account *end)
{
	return end->free_pages == begin->free_pages || (end->free_pages > begin->free_pages && account_others_ended(begin, end));
}

static inline bool account_matches(const struct account *begin, const struct account *end)
{
	return account_pages_match(begin, end) && end->threads <= begin->threads && end->processes <= begin->processes &&
	       account_asids_match(begin, end);
}

/* Reads until the books match, for at most `limit_ms`.  Returns the milliseconds it took, or -1. */
static inline int account_settle(const struct account *begin, struct account *end, int limit_ms)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int ms = 0;; ms++) {
		account_take(end);
		if (account_matches(begin, end))
			return ms;
		if (ms >= limit_ms)
			return -1;
		nanosleep(&moment, NULL);
	}
}

static inline void account_line(const char *program, bool matches, const char *what, uint64_t begin, uint64_t end)
{
	if (!matches)
		fprintf(stderr, "%s: LOST: %s was %llu, is %llu (%+lld)\n", program, what, (unsigned long long)begin,
			(unsigned long long)end, (long long)(end - begin));
}

/* Closes the books: waits up to `limit_ms` for them to match, and says on standard error what is missing.
 * Returns the milliseconds it took, or -1 if something is lost. */
static inline int account_close(const char *program, const struct account *begin, int limit_ms)
{
	struct account end;
	int ms = account_settle(begin, &end, limit_ms);

	if (ms >= 0)
		return ms;
	account_line(program, account_pages_match(begin, &end), "page.free", begin->free_pages, end.free_pages);
	account_line(program, end.threads <= begin->threads, "thread.live", begin->threads, end.threads);
	account_line(program, end.processes <= begin->processes, "process.live", begin->processes, end.processes);
	account_line(program, account_asids_match(begin, &end), "asid.live", begin->asids, end.asids);
	return -1;
}

#endif
