/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_MESSAGE_H
#define CURFEW_MESSAGE_H
/*
 * Messages: how programs and servers talk.
 *
 * A server makes a channel, and gives out sessions of it, each with a label of
 * its choice.  A client sends on a session and sleeps until the reply.  A
 * message is eight words, and may have bytes to send, room for bytes to come
 * back, and up to four handles each way.  Bytes are copied once, straight from
 * one address space to the other.
 *
 *   client                          server
 *   curfew_send()        ------>    curfew_receive()
 *     sleeps                          curfew_message_read(), _write()  (piecewise, if at all)
 *   returns              <------    curfew_reply(), or curfew_reply_receive() for the next one, too
 *
 * What a server receives besides messages needs no memory of anyone, so it
 * cannot get lost: that the last handle to a session was closed; that a client
 * of a session died, or wants its call to end; that bits of an event were set.
 *
 * Registers, for SYS_send:
 *   x0 session   x1 counts (below)   x2 bytes to send  x3 how many
 *   x4 room for bytes  x5 how many   x6 deadline   x7 struct curfew_transfer[4], or 0   x10-x17 words
 *   back: x0 0 or -errno   x1 bytes that came   x2 handles that came   x10-x17 words
 * for SYS_receive, SYS_reply and SYS_reply_receive:
 *   x0 channel   x1 counts   x2 token to answer (not for receive)   x3 bytes to answer with  x4 how many
 *   x5 buffer for the message's bytes  x6 its size   x7 deadline   x9 struct curfew_transfer[4], or 0   x10-x17 words
 *   back: x0 CURFEW_RECEIVED_* or -errno   x1 label   x2 token   x3 bytes that the client sends   x4 room it has
 *   x5 bytes copied into the buffer already   x6 handles that came   x7 pid of the sender   x10-x17 words
 * counts: how many handles are passed (0 to 4), with CURFEW_TAKE_CLOEXEC: those that come get that flag.
 * Words and other results are unspecified after an error; nothing else changes.
 */
#include <curfew/syscall.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CURFEW_MESSAGE_WORDS   8
#define CURFEW_MESSAGE_HANDLES 4

/* A handle on its way.  To pass one: the handle, which needs the right TRANSFER, and the rights that the new one gets
 * (EPERM if they are not among those it has); with CURFEW_PASS_MOVE the own handle is closed in the step in which the message arrives,
 * and only then: however the call ends, it is in one table and not in both (while it arrives, others who use either table may find it
 * in both for a moment), nor in none.  Of one that came: its number, and its rights. */
struct curfew_transfer {
	uint32_t handle;
	uint32_t rights;
};
#define CURFEW_PASS_MOVE    0x80000000u /* in rights */
#define CURFEW_TAKE_CLOEXEC 0x100u      /* in counts */

/* What was received. */
#define CURFEW_RECEIVED_CALL      0 /* a message: answer its token */
#define CURFEW_RECEIVED_CLOSED    1 /* the last handle to the session with this label is gone, and no call is left */
#define CURFEW_RECEIVED_CANCELLED 2 /* a call on this session, received but not answered, is gone (its client was killed
				     * or its deadline came), or shall end soon (a signal): curfew_message_status()
				     * tells which.  The token is the call's; 0: there are several, ask of each */
#define CURFEW_RECEIVED_EVENT     3 /* an event with this label: word 0 has its bits, which are clear now */

/* A client's side of a message. */
struct curfew_call {
	uint64_t word[CURFEW_MESSAGE_WORDS]; /* the message; then the reply */
	const void *out;                     /* bytes to send */
	size_t out_length;
	void *in;                            /* room for the reply's bytes */
	size_t in_size;
	size_t in_length;                    /* set: how many came */
	uint64_t deadline;                   /* ns since boot, CURFEW_FOREVER: none.  0 is in the past */
	struct curfew_transfer handle[CURFEW_MESSAGE_HANDLES]; /* those to pass; then those that came */
	uint32_t pass;                       /* how many are passed; CURFEW_TAKE_CLOEXEC */
	uint32_t came;                       /* set: how many came */
};

/* A server's answer. */
struct curfew_answer {
	uint64_t token;
	uint64_t word[CURFEW_MESSAGE_WORDS];
	const void *out; /* bytes for the client's buffer, from its begin on; more than fit are left out */
	size_t out_length;
	struct curfew_transfer handle[CURFEW_MESSAGE_HANDLES];
	uint32_t pass;
};

/* What a server received. */
struct curfew_received {
	uint64_t word[CURFEW_MESSAGE_WORDS];
	uint64_t label;
	uint64_t token;      /* names this call until it is answered; never 0 for a call.  Of CANCELLED: above */
	size_t out_length;   /* bytes that the client sends */
	size_t in_size;      /* room that it has */
	size_t copied;       /* of out_length, in the buffer given already */
	pid_t pid;           /* of the sender */
	struct curfew_transfer handle[CURFEW_MESSAGE_HANDLES];
	uint32_t came;
};

