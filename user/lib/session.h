/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_LIB_SESSION_H
#define CURFEW_LIB_SESSION_H
/*
 * How the library asks servers (<curfew/file.h>).
 *
 * A descriptor is a handle to a session, so there is no table here: fork, exec
 * and threads find descriptors as the kernel has them.  What is behind one its
 * server knows.  Results are those of the answer, or a negative errno of the
 * kernel; errno is not touched.
 *
 * Handles of the library's own (CURFEW_HANDLE_ROOT, _PIPES) are replaced when their server has died.  Threads that do so at once
 * need no lock: each places a good session, and one in use by a call lives until that is answered.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#define SERVICE_FILES "files"
#define SERVICE_PIPES "pipe"

/* Initialises a struct curfew_call: the operation and its words. */
#define CALL(...) \
	{ \
		.word = { __VA_ARGS__ }, .deadline = CURFEW_FOREVER \
	}

/* The same for a call that is made often: its handles, and what comes back, stay as they are. */
static inline void call_prepare(struct curfew_call *call, uint64_t operation, uint64_t a, uint64_t b)
{
	call->word[0] = operation;
	call->word[1] = a;
	call->word[2] = b;
	call->word[3] = call->word[4] = call->word[5] = call->word[6] = call->word[7] = 0;
	call->out = call->in = NULL;
	call->out_length = call->in_size = 0;
	call->deadline = CURFEW_FOREVER;
	call->pass = 0;
}

/* message.c: 0, or a negative errno. */
long __curfew_send(int session, struct curfew_call *call);

/* The session of a descriptor.  -1, which is EBADF to the kernel, if it cannot be one. */
static inline int fd_session(int fd)
{
	return (unsigned)fd < OPEN_MAX ? fd + CURFEW_HANDLE_FD0 : -1;
}

/* session.c: sends again what a signal kept from being sent, so that no call fails with EINTR that POSIX does not let. */
long __curfew_send_surely(int session, struct curfew_call *call);

/* Operations that may take for ever, and which a signal ends: __curfew_send_waiting() sends them, again if the handler
 * had SA_RESTART.  -EINTR may be its result, or word 0 of the answer. */
static inline bool may_wait(uint64_t operation)
{
	return operation == CURFEW_FILE_READ || operation == CURFEW_FILE_WRITE || operation == CURFEW_TERM_SET ||
		operation == CURFEW_TERM_DRAIN;
}

long __curfew_send_waiting(int session, struct curfew_call *call);

/* Sends, with what a descriptor names. */
static inline long fd_call(int fd, struct curfew_call *call)
{
	long error = may_wait(call->word[0]) ? __curfew_send_waiting(fd_session(fd), call) :
					       __curfew_send_surely(fd_session(fd), call);

	if (error == 0)
		return (long)call->word[0];
	return error == -EPERM ? -EBADF : error; /* a handle, but to no session */
}

/* What it means here that a session has no such operation. */
static inline long unsupported(long result, int error)
{
	return result == -ENOTSUP ? -error : result;
}

/* fd_call() for an operation with no bytes. */
long __curfew_ask(int fd, uint64_t operation, uint64_t a, uint64_t b);

/* Sends on one of the library's own handles; connects it to the service, once, if it is not (any more). */
long __curfew_service_call(int reserved, const char *service, struct curfew_call *call);

/* A new session to a service; take: 0 or CURFEW_TAKE_CLOEXEC. */
long __curfew_connect(const char *service, uint32_t take);

/* The first handle that a call brought; any further are closed.  -ENOTSUP: none. */
long __curfew_came(struct curfew_call *call);

/* A handle that came, as a descriptor.  -EMFILE, and it is closed, if its number is too high for one. */
long __curfew_descriptor(long handle);

/* Gives an event or the like a number that no descriptor has, so that no dup2() closes it; it is closed by exec.
 * Where none is free it keeps its own.  __curfew_hidden_close() closes it. */
int __curfew_hide(int handle, uint32_t rights);
void __curfew_hidden_close(int handle);
/* fork(), in the child: those of threads that are not here are closed.  Not the caller's own: a handler may have called fork(), and
 * goes back to what it interrupted. */
void __curfew_hidden_fork(void);

/* Sends an operation on a path (path.h). */
long __curfew_path_call(int at, const char *path, struct curfew_call *call);

/* file.c: opens; a descriptor.  Reads; offset may be CURFEW_FILE_HERE. */
long __curfew_open(int at, const char *path, int flags, mode_t mode);
long __curfew_read(int fd, void *buffer, size_t length, uint64_t offset);
/* stat.c */
long __curfew_status(int fd, struct curfew_stat *status);
/* map.c: a handle to the memory object of a file, closed by exec.  *offset, of the file, becomes that in the object; *length,
 * wanted, becomes what the file has from there on. */
long __curfew_map_handle(int fd, int protection, uint64_t *offset, uint64_t *length);

/* dirent.c: entries of a directory, as CURFEW_FILE_READDIR: bytes, or a negative errno.  *position moves on. */
long __curfew_read_entries(int fd, uint64_t *position, void *buffer, size_t size);

/* The entry at an offset of what was read; NULL at the end, and where the server wrote nonsense.  Its name follows it. */
static inline const struct curfew_dirent *entry_at(const char *entries, long count, long offset)
{
	const struct curfew_dirent *entry = (const struct curfew_dirent *)(entries + offset);

	if (count - offset < (long)sizeof(*entry) || entry->size > count - offset || entry->length > NAME_MAX ||
		entry->size < sizeof(*entry) + entry->length)
		return NULL;
	return entry;
}

static inline const char *entry_name(const struct curfew_dirent *entry)
{
	return (const char *)(entry + 1);
}

/* Whether it is `.` or `..`. */
static inline bool entry_is_dots(const struct curfew_dirent *entry)
{
	const char *name = entry_name(entry);

	return name[0] == '.' && (entry->length == 1 || (entry->length == 2 && name[1] == '.'));
}

#endif
