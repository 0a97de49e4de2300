/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H
/*
 * The terminal's sessions: the operations of <curfew/file.h> on the one line discipline, and the calls that wait.
 *
 * main.c feeds it with messages, bytes from the wire and the time, and takes
 * bytes for the wire from it.  After each of them console_settle() answers
 * whoever can be answered now.
 *
 * Two lists of waiting calls, each served from its front:
 *   readers: the first gets the next line, or the bytes that VMIN and VTIME say;
 *   output:  writes that found no room, in turns, and calls that wait until all before them is out (tcdrain(), TCSADRAIN,
 *            TCSAFLUSH).
 */
#include <curfew/message.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_DEVICE 0x545459u /* st_dev */
#define CONSOLE_BYTES  4096u     /* of a message that are with it */
#define CONSOLE_TURN   4096u     /* of a write, then others have theirs */

void console_init(bool echo);

/* A message; `bytes` are the first message->copied of those that the client sends.  True: *answer is to be sent (nothing
 * is lost if its client is gone).  False: there is nothing to send. */
bool console_call(const struct curfew_received *message, const void *bytes, struct curfew_answer *answer);

/* Notices. */
void console_cancelled(uint64_t label, uint64_t token);
void console_closed(uint64_t label);

/* A byte from the wire; while console_full() none should be taken from it. */
void console_input(uint8_t byte);
bool console_full(void);

/* The next byte for the wire, or -1; whether there is one. */
int console_output(void);
bool console_more(void);

/* Serves who can be served, writes for a turn's length.  `sent`: the wire has sent all that console_output() gave.  True: there is
 * more to do, after a look at what else came. */
bool console_settle(bool sent);

/* When console_settle() is due even if nothing happens, ns since boot; CURFEW_FOREVER.  For the wire's sake, `sent` as above. */
uint64_t console_deadline(bool sent);

/* main.c's: a signal for a process group. */
void console_signal(int group, int sig);

#endif
