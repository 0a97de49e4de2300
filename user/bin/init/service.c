/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services: their processes, and sessions to them.
 *
 * A service's channel is the measure of its life: only its process may receive
 * from it, so it dies with that, before the process can be waited for.  Clients
 * may be connected as soon as there is a channel: what they ask waits there
 * until the process receives.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define TRIES 4                /* failures before there is a pause between */
#define PAUSE 1000000000ull    /* ns */

/* In the new process. */
static void become(const struct service *service, int channel)
{
	char *argv[] = { (char *)service->name, NULL, NULL }, *const envp[] = { NULL };

	setpgid(0, 0); /* no signal to a group of programs, and none to init's, reaches a server */
	program_give(names_session, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE, CURFEW_HANDLE_NAMES);
	program_give(channel, CURFEW_RIGHT_RECEIVE | CURFEW_RIGHT_MANAGE, CURFEW_HANDLE_CHANNEL);
	for (const struct grant *g = service->grants; g < service->grants + GRANTS_MAX && g->rights; g++)
		program_give(g->from == ONE_OF_ITS_OWN ? service->state : g->from, g->rights, g->number);
	if (service->argument != NULL && boot_word(service->argument))
		argv[1] = (char *)service->argument;
	program_become(service->path, argv, envp);
}

/* The new process, or -1.  Its channel is service->channel, whatever comes of the process. */
static pid_t start_process(struct service *service)
{
	int channel = curfew_channel_create();
	pid_t pid;

	if (channel < 0)
		return -1;
	curfew_handle_close(service->channel);
	service->channel = curfew_handle_dup(channel, CURFEW_RIGHT_MANAGE, CURFEW_HANDLE_FIRST, CURFEW_HANDLE_CLOEXEC);
	keep_from_exec(channel);
	pid = service->channel < 0 ? -1 : fork();
	if (pid == 0)
		become(service, channel);
	curfew_handle_close(channel); /* now it is that process's alone */
	if (pid > 0 && curfew_system_ctl(CURFEW_HANDLE_SYSTEM, CURFEW_SYSTEM_SPARE, pid) != 0 && errno != ESRCH)
		say("init: %s may die for want of memory: %s\n", service->name, strerror(errno));
	return pid;
}

/* Starts a service whose process is gone.  False: it is too early for that. */
static bool start(struct service *service)
{
	if (!service->ready && service->failures++ >= TRIES) {
		if (curfew_now() < service->next)
			return false;
		service->next = curfew_now() + PAUSE;
	}
	service->ready = false;
	service->pid = start_process(service);
	if (service->pid < 0) {
		say("init: %s could not be started: %s\n", service->name, strerror(errno));
		service->pid = 0;
	}
	return true;
}

void services_start(void)
{
	for (struct service *s = services; s->name != NULL; s++) {
		s->channel = -1;
		if (s->durable) {
			s->state = curfew_vmo_create(s->durable, CURFEW_VMO_PAGES);
			if (s->state < 0)
				say("init: no memory object for %s\n", s->name);
			else
				keep_from_exec(s->state);
		}
		start(s);
	}
}

struct service *service_find(const char *name, size_t length)
{
	for (struct service *s = services; s->name != NULL; s++)
		if (strlen(s->name) == length && memcmp(s->name, name, length) == 0)
			return s;
	return NULL;
}

static void restart(struct service *service)
{
	if (start(service))
		service->restarts++;
}

/* Killed, or exiting: it may take a moment until it has closed its channel, and can be waited for. */
static bool is_ending(pid_t pid)
{
	struct curfew_procinfo info;

	return curfew_procinfo(pid, &info) != pid || info.ending;
}

int service_session(struct service *service)
{
	static uint64_t sessions;
	int session;

	if (service->pid == 0)
		return -EAGAIN;
	if (is_ending(service->pid))
		return -EINPROGRESS;
	session = curfew_session_create(service->channel, CURFEW_LABEL_SUPERVISOR | ++sessions);
	if (session < 0 && errno == ECONNRESET) { /* it lives, and has closed its channel: of no use any more */
		kill(service->pid, SIGKILL);
		return -EINPROGRESS;
	}
	if (session < 0)
		return -errno;
	keep_from_exec(session);
	return session;
}

void service_ended(pid_t pid, int status)
{
	for (struct service *s = services; s->name != NULL; s++) {
		if (s->pid != pid)
			continue;
		say("init: %s (pid %d) ended by %s %d\n", s->name, (int)pid, WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		s->pid = 0;
		restart(s);
	}
}

uint64_t services_tick(void)
{
	uint64_t next = CURFEW_FOREVER;

	for (struct service *s = services; s->name != NULL; s++) {
		if (s->pid == 0 && curfew_now() >= s->next)
			restart(s);
		if (s->pid == 0 && s->next < next)
			next = s->next;
	}
	return next;
}