/*
 * Sends and waits for the reply.  0, or -1 with errno and nothing sent, but for the last four:
 *   EBADF EPERM    the session, or a handle to pass
 *   EINVAL         counts
 *   EFAULT         a buffer: also when it goes bad only while the server uses it
 *   EMFILE ENOMEM  no room for the handles that the reply brings, which are closed
 *   ECONNRESET     the server is gone: now and for good for this session
 *   ETIMEDOUT      the server may have done what was asked, or part of it
 *   EINTR          a signal, before the server took the message.  After that the server decides (it may answer with
 *                  -EINTR in a word of its own)
 * Handles with CURFEW_PASS_MOVE are gone if the server received the message, also if the call failed after that: of these errors
 * EFAULT, EMFILE, ENOMEM, ECONNRESET and ETIMEDOUT can come before and after.
 */
int curfew_send(int session, struct curfew_call *call);

/*
 * Waits for what comes next.  `buffer` gets the first bytes of a message's, as many as fit.  `take` is CURFEW_TAKE_CLOEXEC or 0.  Returns
 * CURFEW_RECEIVED_*, or -1: EBADF EPERM EINVAL; EFAULT, ENOMEM: the own buffers, no memory: the message is still there, and its
 * client waits; EMFILE: no number for a message's handles: it ended with the same error for its client; ETIMEDOUT, EINTR.
 * Events come first; then messages in the order of their senders' priorities, and among those notices, each before the messages that
 * were sent after it.
 */
int curfew_receive(int channel, struct curfew_received *received, void *buffer, size_t size, uint32_t take,
	uint64_t deadline);

/*
 * Answers.  0, or -1: EBADF EPERM EINVAL EFAULT, nothing was done; ESRCH: the client does not wait any more, or never
 * did: nothing was done, no handle passed.  EBUSY: another thread of the server copies for this call, or answers it.
 */
int curfew_reply(int channel, const struct curfew_answer *answer);

/* Answers, and receives if that went well: one exception, and a switch straight to the client and back.  EINTR: it has
 * answered, and received nothing: go on with curfew_receive().  So for ETIMEDOUT.  EFAULT, EMFILE and ENOMEM may come from either half:
 * ESRCH of another curfew_reply() tells that it has answered. */
int curfew_reply_receive(int channel, const struct curfew_answer *answer, struct curfew_received *received,
	void *buffer, size_t size, uint32_t take, uint64_t deadline);

/* Bytes copied from what the client sends, from offset on: fewer than length only at the end.  EFAULT: buffer.  EBUSY: another
 * thread receives or answers this call.  ESRCH: the client is gone; so it is when its own memory was bad: its call ended with EFAULT. */
static inline ssize_t curfew_message_read(int channel, uint64_t token, size_t offset, void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_message_read, channel, token, offset, buffer, length));
}

/* The other way, into the room for the reply.  The client sees as bytes that came: up to the end of the last write, or of
 * the answer's bytes, whichever is more. */
static inline ssize_t curfew_message_write(int channel, uint64_t token, size_t offset, const void *buffer, size_t length)
{
	return curfew_result(curfew_syscall(SYS_message_write, channel, token, offset, buffer, length));
}

/* 0: the call waits for its answer; 1: it does, but its thread has a signal to take: answer soon; -1 with ESRCH: gone. */
static inline int curfew_message_status(int channel, uint64_t token)
{
	return (int)curfew_result(curfew_syscall(SYS_message_status, channel, token));
}

/* A channel, with all rights.  It lives while a handle with the right RECEIVE does; then every call on it fails. */
static inline int curfew_channel_create(void)
{
	return (int)curfew_result(curfew_syscall(SYS_channel_create));
}

/* A session of a channel (right MANAGE), whose messages bring `label`.  All rights.  ECONNRESET: the channel is dead. */
static inline int curfew_session_create(int channel, uint64_t label)
{
	return (int)curfew_result(curfew_syscall(SYS_session_create, channel, label));
}

/* An event: 32 bits that stay set until someone takes them: each one of those who wait for it, by priority; a server that waits in
 * the channel to which it is bound before all others. */
static inline int curfew_event_create(void)
{
	return (int)curfew_result(curfew_syscall(SYS_event_create));
}

/* Sets bits (right SEND). */
static inline int curfew_event_signal(int event, uint32_t bits)
{
	return (int)curfew_result(curfew_syscall(SYS_event_signal, event, bits));
}

/* Waits until a bit of mask is set; returns those that are in *bits, and clears them (right RECEIVE).  ETIMEDOUT EINTR. */
int curfew_event_wait(int event, uint32_t mask, uint64_t deadline, uint32_t *bits);

/* The event comes to the channel with this label whenever bits are set; -1: to none again (right RECEIVE on both). */
static inline int curfew_event_bind(int event, int channel, uint64_t label)
{
	return (int)curfew_result(curfew_syscall(SYS_event_bind, event, channel, label));
}

/* Each interrupt sets these bits of the event (SEND on it, RECEIVE on the interrupt), and is masked until irq_ack; event -1: of none
 * again.  One that is bound to none stays masked: irq_ack does nothing then. */
static inline int curfew_irq_bind(int irq, int event, uint32_t bits)
{
	return (int)curfew_result(curfew_syscall(SYS_irq_bind, irq, event, bits));
}

static inline int curfew_irq_ack(int irq)
{
	return (int)curfew_result(curfew_syscall(SYS_irq_ack, irq));
}

#ifdef __cplusplus
}
#endif
#endif
