/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a message to an operation.  The table says what a message of each kind
 * looks like; all that can be told from its shape is checked here, once: words
 * that are not used are 0, bytes are there as the operation wants them, there
 * is room for the answer, handles come only where one may.
 */
#include "files.h"

#include <curfew/file.h>

enum bytes { NONE, LENGTH /* as many as word 1 says */, PATH, PATHS /* two, word 1: the first one's length */ };

static const struct entry {
	operation *run;
	uint8_t words;   /* that may be other than 0, behind the first */
	uint8_t bytes;   /* enum bytes */
	uint8_t handles; /* at most */
	uint8_t room;    /* at least */
	bool any;        /* whatever it looks like */
} table[] = {
	[CURFEW_FILE_READ] = { file_read, 2 },
	[CURFEW_FILE_WRITE] = { file_write, 2, LENGTH },
	[CURFEW_FILE_SEEK] = { file_seek, 2 },
	[CURFEW_FILE_STAT] = { file_stat, .room = sizeof(struct curfew_stat) },
	[CURFEW_FILE_TRUNCATE] = { file_truncate, 1 },
	[CURFEW_FILE_SYNC] = { file_sync },
	[CURFEW_FILE_GET_FLAGS] = { file_get_flags },
	[CURFEW_FILE_SET_FLAGS] = { file_set_flags, 1 },
	[CURFEW_FILE_POLL] = { file_poll, 3, .handles = 1 },
	[CURFEW_FILE_MAP] = { file_map, 3 },
	[CURFEW_FILE_READDIR] = { file_readdir, 1 },
	[CURFEW_FILE_CHMOD] = { file_chmod, 1 },
	[CURFEW_FILE_SET_TIMES] = { file_set_times, 2 },
	[CURFEW_FILE_STATFS] = { file_statfs, .room = sizeof(struct curfew_statfs) },
	[CURFEW_FILE_OPEN] = { name_open, 2, PATH },
	[CURFEW_FILE_STAT_AT] = { name_stat, 0, PATH, .room = sizeof(struct curfew_stat) },
	[CURFEW_FILE_MKDIR] = { name_mkdir, 1, PATH },
	[CURFEW_FILE_RMDIR] = { name_rmdir, 0, PATH },
	[CURFEW_FILE_UNLINK] = { name_unlink, 0, PATH },
	[CURFEW_FILE_RENAME] = { name_rename, 1, PATHS },
	[CURFEW_FILE_LINK] = { name_link, 1, PATHS },
	[CURFEW_FILE_ACCESS] = { name_access, 1, PATH },
	[CURFEW_TERM_GET] = { file_no_terminal, .any = true },
	[CURFEW_TERM_SET] = { file_no_terminal, .any = true },
	[CURFEW_TERM_GET_GROUP] = { file_no_terminal, .any = true },
	[CURFEW_TERM_SET_GROUP] = { file_no_terminal, .any = true },
	[CURFEW_TERM_FLUSH] = { file_no_terminal, .any = true },
};

static int check_bytes(const struct entry *entry, const struct request *request)
{
	size_t length = request->out_length, first = request->word[1];

	switch (entry->bytes) {
	case NONE:
		return length == 0 ? 0 : -EINVAL;
	case LENGTH:
		return length == first ? 0 : -EINVAL;
	case PATHS:
		if (first > length)
			return -EINVAL;
		if (first > PATH_LENGTH)
			return -ENAMETOOLONG;
		length -= first;
	}
	if (length > PATH_LENGTH)
		return -ENAMETOOLONG;
	return request->copied == request->out_length ? 0 : -EINVAL;
}

static int check_shape(const struct entry *entry, const struct request *request)
{
	uint64_t others = 0;

	if (entry->any)
		return 0;
	for (unsigned i = entry->words + 1; i < 8; i++)
		others |= request->word[i];
	if (others || request->came > entry->handles || request->in_size < entry->room)
		return -EINVAL;
	return check_bytes(entry, request);
}

/* An answer's bytes. */
int64_t answer_with(struct answer *answer, const void *out, size_t length)
{
	answer->out = out;
	answer->out_length = length;
	return length;
}

static int64_t run(struct files *files, const struct request *request, struct answer *answer)
{
	struct session *session = session_find(files, request->label);
	const struct entry *entry;
	int error;

	if (session == NULL)
		return request->label & CURFEW_LABEL_SUPERVISOR ? -ENFILE : -EBADF;
	if (request->word[0] >= sizeof(table) / sizeof(table[0]) || table[request->word[0]].run == NULL)
		return -ENOTSUP;
	entry = &table[request->word[0]];
	error = check_shape(entry, request);
	return error ? error : entry->run(files, session, request, answer);
}

/* Every message comes here, so field by field: all at once is a call of memset(), and FP registers to be saved. */
static void clear(struct answer *answer)
{
	answer->word[0] = answer->word[1] = answer->word[2] = answer->word[3] = 0;
	answer->word[4] = answer->word[5] = answer->word[6] = answer->word[7] = 0;
	answer->out = NULL;
	answer->out_length = 0;
	answer->handle = NO_HANDLE;
	answer->rights = 0;
}

void files_dispatch(struct files *files, const struct request *request, struct answer *answer)
{
	int64_t result;

	clear(answer);
	result = run(files, request, answer);
	if (result < 0)
		clear(answer);
	answer->word[0] = result;
}
