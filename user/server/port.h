/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVER_PORT_H
#define SERVER_PORT_H
/*
 * What the logic of a server asks of the world: answers to calls, bytes of
 * clients, notices to those who poll, time, memory.
 *
 * Logic makes no system call of its own.  port.c has these for Curfew; unit
 * tests on the host have their own, with clients that die at any moment.
 *
 * A call that was received and is not answered yet is named by its token.  Its
 * client may be gone at any time: then everything with that token fails, and
 * the logic forgets it.
 */
#include <curfew/message.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Answers with a result, and bytes for the client's buffer.  False: the client is gone and nothing was delivered, so what
 * the answer brings must not be lost. */
bool port_answer(uint64_t token, int64_t result, const void *bytes, size_t length);

/* For a loop: curfew_reply_receive() failed with `error`, in either half.  True: nobody got the answer, its client is gone or has
 * been told -ENOMEM. */
bool port_undelivered(uint64_t token, int error);

/* Bytes of what the client sends, from offset on.  Exactly length, or -errno: the client is gone, and its call is over. */
ssize_t port_read(uint64_t token, size_t offset, void *buffer, size_t length);

/* Bytes into the room that the client has.  The same results. */
ssize_t port_write(uint64_t token, size_t offset, const void *buffer, size_t length);

/* 0: it waits; 1: it should be answered soon, for a signal is pending; < 0: gone. */
int port_status(uint64_t token);

/* A new session with a label of the server's own: a handle, or -errno. */
int port_session(uint64_t label);

/* Whether a handle is an event's, to signal it: a client may pass what it likes, and what it passes must not be kept for it. */
bool port_is_event(int handle);

/* Sets bits of a client's event. */
void port_signal(int event, uint32_t bits);

void port_close(int handle);

/* ns since boot, and since 1970. */
uint64_t port_now(void);
uint64_t port_time(void);

/* Memory that is never given back; NULL: there is none. */
void *port_memory(size_t size);

/* The errors of operations that neither a pipe nor a terminal has (<curfew/file.h>). */
int64_t port_refuse(uint64_t operation);

#endif
