/* SPDX-License-Identifier: BSD-2-Clause */
/* sleep SECONDS...: waits for the sum of its arguments; fractions are welcome. */
#include <time.h>

#include "util.h"

int main(int argc, char **argv)
{
	double seconds = 0;
	struct timespec left;

	for (int i = 1; i < argc; i++) {
		char *end;
		double value = strtod(argv[i], &end);

		if (end == argv[i] || *end != '\0' || !(value >= 0 && value < 1e9))
			return usage("sleep SECONDS...");
		seconds += value;
	}
	if (argc == 1)
		return usage("sleep SECONDS...");
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) < 0) {
		if (errno != EINTR)
			return fail("sleep", "nanosleep");
	}
	return 0;
}
