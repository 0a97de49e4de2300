/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Redirections, in two steps: all that may fail is done first, in the shell
 * (expansion, opening files), and leaves a list of moves that cannot fail.
 *
 * The moves are made in a child, or in the shell itself for a builtin or a
 * compound command, and then undone.  What the shell opens for itself is at 10
 * and above, closed on exec; users redirect 0 to 9.
 */
#include "sh.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_FIRST 10

int redirect_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FIRST), error = errno;

	close(fd);
	errno = error;
	return high;
}

/* ------------------------------------------------------------------ opening */

/* Writes a text into a pipe from a child of its own: it may be more than a pipe holds. */
static void write_in_child(const char *text, size_t length, int ends[2])
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		complain("fork", strerror(errno));
	if (pid != 0)
		return;
	close(ends[0]);
	trap_forget();
	while (length > 0) {
		ssize_t n = write(ends[1], text, length);

		if (n < 0 && errno != EINTR)
			_exit(1);
		text += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	_exit(0);
}

/* A descriptor to read a here-document from, or -1, after it said why. */
static int open_document(const char *text)
{
	size_t length = strlen(text);
	int ends[2];

	if (!pipeline_make(ends))
		return -1;
	/* An empty pipe takes that much at once. */
	if (length > PIPE_BUF)
		write_in_child(text, length, ends);
	else if (length > 0 && write(ends[1], text, length) < 0)
		complain("here-document", strerror(errno));
	close(ends[1]);
	return ends[0];
}

/* open() for > with set -C: no regular file that is there. */
static int open_new(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (S_ISREG(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	return open(path, O_WRONLY);
}

/* A descriptor for a file, or -1, after it said why. */
static int open_file(const char *path, enum redirect_type type)
{
	static const int flags[] = {
		[REDIRECT_IN] = O_RDONLY,
		[REDIRECT_OUT] = O_WRONLY | O_CREAT | O_TRUNC,
		[REDIRECT_CLOBBER] = O_WRONLY | O_CREAT | O_TRUNC,
		[REDIRECT_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
		[REDIRECT_BOTH] = O_RDWR | O_CREAT,
	};
	bool careful = type == REDIRECT_OUT && (shell.options & OPTION_NOCLOBBER);
	int fd = careful ? open_new(path) : open(path, flags[type], 0666);

	if (fd >= 0)
		fd = redirect_high(fd);
	if (fd < 0)
		complain(path, strerror(errno));
	return fd;
}

/* Whether a descriptor will be open once the moves before are made. */
static bool will_be_open(const struct redirections *redirections, int fd)
{
	bool open = fcntl(fd, F_GETFD) >= 0;

	for (size_t i = 0; i < redirections->count; i++) {
		if (redirections->moves[i].to == fd)
			open = redirections->moves[i].from >= 0;
	}
	return open;
}

/* n>&word.  Returns false after it said why. */
static bool prepare_dup(const char *word, const struct redirections *redirections, struct move *move)
{
	char *end;
	long fd = strtol(word, &end, 10);

	if (strcmp(word, "-") == 0)
		return true;
	if (end == word || *end || fd < 0 || fd >= OWN_FIRST || !will_be_open(redirections, (int)fd)) {
		complain(word, strerror(EBADF));
		return false;
	}
	move->from = (int)fd;
	return true;
}

static bool prepare_one(const struct redirect *redirect, struct redirections *redirections)
{
	bool document = redirect->type == REDIRECT_HEREDOC || redirect->type == REDIRECT_HEREDOC_TABS;
	struct move move = { .to = redirect->fd, .from = -1 };
	char *word = document && redirect->literal ? must_have(strdup(redirect->word))
		: document                         ? expand_document(redirect->word)
						   : expand_value(redirect->word);
	bool done = !shell_stops();

	if (done && redirect->type == REDIRECT_DUP) {
		done = prepare_dup(word, redirections, &move);
	} else if (done) {
		move.from = document ? open_document(word) : open_file(word, redirect->type);
		move.opened = done = move.from >= 0;
	}
	free(word);
	if (!done)
		return false;
	redirections->moves = must_have(realloc(redirections->moves, (redirections->count + 1) * sizeof(move)));
	redirections->moves[redirections->count++] = move;
	return true;
}

bool redirect_prepare(const struct redirect *list, struct redirections *redirections)
{
	*redirections = (struct redirections){ 0 };
	for (; list; list = list->next) {
		if (!prepare_one(list, redirections))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- moving */

static void make_move(const struct move *move)
{
	if (move->from < 0)
		close(move->to);
	else if (move->from != move->to)
		dup2(move->from, move->to);
}

void redirect_enter(const struct redirections *redirections)
{
	for (size_t i = 0; redirections && i < redirections->count; i++)
		make_move(&redirections->moves[i]);
}

/* Notes what a descriptor is, the first time. */
static void save(struct redirections *redirections, int fd)
{
	for (size_t i = 0; i < redirections->saved_count; i++) {
		if (redirections->saved[i].to == fd)
			return;
	}
	redirections->saved[redirections->saved_count++] = (struct move){
		.to = fd,
		.from = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FIRST),
	};
}

void redirect_apply(struct redirections *redirections)
{
	fflush(stdout);
	free(redirections->saved);
	redirections->saved = must_have(calloc(redirections->count + 1, sizeof(struct move)));
	for (size_t i = 0; i < redirections->count; i++) {
		save(redirections, redirections->moves[i].to);
		make_move(&redirections->moves[i]);
	}
}

void redirect_keep(struct redirections *redirections)
{
	for (size_t i = 0; i < redirections->saved_count; i++) {
		if (redirections->saved[i].from >= 0)
			close(redirections->saved[i].from);
	}
	redirections->saved_count = 0;
}

void redirect_undo(struct redirections *redirections)
{
	fflush(stdout);
	for (size_t i = 0; i < redirections->saved_count; i++)
		make_move(&redirections->saved[i]);
	redirect_keep(redirections);
}

void redirect_free(struct redirections *redirections)
{
	for (size_t i = 0; i < redirections->count; i++) {
		if (redirections->moves[i].opened)
			close(redirections->moves[i].from);
	}
	free(redirections->moves);
	free(redirections->saved);
}
