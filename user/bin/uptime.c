/* SPDX-License-Identifier: BSD-2-Clause */
/* uptime: how long the system has been up, and what it holds now. */
#include <curfew/sys.h>
#include <time.h>

#include "util.h"

#define COUNTERS 128

static struct curfew_kstat counters[COUNTERS];
static int count;

static unsigned long long value_of(const char *name)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].value;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct timespec now;
	unsigned long seconds;

	(void)argv;
	if (argc > 1)
		return usage("uptime");
	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return fail("uptime", "clock");
	count = curfew_kstat(counters, COUNTERS, 0);
	if (count < 0)
		return fail("uptime", "counters");
	if (count > COUNTERS)
		count = COUNTERS;
	seconds = (unsigned long)now.tv_sec;
	printf("up %lu:%02lu:%02lu.%03ld, %u CPUs, %llu processes, %llu threads, %llu of %llu KiB free\n",
		seconds / 3600, seconds / 60 % 60, seconds % 60, now.tv_nsec / 1000000, curfew_shared()->cpus,
		value_of("process.live"), value_of("thread.live"), value_of("page.free") * 4,
		value_of("page.total") * 4);
	return finish("uptime", 0);
}
