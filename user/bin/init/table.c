/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot table: every server of the system, and what each is given.  Beside
 * that all have CHANNEL and NAMES, and nothing else.
 *
 * A new driver is a line here: its registers and interrupts are handles that
 * the kernel gave to init (<curfew/abi.h>).
 */
#include "init.h"

#define READ  CURFEW_RIGHT_READ
#define WRITE CURFEW_RIGHT_WRITE
#define MAP   CURFEW_RIGHT_MAP

struct service services[] = {
	{
		.name = "console",
		.path = "server/console",
		.argument = "noecho",
		.grants = {
			{ CURFEW_HANDLE_DEVICE, CURFEW_HANDLE_DEVICE, READ | WRITE | MAP },
			{ CURFEW_HANDLE_IRQ, CURFEW_HANDLE_IRQ, CURFEW_RIGHT_RECEIVE },
		},
	},
	{
		/* It hands parts of both objects on, to programs that map files. */
		.name = "files",
		.path = "server/files",
		.durable = 257ull << 30,
		.grants = {
			{ CURFEW_HANDLE_STATE, ONE_OF_ITS_OWN, CURFEW_RIGHT_ALL },
			{ CURFEW_HANDLE_INITRD, CURFEW_HANDLE_INITRD,
				READ | MAP | CURFEW_RIGHT_EXECUTE | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER },
		},
	},
	{
		.name = "pipe",
		.path = "server/pipe",
	},
	{ .name = NULL },
};
