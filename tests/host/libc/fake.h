/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_LIBC_FAKE_H
#define HOST_LIBC_FAKE_H
/*
 * A kernel and servers for the C library on the host: handles as the kernel has them, a small tree of files in memory, a
 * terminal, a pipe server that makes sessions of a kind without operations, and the supervisor that connects them.
 *
 * Every message is checked as a server checks it: a word or bytes that the operation has not is a failed test.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <stdbool.h>

/* What a session is to. */
enum fake_kind {
	FAKE_NOTHING,
	FAKE_NAMES,
	FAKE_FILE,
	FAKE_TERMINAL,
	FAKE_PIPES,
	FAKE_PIPE,  /* reads and writes: see fake_pipe_error */
	FAKE_EVENT, /* no session */
	FAKE_MEMORY,
};

#define FAKE_ROOT 1 /* node numbers are inode numbers */

/* Everything anew: descriptors 0-2 are the terminal; the tree is /bin/prog, /bin/script, /etc/name, /dev/tty, /tmp. */
void fake_reset(void);

/* The node of a file, by its name in its directory; 0: none. */
uint64_t fake_find(uint64_t directory, const char *name);
uint32_t fake_mode(uint64_t node);

/* Kills the server of files: sessions to it are ECONNRESET from now on; the next incarnation has the same tree. */
void fake_kill_files(void);

extern int fake_error;          /* the next message fails with this, before it gets anywhere; then 0 */
extern int fake_no_files;       /* so many times nobody can connect to it */
extern int fake_signal;         /* the last raise() */
extern long fake_pipe_error;    /* what reads and writes of a pipe answer */
extern uint64_t fake_word[8];   /* the last message */
extern char fake_bytes[4096];   /* and its bytes, NUL-terminated */
extern unsigned fake_messages;  /* how many there were */
extern unsigned fake_connects;  /* to services */
extern unsigned short fake_ready; /* POLL* that are true of the terminal */
extern unsigned short fake_ready_later; /* that become true when somebody waits for an event */
extern long fake_waits;         /* times that an event was waited for */

/* What exec was called with; its result is `result`. */
extern struct fake_exec {
	unsigned calls;
	uint64_t offset, length;
	char *const *argv, *const *envp;
	const char *name;
	char last_env[2048];
	char first_argument[256];
	long result;
} fake_exec;

/* The arguments of the last mmap. */
extern struct fake_mmap {
	long protection, flags;
	uint64_t offset;
	uint32_t rights; /* of the handle */
} fake_mmap;

int fake_handles(void); /* how many are open */
uint32_t fake_handle_flags(int handle); /* UINT32_MAX: not open */

#endif
