/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock: prints the time since boot.  Under `-icount shift=0` this is the number of instructions so far.
 */
#include <curfew/sys.h>
#include <stdio.h>

int main(void)
{
	printf("ns %llu\n", (unsigned long long)curfew_now());
	return 0;
}
