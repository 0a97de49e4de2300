/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pinned N: forks N children one after the other, all on one CPU, each of which writes to a page and exits.  Prints what the kernel
 * counted meanwhile.
 */
#include <curfew/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int word;

static uint64_t counter(const char *name)
{
	static struct curfew_kstat counters[128];
	int n = curfew_kstat(counters, 128, 0);

	for (int i = 0; i < n && i < 128; i++)
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].value;
	exit(3);
}

static void fork_one(int i)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		word = i;
		_exit(i & 0x7f);
	}
	if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != (i & 0x7f))
		exit(1);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	uint64_t broadcasts, purges;

	if (curfew_set_affinity(0, 1) != 0)
		return 2;
	fork_one(0); /* its flush may have to reach the CPU that this process came from */
	broadcasts = counter("tlbi.broadcast");
	purges = counter("purge.calls");
	for (int i = 0; i < n; i++)
		fork_one(i);
	broadcasts = counter("tlbi.broadcast") - broadcasts;
	purges = counter("purge.calls") - purges;
	printf("broadcasts %lu purges %lu\n", broadcasts, purges);
	return 0;
}
