/* SPDX-License-Identifier: BSD-2-Clause */
/* seq [FIRST [STEP]] LAST: whole numbers, one a line. */
#include "util.h"

int main(int argc, char **argv)
{
	long first = 1, step = 1, last;
	bool good = argc >= 2 && argc <= 4 && parse_number(argv[argc - 1], INT32_MIN, INT32_MAX, &last);

	if (good && argc > 2)
		good = parse_number(argv[1], INT32_MIN, INT32_MAX, &first);
	if (good && argc > 3)
		good = parse_number(argv[2], INT32_MIN, INT32_MAX, &step) && step != 0;
	if (!good)
		return usage("seq [FIRST [STEP]] LAST");
	for (long n = first; step > 0 ? n <= last : n >= last; n += step)
		printf("%ld\n", n);
	return finish("seq", 0);
}
