/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_INIT_H
#define CURFEW_INIT_H
/*
 * The supervisor.  It starts servers and the shell, each with the handles that
 * its line in the boot table (table.c) says and no others, connects clients to
 * servers, and starts a server that died again.
 *
 * It has one thread, and never waits for anyone: what it does at a message, an
 * event or a time is done before it receives again.  So a server that hangs or
 * dies cannot stop it, and nothing here needs a lock.  What it has to say goes
 * to the kernel's log: the console is a server that it supervises.
 */
#include <curfew/abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define GRANTS_MAX 4

/* A handle that a program starts with. */
struct grant {
	int number;      /* CURFEW_HANDLE_*: as which it gets it */
	int from;        /* init's own; ONE_OF_ITS_OWN: what init made for this service as that number */
	uint32_t rights;
};
#define ONE_OF_ITS_OWN (-1)

struct service {
	/* The boot table says: */
	const char *name;     /* that clients connect to */
	const char *path;     /* of its program in the initrd */
	const char *argument; /* passed to it if the boot arguments have this word, or NULL */
	uint64_t durable;     /* bytes of the memory object that outlives it, 0: none */
	struct grant grants[GRANTS_MAX]; /* up to one with rights 0 */

	/* Handles of init: */
	int channel; /* with the right MANAGE: dies with the process that receives from it; -1 before the first */
	int state;   /* the durable object */

	pid_t pid;          /* 0: not running */
	bool ready;         /* said so */
	uint32_t restarts;
	uint32_t failures;  /* processes in a row that were never ready */
	uint64_t next;      /* not started again before, ns since boot */
};

/* table.c: ends with one without a name. */
extern struct service services[];

/* service.c */

/* Makes what services have beside their processes, and starts them all. */
void services_start(void);
/* By name; NULL: no such service. */
struct service *service_find(const char *name, size_t length);
/* A new session to its present process: a handle, or -errno.  -EINPROGRESS: that one ends, and there will be another when it has.
 * -EAGAIN: there is none, it died too often. */
int service_session(struct service *service);
/* A process has ended: if it is a service's, that is started again. */
void service_ended(pid_t pid, int status);
/* What time has come for.  Returns when it should be called again, CURFEW_FOREVER: at no time. */
uint64_t services_tick(void);

/* clients.c: what is asked on names_session. */
struct curfew_received;
#define CLIENT (CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE | CURFEW_RIGHT_TRANSFER) /* to a session */

/* A message, whose bytes those are. */
void clients_serve(const struct curfew_received *message, const char *bytes);
/* A CANCELLED notice: clients that wait for a service may have gone. */
void clients_cancelled(void);
/* Services were started: those that wait for them are connected. */
void clients_connect(void);

/* main.c: init's own */
extern int channel;

/* program.c */

/* In a new process, which gets an exit status of 127 if this fails: becomes a program of the initrd. */
void program_become(const char *path, char *const argv[], char *const envp[]) __attribute__((noreturn));
/* In a new process: the handle of this number is kept by exec, if there is one. */
void program_give_if_any(int number);
/* In a new process: what `from` names also as `number`, to be kept by exec. */
void program_give(int from, uint32_t rights, int number);
/* The session on which every process asks the supervisor. */
extern int names_session;

/* init's handles are closed by exec, but for those given. */
void keep_from_exec(int handle);

/* A line for the kernel's log. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether the kernel was given this boot argument. */
bool boot_word(const char *word);

#endif
