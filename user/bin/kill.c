/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill [-SIGNAL | -s SIGNAL] PID...: ends processes; a negative PID names a process group.
 * kill -l: the signals' names.  Signal 0 only asks whether the process is there.
 */
#include "signals.h"
#include "util.h"

static int list(void)
{
	for (size_t i = 0; i < SIGNAL_NAMES; i++)
		printf("%2d %s\n", signal_names[i].number, signal_names[i].name);
	return finish("kill", 0);
}

int main(int argc, char **argv)
{
	static const char line[] = "kill [-SIGNAL | -s SIGNAL] PID... | kill -l";
	int first = 1, signal, status = 0;
	const char *which = "TERM";

	if (argc == 2 && strcmp(argv[1], "-l") == 0)
		return list();
	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		which = argv[2];
		first = 3;
	} else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
		which = argv[1] + 1;
		first = 2;
	}
	signal = signal_number(which);
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	if (first < argc && signal_stops(which)) {
		fprintf(stderr, "kill: %s: stop signals are not supported\n", which);
		return 1;
	}
	if (signal < 0 || first >= argc)
		return usage(line);
	for (int i = first; i < argc; i++) {
		long pid;

		if (!parse_number(argv[i], -0x7fffffff, 0x7fffffff, &pid))
			return usage(line);
		if (kill((pid_t)pid, signal) < 0)
			status = fail("kill", argv[i]);
	}
	return status;
}
