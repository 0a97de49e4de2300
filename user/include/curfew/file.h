/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_FILE_H
#define CURFEW_FILE_H
/*
 * The file protocol: what the C library and the servers of files, pipes and
 * terminals say to each other.  A file descriptor is a session, and every such
 * session takes the same messages (<curfew/message.h>), so the library needs
 * to know nothing about what is behind one.
 *
 * Word 0 of a message is the operation.  Word 0 of the answer is a result
 * >= 0, or a negative errno.  "bytes" are what the client sends along, "room"
 * is its space for bytes that come back.  Words not named are 0.  A server
 * checks all of it: what does not fit is -EINVAL, an operation that this kind
 * of session does not have is -ENOTSUP unless its line says otherwise.
 *
 * State of a session (POSIX: open file description), shared by all who have a
 * handle to it: offset, access mode, O_APPEND, O_NONBLOCK.
 */
#include <stdint.h>

/* ------------------------------------------------------- any open file */

/* (length, offset): room `length` bytes; offset CURFEW_FILE_HERE: the session's own, which moves on.  Result: bytes, 0 at the end.
 * EBADF: not open for reading.  EISDIR.  ESPIPE: an offset for a pipe or terminal.  EAGAIN: O_NONBLOCK and nothing there. */
#define CURFEW_FILE_READ        1
/* (length, offset): bytes `length`.  Result: bytes taken.  EBADF EFBIG ENOSPC EPIPE EAGAIN ESPIPE. */
#define CURFEW_FILE_WRITE       2
#define CURFEW_FILE_HERE        UINT64_MAX
/* (int64_t offset, SEEK_*): result: the new offset.  ESPIPE EINVAL. */
#define CURFEW_FILE_SEEK        3
/* (): room: struct curfew_stat. */
#define CURFEW_FILE_STAT        4
/* (size).  EINVAL: not open for writing, or no regular file.  EFBIG. */
#define CURFEW_FILE_TRUNCATE    5
/* (): what was written is safe from the death of the server.  EINVAL: pipes and terminals. */
#define CURFEW_FILE_SYNC        6
/* (): result: O_ACCMODE, O_APPEND, O_NONBLOCK. */
#define CURFEW_FILE_GET_FLAGS   7
/* (flags): O_APPEND and O_NONBLOCK are set as given, other bits are ignored. */
#define CURFEW_FILE_SET_FLAGS   8
/* (wanted, bits, key): POLL* of <poll.h>.  Result: which of wanted, and POLLERR, POLLHUP, are true now.  If none is and a handle to an event
 * (right SEND) is passed, the server sets `bits` in it when one may have become true, once, and then drops it; a new one takes
 * the old one's place for that sender's pid and key.  It may set them early. */
#define CURFEW_FILE_POLL        9
/* (offset, length, prot): a memory object for mmap or exec.  Handle: it, with the rights for prot (PROT_*) under MAP_SHARED,
 * MAP and READ; word 1: where in it `offset` is, a multiple of the page size; word 2: the file's bytes from there on.
 * EACCES: prot has WRITE, and it is not open for both.  ENODEV: no file that can be mapped. */
#define CURFEW_FILE_MAP         10
/* (position): the entries of a directory from a position (0 first) on.  Room: struct curfew_dirent, one after the
 * other, whole ones only.  Result: bytes, 0 at the end; word 1: the position after.  Entries made or removed in between may be
 * seen or not.  ENOTDIR.  EINVAL: room for not even one. */
#define CURFEW_FILE_READDIR     11
/* (mode): permission bits.  (): owner is always 0. */
#define CURFEW_FILE_CHMOD       12
/* (atime, mtime): ns since 1970. */
#define CURFEW_FILE_SET_TIMES   13
/* (): room: struct curfew_statfs, of the file system that it is in. */
#define CURFEW_FILE_STATFS      14

/* -------------------------------------------------- names, on a session of a directory */
/*
 * Bytes: a path without NUL, relative to that directory; `.`, `..` and slashes as in POSIX; a leading slash changes nothing.
 * `..` of the root is the root.  Errors of all: ENOENT ENOTDIR ENAMETOOLONG (a name over 255, a path over 1023) EINVAL (a NUL in it)
 * EROFS ENOSPC.
 */
