/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Not a test of Curfew: a test program that reports wrongly, in the way that its argument says
 * (tests/test_harness.py): it dies early, reports twice, too little, nonsense, or noise on the console only.
 */
#include <curfew/abi.h>
#include <curfew/syscall.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static volatile uintptr_t nowhere = 8;

static void report(const char *text)
{
	curfew_syscall(SYS_report, text, strlen(text));
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	report("ok first\n");
	if (!strcmp(how, "early"))
		return 0;
	if (!strcmp(how, "crash"))
		*(volatile int *)nowhere = 1;
	if (!strcmp(how, "twice"))
		report("not ok first: it has second thoughts\n");
	if (!strcmp(how, "nonsense"))
		report("k second\n");
	if (!strcmp(how, "console"))
		printf("ok second\ndone 2\n");
	else if (strcmp(how, "few"))
		report("ok second\n");
	report("done 2\n");
	return !strcmp(how, "status") ? 9 : 0;
}
