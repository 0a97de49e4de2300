/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ps: every process, one a line, by process number.
 *
 * RSS and TABLES are in KiB: pages resident, and page-table pages.  TIME is
 * user and system time together, in seconds; CPU is where the process ran last;
 * HANDLES are those it has.
 */
#include <curfew/sys.h>

#include "util.h"

int main(int argc, char **argv)
{
	static const char *const states[] = { "run", "ready", "sleep", "zombie" };
	struct curfew_procinfo info;
	int pid = 0;

	(void)argv;
	if (argc > 1)
		return usage("ps");
	puts("  PID  PPID  PGID THREADS STATE  CPU    RSS TABLES HANDLES     TIME NAME");
	while (!ferror(stdout) && (pid = curfew_procinfo(pid, &info)) >= 0) {
		uint64_t ms = (info.user_ns + info.system_ns) / 1000000;

		printf("%5d %5d %5d %7u %-6s %3u %6llu %6llu %7u %4llu.%03llu %.*s\n", info.pid, info.ppid, info.pgid,
			info.threads, info.state < 4 ? states[info.state] : "?", info.cpu,
			(unsigned long long)info.resident * 4, (unsigned long long)info.tables * 4, info.handles,
			(unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000), CURFEW_NAME_MAX, info.name);
		pid = info.pid + 1;
	}
	return finish("ps", ferror(stdout) || errno == ESRCH ? 0 : fail("ps", "procinfo"));
}