/* (O_*, mode): handle: a session for the file.  Result CURFEW_OPEN_ELSEWHERE: no handle, but room got the name of
 * a service that the client should connect to instead (a device: /dev/tty).  EEXIST EISDIR EACCES ENFILE. */
#define CURFEW_FILE_OPEN        32
#define CURFEW_OPEN_ELSEWHERE   1
/* (): room: struct curfew_stat. */
#define CURFEW_FILE_STAT_AT     33
/* (mode).  EEXIST. */
#define CURFEW_FILE_MKDIR       34
/* ().  ENOTEMPTY EBUSY (the root).  EINVAL: the path ends in `.`. */
#define CURFEW_FILE_RMDIR       35
/* ().  EPERM: a directory. */
#define CURFEW_FILE_UNLINK      36
/* (length of the first): two paths, one after the other.  As rename(2): EISDIR ENOTDIR ENOTEMPTY EINVAL (into itself). */
#define CURFEW_FILE_RENAME      37
/* (length of the first): link(2): EEXIST EPERM (a directory) EMLINK. */
#define CURFEW_FILE_LINK        38
/* (R_OK, W_OK, X_OK, F_OK).  EACCES EROFS. */
#define CURFEW_FILE_ACCESS      39

/* ------------------------------------------------------------ terminals */
/* ENOTTY for every other kind of session.  () room: struct termios of <termios.h>. */
#define CURFEW_TERM_GET         64
/* (TCSANOW, TCSADRAIN or TCSAFLUSH): bytes: struct termios. */
#define CURFEW_TERM_SET         65
/* (): result: the foreground process group, 0: none yet.  (pgid): sets it.  EINVAL: below 2. */
#define CURFEW_TERM_GET_GROUP   66
#define CURFEW_TERM_SET_GROUP   67
/* (TCIFLUSH, TCOFLUSH or TCIOFLUSH). */
#define CURFEW_TERM_FLUSH       68
/* (): answers when all output written before it is out. */
#define CURFEW_TERM_DRAIN       69

/* ---------------------------------------------------------------- pipes */
/* On a session of the service "pipe": (O_NONBLOCK or 0): handles: the reading end, the writing end.  ENFILE ENOMEM. */
#define CURFEW_PIPE_CREATE      96

/* --------------------------------------------------------------- names */
/* On the session that every process has to its supervisor (CURFEW_HANDLE_NAMES).  Bytes: a service's name.  Handle: a new session to its
 * present incarnation.  ENOENT: no such service.  EAGAIN: it is being started again too often. */
#define CURFEW_NAMES_CONNECT    128
/* (position): room: struct curfew_service, whole ones; result and word 1 as for READDIR. */
#define CURFEW_NAMES_LIST       129
/* A server says that it came up: the supervisor forgets its failures.  Clients are connected before, their messages wait in the channel.
 * EPERM: not from the process that the supervisor started. */
#define CURFEW_NAMES_READY      130
/* Labels of sessions that the supervisor makes have this bit; a server's own do not. */
#define CURFEW_LABEL_SUPERVISOR (1ull << 63)

struct curfew_stat {
	uint64_t inode;
	uint64_t size;     /* bytes; what can be read at once of a pipe */
	uint64_t blocks;   /* of 512 bytes, that take memory */
	uint32_t mode;     /* S_IFMT and permissions */
	uint32_t links;
	uint64_t atime, mtime, ctime; /* ns since 1970 */
	uint64_t device;   /* st_dev: one number a server */
};

struct curfew_statfs {
	uint64_t blocks, free_blocks; /* of 4096 bytes */
	uint64_t files, free_files;
	char name[32];                /* of the file system, NUL-terminated */
};

/* Followed by the name, no NUL, and padded to a multiple of 8 bytes. */
struct curfew_dirent {
	uint64_t inode;
	uint64_t next;     /* the position after this entry */
	uint16_t size;     /* of the record, padding included */
	uint16_t length;   /* of the name */
	uint32_t mode;     /* S_IFMT only */
};

struct curfew_service {
	char name[24];     /* NUL-terminated */
	int32_t pid;       /* 0: not running */
	uint32_t restarts;
};

#endif
