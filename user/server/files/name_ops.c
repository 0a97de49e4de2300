/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on names (<curfew/file.h>): on a session of a directory, with one
 * path or two.  Which error comes first where several would fit is as Linux
 * has it, so that programs see what they are used to.
 */
#include "files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curfew/file.h>

#include "../../lib/initrd.h"

static bool is_directory(const struct files *files, uint32_t inode)
{
	return S_ISDIR(files->inode[inode].mode);
}

/* Walks a message's one path, from the session's directory. */
static int walk_one(const struct files *files, const struct session *session, const struct request *request,
	struct path *path)
{
	return path_walk(files, session->inode, request->bytes, request->out_length, path);
}

/* The same, and it names something. */
static int walk_existing(const struct files *files, const struct session *session, const struct request *request,
	struct path *path)
{
	int error = walk_one(files, session, request, path);

	if (error)
		return error;
	if (path->inode == 0)
		return -ENOENT;
	return path->slash && !is_directory(files, path->inode) ? -ENOTDIR : 0;
}

/* A new inode with this name. */
static int make(struct files *files, const struct path *path, uint32_t mode, uint32_t *inode)
{
	int error = inode_create(files, mode, inode);

	if (error)
		return error;
	error = name_create(files, path->parent, path->last, path->length, *inode);
	if (error) {
		inode_release(files, *inode);
		return error;
	}
	inode_touch(files, path->parent, TIME_MODIFY | TIME_CHANGE);
	return 0;
}

/* ------------------------------------------------------------------- open */

/* Whether the path can be opened so.  What it names may be nothing: then it can be created. */
static int open_check(const struct files *files, const struct path *path, uint64_t flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if ((flags & O_ACCMODE) == O_ACCMODE || (flags & O_CREAT && flags & O_DIRECTORY))
		return -EINVAL;
	if (flags & O_CREAT && path->kind == PATH_NAME && path->slash)
		return -EISDIR;
	if (path->inode == 0)
		return flags & O_CREAT ? 0 : -ENOENT;
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (is_directory(files, path->inode))
		return flags & O_CREAT || writes ? -EISDIR : 0;
	return path->slash || flags & O_DIRECTORY ? -ENOTDIR : 0;
}

/* Creates, truncates or copies up what is to be opened. */
static int open_prepare(struct files *files, struct path *path, uint64_t flags, uint64_t mode)
{
	if (path->inode == 0)
		return make(files, path, S_IFREG | (mode & 07777), &path->inode);
	if (!S_ISREG(files->inode[path->inode].mode))
		return 0;
	if (flags & O_TRUNC)
		return inode_truncate(files, path->inode, 0);
	return (flags & O_ACCMODE) != O_RDONLY ? inode_copy_up(files, path->inode) : 0;
}

/* A device: the service that has it, or NULL: it is one of ours. */
static const char *device_service(const struct inode *inode)
{
	return S_ISCHR(inode->mode) && inode->device == DEVICE_CONSOLE ? "console" : NULL;
}

static int64_t open_elsewhere(const char *service, const struct request *request, struct answer *answer)
{
	if (request->in_size < strlen(service))
		return -EINVAL;
	answer_with(answer, service, strlen(service));
	return CURFEW_OPEN_ELSEWHERE;
}

/* The session and its handle come first: what can fail then leaves no file behind. */
static struct session *open_session(struct files *files, struct answer *answer, int *error)
{
	struct session *session = session_create(files, 0);

	*error = -ENFILE;
	if (session == NULL)
		return NULL;
	answer->handle = files->platform->session(session->label);
	answer->rights = HANDLE_SESSION;
	if (answer->handle >= 0)
		return session;
	*error = answer->handle;
	session_end(files, session);
	return NULL;
}

int64_t name_open(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	uint64_t flags = request->word[1], mode = request->word[2];
	struct session *opened;
	struct path path;
	int error = walk_one(files, session, request, &path);

	if (!error)
		error = open_check(files, &path, flags);
	if (error)
		return error;
	if (path.inode && device_service(&files->inode[path.inode]))
		return open_elsewhere(device_service(&files->inode[path.inode]), request, answer);
	opened = open_session(files, answer, &error);
	if (opened == NULL)
		return error;
	error = open_prepare(files, &path, flags, mode);
	if (error) {
		session_end(files, opened);
		files->platform->close(answer->handle); /* the notice of that finds no session any more */
		return error;
	}
	opened->inode = path.inode;
	opened->flags = flags & (O_ACCMODE | O_APPEND | O_NONBLOCK);
	files->inode_state[path.inode].opens++;
	return 0;
}

/* ------------------------------------------------------------ looking */

int64_t name_stat(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path path;
	int error = walk_existing(files, session, request, &path);

	if (error)
		return error;
	inode_stat(files, path.inode, (struct curfew_stat *)files->scratch);
	answer_with(answer, files->scratch, sizeof(struct curfew_stat));
	return 0;
}

