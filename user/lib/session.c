/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions to servers (session.h): asking, connecting, and the numbers of
 * handles.
 */
#include "session.h"

#include <string.h>
#include <sys/stat.h>

#include "thread.h"

long __curfew_send_surely(int session, struct curfew_call *call)
{
	uint64_t words[CURFEW_MESSAGE_WORDS]; /* an error leaves them unspecified */
	long error;

	memcpy(words, call->word, sizeof(words));
	while ((error = __curfew_send(session, call)) == -EINTR)
		memcpy(call->word, words, sizeof(words));
	return error;
}

/* A file never makes anyone wait, so nobody expects EINTR of one. */
static bool is_file(int session)
{
	struct curfew_stat status;
	struct curfew_call call = CALL(CURFEW_FILE_STAT);

	call.in = &status;
	call.in_size = sizeof(status);
	return __curfew_send_surely(session, &call) == 0 && call.word[0] == 0 && S_ISREG(status.mode);
}

/*
 * A signal ends a call with -EINTR before the server took it, or has the server answer so.  No handler without SA_RESTART
 * ran: the call is made again.  It is a count, not a flag: calls that the handler makes leave it as it is.
 */
long __curfew_send_waiting(int session, struct curfew_call *call)
{
	uint64_t operation = call->word[0], a = call->word[1], b = call->word[2]; /* it has no others */
	uint32_t before = interruptions();

	for (;;) {
		long error = __curfew_send(session, call);

		if (error != -EINTR && (error != 0 || (long)call->word[0] != -EINTR))
			return error;
		if (interruptions() != before && (error == 0 || !is_file(session)))
			return error;
		memset(call->word, 0, sizeof(call->word));
		call->word[0] = operation;
		call->word[1] = a;
		call->word[2] = b;
	}
}

long __curfew_ask(int fd, uint64_t operation, uint64_t a, uint64_t b)
{
	struct curfew_call call;

	call_prepare(&call, operation, a, b);
	return fd_call(fd, &call);
}

long __curfew_came(struct curfew_call *call)
{
	for (uint32_t i = 1; i < call->came && i < CURFEW_MESSAGE_HANDLES; i++)
		curfew_syscall(SYS_handle_close, call->handle[i].handle);
	return call->came > 0 ? (long)call->handle[0].handle : -ENOTSUP;
}

long __curfew_descriptor(long handle)
{
	if (handle < 0)
		return handle;
	if (handle >= CURFEW_HANDLE_FD0 && handle < CURFEW_HANDLE_FD0 + OPEN_MAX)
		return handle - CURFEW_HANDLE_FD0;
	curfew_syscall(SYS_handle_close, handle);
	return -EMFILE;
}

/* A session to a service is in call->handle[0].  Returns it. */
static long connect_to(const char *service, struct curfew_call *call)
{
	long error;

	call->out = service;
	call->out_length = strlen(service);
	error = __curfew_send_surely(CURFEW_HANDLE_NAMES, call);
	if (error < 0)
		return error;
	return (long)call->word[0] < 0 ? (long)call->word[0] : __curfew_came(call);
}

long __curfew_connect(const char *service, uint32_t take)
{
	struct curfew_call call = CALL(CURFEW_NAMES_CONNECT);

	call.pass = take;
	return connect_to(service, &call);
}

/* Makes the reserved handle a new session to the service. */
static long connect_reserved(int reserved, const char *service)
{
	struct curfew_call call = CALL(CURFEW_NAMES_CONNECT);
	long handle = connect_to(service, &call), result;

	if (handle < 0)
		return handle;
	result = curfew_syscall(SYS_handle_place, handle, call.handle[0].rights, reserved, 0);
	curfew_syscall(SYS_handle_close, handle);
	return result;
}

long __curfew_service_call(int reserved, const char *service, struct curfew_call *call)
{
	uint64_t words[CURFEW_MESSAGE_WORDS]; /* an error leaves them unspecified */
	long error;

	memcpy(words, call->word, sizeof(words));
	error = __curfew_send_surely(reserved, call);
	if (error == -ECONNRESET || error == -EBADF || error == -EPERM) {
		if (connect_reserved(reserved, service) < 0)
			return -ECONNRESET;
		memcpy(call->word, words, sizeof(words));
		error = __curfew_send_surely(reserved, call);
	}
	return error < 0 ? error : (long)call->word[0];
}

/* Numbers from the top that are in use.  Threads agree by it; each process has its own handles, so a child of
 * vfork() that dies with one costs its parent no more than that number. */
static uint64_t hidden;

#define HIDDEN_FIRST (CURFEW_HANDLES_MAX - 64)

/* The thread's own record first: a handler in between that forks then closes what is closed already, or was never there.
 * Release: pairs with the acquire in __curfew_hide(): who takes the number next does so after the close. */
static void give_number(int bit)
{
	__atomic_fetch_and(&thread_self()->hidden, ~(1ull << bit), __ATOMIC_RELAXED);
	__atomic_fetch_and(&hidden, ~(1ull << bit), __ATOMIC_RELEASE);
}

int __curfew_hide(int handle, uint32_t rights)
{
	uint64_t used = __atomic_load_n(&hidden, __ATOMIC_RELAXED);
	int bit, result;

	do {
		if (used == UINT64_MAX)
			return handle;
		bit = __builtin_ctzll(~used);
	} while (!__atomic_compare_exchange_n(
		&hidden, &used, used | 1ull << bit, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	__atomic_fetch_or(&thread_self()->hidden, 1ull << bit, __ATOMIC_RELAXED);
	result = (int)curfew_syscall(SYS_handle_place, handle, rights, HIDDEN_FIRST + bit, CURFEW_HANDLE_CLOEXEC);
	if (result < 0) {
		give_number(bit);
		return handle;
	}
	curfew_syscall(SYS_handle_close, handle);
	return HIDDEN_FIRST + bit;
}

void __curfew_hidden_close(int handle)
{
	curfew_syscall(SYS_handle_close, handle);
	if (handle >= HIDDEN_FIRST)
		give_number(handle - HIDDEN_FIRST);
}

void __curfew_hidden_fork(void)
{
	uint64_t own = thread_self()->hidden;

	for (uint64_t gone = hidden & ~own; gone != 0; gone &= gone - 1)
		curfew_syscall(SYS_handle_close, HIDDEN_FIRST + __builtin_ctzll(gone));
	hidden &= own;
}
