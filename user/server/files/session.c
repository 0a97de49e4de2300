/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files.  The label of a session that the server makes has the index in
 * the table, and above it a generation that no other session of this server ever
 * had: finding one is one load and one comparison.
 *
 *   63  62                    16 15        0
 *   0 |       generation        |  index      the server's own
 *   1 |            the supervisor's choice    the root directory; state is made when a message first comes
 */
#include "files.h"

#include <string.h>

#include <curfew/file.h>

#define INDEX_BITS 16
_Static_assert(SESSIONS_MAX <= 1u << INDEX_BITS, "an index fits");

void session_start(struct files *files)
{
	files->session_free = 0;
	files->session_touched = 1;
	files->generation = 0;
	memset(files->supervisor, 0, sizeof(files->supervisor));
}

static struct session *take(struct files *files)
{
	struct session *session;

	if (files->session_free) {
		session = &files->session[files->session_free];
		files->session_free = session->next;
	} else {
		if (files->session_touched == SESSIONS_MAX)
			return NULL;
		session = &files->session[files->session_touched++];
	}
	*session = (struct session){ 0 };
	return session;
}

struct session *session_create(struct files *files, uint64_t label)
{
	struct session *session = take(files);

	if (session == NULL)
		return NULL;
	if (label == 0)
		label = ++files->generation << INDEX_BITS | (uint64_t)(session - files->session);
	session->label = label;
	return session;
}

/* The place of the link to a supervisor's session, or of the 0 at the list's end. */
static uint32_t *supervisor_link(struct files *files, uint64_t label)
{
	uint32_t *link = &files->supervisor[label % SUPERVISORS];

	while (*link && files->session[*link].label != label)
		link = &files->session[*link].next;
	return link;
}

static struct session *find_supervisors(struct files *files, uint64_t label)
{
	uint32_t *link = supervisor_link(files, label);
	struct session *session;

	if (*link)
		return &files->session[*link];
	session = session_create(files, label);
	if (session == NULL)
		return NULL;
	session->inode = ROOT_INODE;
	files->inode_state[ROOT_INODE].opens++;
	*link = session - files->session;
	return session;
}

struct session *session_find(struct files *files, uint64_t label)
{
	uint64_t index = label & ((1u << INDEX_BITS) - 1);

	if (label & CURFEW_LABEL_SUPERVISOR)
		return find_supervisors(files, label);
	if (index == 0 || index >= files->session_touched || files->session[index].label != label)
		return NULL;
	return &files->session[index];
}

void session_end(struct files *files, struct session *session)
{
	uint32_t inode = session->inode;

	session->label = 0;
	session->next = files->session_free;
	files->session_free = session - files->session;
	if (inode) {
		files->inode_state[inode].opens--;
		inode_release(files, inode);
	}
}

void session_closed(struct files *files, uint64_t label)
{
	uint64_t index = label & ((1u << INDEX_BITS) - 1);

	if (label & CURFEW_LABEL_SUPERVISOR) {
		uint32_t *link = supervisor_link(files, label);
		struct session *session = &files->session[*link];

		if (*link) {
			*link = session->next;
			session_end(files, session);
		}
	} else if (index && index < files->session_touched && files->session[index].label == label) {
		session_end(files, &files->session[index]);
	}
}