/* There is one user, 0, who may read and write everything, and run what anyone may run. */
int64_t name_access(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path path;
	int error;

	(void)answer;
	if (request->word[1] & ~(uint64_t)(R_OK | W_OK | X_OK))
		return -EINVAL;
	error = walk_existing(files, session, request, &path);
	if (error)
		return error;
	return request->word[1] & X_OK && !is_directory(files, path.inode) && !(files->inode[path.inode].mode & 0111)
		? -EACCES : 0;
}

/* ------------------------------------------------------ making, removing */

int64_t name_mkdir(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path path;
	uint32_t inode;
	int error = walk_one(files, session, request, &path);

	(void)answer;
	if (error)
		return error;
	if (path.inode)
		return -EEXIST;
	return make(files, &path, S_IFDIR | (request->word[1] & 01777), &inode);
}

/* Takes a name away, and the inode if it was the last. */
static void take_name(struct files *files, const struct path *path)
{
	name_remove(files, path->name);
	inode_touch(files, path->parent, TIME_MODIFY | TIME_CHANGE);
	inode_touch(files, path->inode, TIME_CHANGE);
	inode_release(files, path->inode);
}

int64_t name_rmdir(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	static const int errors[] = { [PATH_ROOT] = -EBUSY, [PATH_DOT] = -EINVAL, [PATH_DOTDOT] = -ENOTEMPTY };
	struct path path;
	int error = walk_existing(files, session, request, &path);

	(void)answer;
	if (error)
		return error;
	if (path.kind != PATH_NAME)
		return errors[path.kind];
	if (!is_directory(files, path.inode))
		return -ENOTDIR;
	if (files->inode_state[path.inode].entries)
		return -ENOTEMPTY;
	take_name(files, &path);
	return 0;
}

int64_t name_unlink(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path path;
	int error = walk_existing(files, session, request, &path);

	(void)answer;
	if (error)
		return error;
	if (is_directory(files, path.inode))
		return -EPERM;
	take_name(files, &path);
	return 0;
}

/* ----------------------------------------------------------- two paths */

/* Walks both; neither error of the last parts is judged. */
static int walk_two(const struct files *files, const struct session *session, const struct request *request,
	struct path *old, struct path *new)
{
	const char *text = request->bytes;
	size_t first = request->word[1];
	int error = path_walk(files, session->inode, text, first, old);

	return error ? error : path_walk(files, session->inode, text + first, request->out_length - first, new);
}

int64_t name_link(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path old, new;
	const char *text = request->bytes;
	size_t first = request->word[1];
	int error = path_walk(files, session->inode, text, first, &old);

	(void)answer;
	if (error)
		return error;
	if (old.inode == 0)
		return -ENOENT;
	if (old.slash && !is_directory(files, old.inode))
		return -ENOTDIR;
	error = path_walk(files, session->inode, text + first, request->out_length - first, &new);
	if (error)
		return error;
	if (new.inode)
		return -EEXIST;
	if (new.slash)
		return -ENOENT;
	if (is_directory(files, old.inode))
		return -EPERM;
	error = name_create(files, new.parent, new.last, new.length, old.inode);
	if (error)
		return error;
	inode_touch(files, new.parent, TIME_MODIFY | TIME_CHANGE);
	inode_touch(files, old.inode, TIME_CHANGE);
	return 0;
}

/* Whether a directory is `above`, or in it, at any depth. */
static bool is_within(const struct files *files, uint32_t directory, uint32_t above)
{
	while (directory != above && directory != ROOT_INODE && files->inode_state[directory].names)
		directory = files->inode_state[directory].parent;
	return directory == above;
}

/* Whether what `old` names may get the name `new`. */
static int rename_check(const struct files *files, const struct path *old, const struct path *new)
{
	bool directory;

	if (old->kind != PATH_NAME || new->kind != PATH_NAME)
		return -EBUSY;
	if (old->inode == 0)
		return -ENOENT;
	directory = is_directory(files, old->inode);
	if (!directory && (old->slash || new->slash))
		return -ENOTDIR;
	if (directory && is_within(files, new->parent, old->inode))
		return -EINVAL;
	if (new->inode == 0 || new->inode == old->inode)
		return 0;
	if (is_directory(files, new->inode) && is_within(files, old->parent, new->inode))
		return -ENOTEMPTY;
	if (directory && !is_directory(files, new->inode))
		return -ENOTDIR;
	if (!directory && is_directory(files, new->inode))
		return -EISDIR;
	return directory && files->inode_state[new->inode].entries ? -ENOTEMPTY : 0;
}

int64_t name_rename(struct files *files, struct session *session, const struct request *request, struct answer *answer)
{
	struct path old, new;
	int error = walk_two(files, session, request, &old, &new);

	(void)answer;
	if (!error)
		error = rename_check(files, &old, &new);
	if (error || old.inode == new.inode)
		return error;
	error = name_move(files, old.name, new.parent, new.last, new.length, new.name);
	if (error)
		return error;
	inode_touch(files, old.parent, TIME_MODIFY | TIME_CHANGE);
	inode_touch(files, new.parent, TIME_MODIFY | TIME_CHANGE);
	inode_touch(files, old.inode, TIME_CHANGE);
	if (new.inode) {
		inode_touch(files, new.inode, TIME_CHANGE);
		inode_release(files, new.inode);
	}
	return 0;
}
