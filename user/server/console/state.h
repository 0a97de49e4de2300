/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONSOLE_STATE_H
#define CONSOLE_STATE_H
/*
 * The terminal, as console.c and calls.c share it.
 */
#include "console.h"
#include "ldisc.h"
#include "pollers.h"
#include "waiting.h"

#define LATER INT64_MIN /* a result: the call was answered, or waits, or is gone */

enum { WRITE, DRAIN, SET, SET_FLUSH }; /* waiting.kind, in the list `output` */

struct console {
	struct ldisc line;
	int32_t group;               /* that gets the signals; 0: nobody */
	struct waiting_list readers;
	struct waiting_list output;
	struct pollers pollers;
};
extern struct console console;

/* Results: bytes, -errno or LATER.  `call` has token, label and length. */
int64_t console_read(const struct waiting *call, bool nonblocking);
int64_t console_write(const struct waiting *call, const uint8_t *bytes, size_t copied, bool nonblocking);

/* POLL* that are true. */
unsigned console_ready(void);

#endif
