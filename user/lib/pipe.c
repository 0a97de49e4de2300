/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe() and pipe2(): both ends come from the pipe server, in one message. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "session.h"

static long make_pipe(int ends[2], int flags)
{
	struct curfew_call call = CALL(CURFEW_PIPE_CREATE, (uint64_t)(flags & O_NONBLOCK));
	long result, from, to;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	call.pass = flags & O_CLOEXEC ? CURFEW_TAKE_CLOEXEC : 0;
	result = __curfew_service_call(CURFEW_HANDLE_PIPES, SERVICE_PIPES, &call);
	if (result < 0)
		return result;
	if (call.came != 2)
		return -ECONNRESET; /* whatever that was, it is no pipe server */
	from = __curfew_descriptor(call.handle[0].handle);
	to = __curfew_descriptor(call.handle[1].handle);
	if (from < 0 || to < 0) {
		if (from >= 0)
			close((int)from);
		if (to >= 0)
			close((int)to);
		return -EMFILE;
	}
	ends[0] = (int)from;
	ends[1] = (int)to;
	return 0;
}

/* flags: O_CLOEXEC, O_NONBLOCK.  EMFILE ENFILE ENOMEM; ECONNRESET: there is no pipe server. */
int pipe2(int ends[2], int flags)
{
	return (int)curfew_result(make_pipe(ends, flags));
}

int pipe(int ends[2])
{
	return (int)curfew_result(make_pipe(ends, 0));
}
