/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_MESSAGE_H
#define KERNEL_MESSAGE_H
/*
 * Messages: what happens to a call between its client and a server (channel.h has the structures).
 *
 *              send             receive            reply
 *   client   NONE -> QUEUED ------> TAKEN ---------> DONE
 *                      |              |  signal: the server is told, once
 *                      +--------------+-- kill, deadline: out of its list, and the server is told if it was taken;
 *                                         while somebody copies (`busy`) it waits for that, a page at most
 *   server   NONE -> RECEIVING -> RECEIVED (a sender or an event filled its registers) or RETRY (it looks itself)
 *
 * Who sleeps here keeps nothing on its kernel stack: it goes on in message_resumed(), and what it is to return is in
 * its saved registers already, or is found anew.  So whoever wakes it can answer for it, and the way to it is short.
 */
#include <stdbool.h>
#include <stdint.h>
#include "kernel/channel.h"

struct trapframe;

/* On an empty kernel stack, after any wake-up of a thread that slept here: interrupts and preemption on.  Comes back when
 * its registers are what it returns to EL0 with. */
void message_resumed(void);

/* The thread leaves for good: no channel counts on it any more.  No lock. */
void message_leave(struct thread *t);

/* --- the channel's lock is held --- */

/* The first server that waits is told to look for itself (or had its registers filled by the caller, who sets its state after), and
 * is returned: to be woken.  NULL: none waits. */
struct thread *message_next_server(struct channel *c);
/* Calls that came the short way go where all others are: before anything is done with calls that were received. */
void message_settle(struct channel *c);
/* A client that is in no list any more: its call ends with x0 = result, and it is woken. */
void message_finish(struct thread *t, int64_t value);

/* channel.c: a call of s has ended, or its last handle: tells the channel if that was all; *server is to be woken, or
 * NULL.  True: the channel is dead, and the caller frees s, without the lock. */
bool session_ended(struct session *s, struct thread **server);
void session_free(struct session *s);

/* --- none --- */

/*
 * The short way, from the vector: interrupts masked.  For words alone, when the other side waits and nothing else is to be done.
 * Returns if it cannot; else the other thread goes on, and this one is asleep, or has its answer when it comes back.
 */
void message_fast_send(struct trapframe *f);
void message_fast_reply_receive(struct trapframe *f);
void message_fast_receive(struct trapframe *f);
/* True: this thread has its result, and no work. */
bool message_fast_reply(struct trapframe *f);

#endif
