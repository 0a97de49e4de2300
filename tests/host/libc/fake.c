/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake.h"
#include "user/lib/thread.h"

#include <curfew/sys.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <reent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "user/lib/path.h"
#include "user/lib/session.h"

#define NODES   32
#define DATA    8192
#define OPENS   1400
#define DEVICE  7 /* st_dev of the tree */

static struct node {
	char name[256];
	uint64_t parent; /* 0: free */
	uint32_t mode;
	size_t size;
	char data[DATA];
	uint64_t atime, mtime;
} nodes[NODES];

/* Sessions and other objects. */
static struct object {
	enum fake_kind kind;
	uint64_t node, offset, flags;
	unsigned incarnation;
} objects[OPENS];

static struct handle {
	int object; /* 0: free */
	uint32_t rights, flags;
} table[CURFEW_HANDLES_MAX];

static unsigned incarnation;
static uint32_t event_bits, told_bits;

int fake_error, fake_signal;
int fake_no_files;
long fake_pipe_error, fake_waits;
uint64_t fake_word[8];
char fake_bytes[4096];
unsigned fake_messages, fake_connects;
unsigned short fake_ready, fake_ready_later;
struct fake_exec fake_exec;
struct fake_mmap fake_mmap;

static int error_number;

int *__errno(void);
int *__errno(void)
{
	return &error_number;
}

struct _reent *__getreent(void)
{
	return NULL;
}

int raise(int number)
{
	fake_signal = number;
	return 0;
}

void __curfew_directory_lock(void)
{
}

void __curfew_directory_unlock(void)
{
}

uint64_t curfew_now(void)
{
	return 1000;
}

const struct curfew_shared_page *curfew_shared(void)
{
	static const struct curfew_shared_page page = { .realtime_base = 5000 };

	return &page;
}

/* ------------------------------------------------------------ handles */

static int new_object(enum fake_kind kind, uint64_t node, uint64_t flags)
{
	for (int i = 1; i < OPENS; i++) {
		if (objects[i].kind == FAKE_NOTHING) {
			objects[i] = (struct object){ kind, node, 0, flags, incarnation };
			return i;
		}
	}
	fail_msg("too many objects");
	return 0;
}

struct thread __curfew_only_thread;

static long new_handle_from(int least, int object, uint32_t rights, uint32_t flags)
{
	for (int i = least; i < CURFEW_HANDLES_MAX; i++) {
		if (table[i].object == 0) {
			table[i] = (struct handle){ object, rights, flags };
			return i;
		}
	}
	return -EMFILE;
}

static long new_handle(int object, uint32_t rights, uint32_t flags)
{
	return new_handle_from(CURFEW_HANDLE_FIRST, object, rights, flags);
}

static struct handle *look(long handle)
{
	return handle >= 0 && handle < CURFEW_HANDLES_MAX && table[handle].object ? &table[handle] : NULL;
}

int fake_handles(void)
{
	int count = 0;

	for (int i = 0; i < CURFEW_HANDLES_MAX; i++)
		count += table[i].object != 0;
	return count;
}

uint32_t fake_handle_flags(int handle)
{
	return look(handle) ? table[handle].flags : UINT32_MAX;
}

/* The answer brings a handle. */
static void give(struct curfew_call *call, enum fake_kind kind, uint64_t node, uint64_t flags, uint32_t rights)
{
	uint32_t close = call->pass & CURFEW_TAKE_CLOEXEC ? CURFEW_HANDLE_CLOEXEC : 0;

	call->handle[call->came].handle = (uint32_t)new_handle(new_object(kind, node, flags), rights, close);
	call->handle[call->came++].rights = rights;
}

/* --------------------------------------------------------------- files */

uint64_t fake_find(uint64_t directory, const char *name)
{
	for (uint64_t i = 1; i < NODES; i++) {
		if (nodes[i].parent == directory && i != FAKE_ROOT && strcmp(nodes[i].name, name) == 0)
			return i;
	}
	return 0;
}

uint32_t fake_mode(uint64_t node)
{
	return nodes[node].mode;
}

static uint64_t add(uint64_t directory, const char *name, uint32_t mode, const char *data)
{
	for (uint64_t i = 1; i < NODES; i++) {
		if (nodes[i].parent == 0) {
			nodes[i] = (struct node){ .parent = directory, .mode = mode, .size = strlen(data) };
			strcpy(nodes[i].name, name);
			strcpy(nodes[i].data, data);
			return i;
		}
	}
	fail_msg("too many nodes");
	return 0;
}

/* The node of a path, or 0 with its directory in *parent and last part in `last`; parent 0: not even that. */
static uint64_t walk(uint64_t at, const char *path, uint64_t *parent, char last[256])
{
	while (*(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/");

		memcpy(last, path, length);
		last[length] = '\0';
		path += length;
		*parent = at;
		if (!S_ISDIR(nodes[at].mode)) {
			*parent = 0;
			return 0;
		}
		if (strcmp(last, "..") == 0)
			at = nodes[at].parent;
		else if (strcmp(last, ".") != 0)
			at = fake_find(at, last);
		if (at == 0) {
			if (path[strspn(path, "/")])
				*parent = 0;
			return 0;
		}
	}
	return at;
}

static void fill(struct curfew_call *call, uint64_t n)
{
	struct curfew_stat *stat = call->in;

	assert_true(call->in_size >= sizeof(*stat));
	*stat = (struct curfew_stat){ n, nodes[n].size, (nodes[n].size + 511) / 512, nodes[n].mode, 2,
		nodes[n].atime, nodes[n].mtime, 3000000007, DEVICE };
	call->in_length = sizeof(*stat);
}

static long open_path(struct curfew_call *call, uint64_t at)
{
	uint64_t flags = call->word[1], parent = 0, node;
	char last[256];

	assert_false(flags & O_CLOEXEC);
	node = walk(at, fake_bytes, &parent, last);
	if (node == 0 && parent && flags & O_CREAT)
		node = add(parent, last, S_IFREG | (uint32_t)call->word[2], "");
	else if (node == 0)
		return -ENOENT;
	else if (flags & O_EXCL)
		return -EEXIST;
	if (flags & O_DIRECTORY && !S_ISDIR(nodes[node].mode))
		return -ENOTDIR;
	if (S_ISCHR(nodes[node].mode)) {
		memcpy(call->in, "console", 7);
		call->in_length = 7;
		return CURFEW_OPEN_ELSEWHERE;
	}
	if (flags & O_TRUNC)
		nodes[node].size = 0;
	give(call, FAKE_FILE, node, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK), CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE);
	return 0;
}

static long read_entries(struct curfew_call *call, uint64_t directory)
{
	uint64_t position = call->word[1];
	size_t used = 0;

	for (; position < NODES + 2; position++) {
		const char *name = position == 0 ? "." : position == 1 ? ".." : nodes[position - 2].name;
		uint64_t node = position == 0 ? directory : position == 1 ? nodes[directory].parent : position - 2;
		size_t size = (sizeof(struct curfew_dirent) + strlen(name) + 7) & ~7ul;
		char *place = (char *)call->in + used;

		if (position > 1 && (nodes[node].parent != directory || node == FAKE_ROOT))
			continue;
		if (size > call->in_size - used)
			break;
		*(struct curfew_dirent *)place = (struct curfew_dirent){ node, position + 1, (uint16_t)size,
			(uint16_t)strlen(name), nodes[node].mode & S_IFMT };
		memcpy(place + sizeof(struct curfew_dirent), name, strlen(name));
		used += size;
	}
	call->word[1] = position;
	call->in_length = used;
	return (long)used;
}

static long move(struct curfew_call *call, struct object *object, bool writes)
{
	struct node *node = &nodes[object->node];
	uint64_t *offset = call->word[2] == CURFEW_FILE_HERE ? &object->offset : &call->word[2];
	uint64_t length = call->word[1];

	if (S_ISDIR(node->mode))
		return -EISDIR;
	if ((object->flags & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY))
		return -EBADF;
	if (writes && object->flags & O_APPEND)
		*offset = node->size;
	if (!writes && length > (*offset < node->size ? node->size - *offset : 0))
		length = *offset < node->size ? node->size - *offset : 0;
	assert_true(*offset + length <= DATA);
	assert_int_equal(call->word[1], writes ? call->out_length : call->in_size);
	if (writes)
		memcpy(node->data + *offset, call->out, length);
	else
		memcpy(call->in, node->data + *offset, length);
	*offset += length;
	if (writes && node->size < *offset)
		node->size = *offset;
	return (long)length;
}

/* How many words an operation has, and whether bytes. */
static void check_shape(const struct curfew_call *call, uint64_t words, bool bytes)
{
	for (uint64_t i = 1 + words; i < CURFEW_MESSAGE_WORDS; i++)
		assert_int_equal(call->word[i], 0);
	assert_true(bytes || call->out_length == 0);
	assert_int_equal(call->deadline, CURFEW_FOREVER);
}

static long answer_names(struct curfew_call *call, uint64_t at)
{
	uint64_t parent = 0, node, other;
	char last[256];

	assert_true(call->out_length > 0);
	if (!S_ISDIR(nodes[at].mode))
		return -ENOTDIR;
	if (call->word[0] == CURFEW_FILE_RENAME) {
		char path[1024] = "";

		check_shape(call, 1, true);
		memcpy(path, fake_bytes, call->word[1]);
		node = walk(at, path, &parent, last);
		other = walk(at, fake_bytes + call->word[1], &parent, last);
		if (node == 0 || parent == 0)
			return -ENOENT;
		assert_int_equal(other, 0);
		nodes[node].parent = parent;
		strcpy(nodes[node].name, last);
		return 0;
	}
	if (call->word[0] == CURFEW_FILE_OPEN) {
		check_shape(call, 2, true);
		return open_path(call, at);
	}
	node = walk(at, fake_bytes, &parent, last);
	if (call->word[0] == CURFEW_FILE_MKDIR) {
		check_shape(call, 1, true);
		if (node || parent == 0)
			return node ? -EEXIST : -ENOENT;
		add(parent, last, S_IFDIR | (uint32_t)call->word[1], "");
		return 0;
	}
	if (node == 0)
		return -ENOENT;
	switch (call->word[0]) {
	case CURFEW_FILE_STAT_AT:
		check_shape(call, 0, true);
		fill(call, node);
		return 0;
	case CURFEW_FILE_ACCESS:
		check_shape(call, 1, true);
		return call->word[1] & X_OK && !(nodes[node].mode & 0111) ? -EACCES : 0;
	case CURFEW_FILE_UNLINK:
		check_shape(call, 0, true);
		if (S_ISDIR(nodes[node].mode))
			return -EPERM;
		nodes[node].parent = 0;
		return 0;
	case CURFEW_FILE_RMDIR:
		check_shape(call, 0, true);
		nodes[node].parent = 0;
		return 0;
	}
	return -ENOTSUP;
}

static long answer_file(struct curfew_call *call, struct object *object)
{
	struct node *node = &nodes[object->node];

	switch (call->word[0]) {
	case CURFEW_FILE_READ:
		check_shape(call, 2, false);
		return move(call, object, false);
	case CURFEW_FILE_WRITE:
		check_shape(call, 2, true);
		return move(call, object, true);
	case CURFEW_FILE_SEEK:
		check_shape(call, 2, false);
		object->offset = call->word[1] + (call->word[2] == SEEK_END ? node->size : call->word[2] == SEEK_CUR ? object->offset : 0);
		return (long)object->offset;
	case CURFEW_FILE_STAT:
		check_shape(call, 0, false);
		fill(call, object->node);
		return 0;
	case CURFEW_FILE_TRUNCATE:
		check_shape(call, 1, false);
		node->size = call->word[1];
		return 0;
	case CURFEW_FILE_SYNC:
		check_shape(call, 0, false);
		return 0;
	case CURFEW_FILE_GET_FLAGS:
		check_shape(call, 0, false);
		return (long)object->flags;
	case CURFEW_FILE_SET_FLAGS:
		check_shape(call, 1, false);
		object->flags = (object->flags & O_ACCMODE) | call->word[1];
		return 0;
	case CURFEW_FILE_CHMOD:
		check_shape(call, 1, false);
		node->mode = (node->mode & S_IFMT) | (uint32_t)call->word[1];
		return 0;
	case CURFEW_FILE_SET_TIMES:
		check_shape(call, 2, false);
		node->atime = call->word[1];
		node->mtime = call->word[2];
		return 0;
	case CURFEW_FILE_READDIR:
		check_shape(call, 1, false);
		return S_ISDIR(node->mode) ? read_entries(call, object->node) : -ENOTDIR;
	case CURFEW_FILE_MAP:
		check_shape(call, 3, false);
		give(call, FAKE_MEMORY, object->node, 0,
			CURFEW_RIGHT_MAP | CURFEW_RIGHT_READ | (call->word[3] & PROT_WRITE ? CURFEW_RIGHT_WRITE : 0));
		call->word[2] = node->size - call->word[1];
		call->word[1] += 0x10000 * object->node; /* somewhere in the object */
		return 0;
	}
	return call->word[0] >= CURFEW_FILE_OPEN && call->word[0] < CURFEW_TERM_GET ? answer_names(call, object->node) : -ENOTSUP;
}

/* ------------------------------------------------------- other servers */

static long answer_terminal(struct curfew_call *call, struct object *object)
{
	static struct termios modes = { .c_lflag = ECHO };
	unsigned short ready;

	switch (call->word[0]) {
	case CURFEW_FILE_POLL:
		ready = (unsigned short)((call->word[1] | POLLHUP | POLLERR) & fake_ready);
		if ((call->pass & 7) && !ready)
			told_bits |= (uint32_t)call->word[2];
		return ready;
	case CURFEW_FILE_SET_FLAGS:
		object->flags = call->word[1];
		return 0;
	case CURFEW_FILE_GET_FLAGS:
		return (long)object->flags;
	case CURFEW_FILE_STAT:
		*(struct curfew_stat *)call->in = (struct curfew_stat){ .mode = S_IFCHR | 0620 };
		return 0;
	case CURFEW_FILE_WRITE:
		return (long)call->word[1];
	case CURFEW_TERM_GET:
		assert_true(call->in_size >= sizeof(modes));
		memcpy(call->in, &modes, sizeof(modes));
		return 0;
	case CURFEW_TERM_SET:
		assert_int_equal(call->out_length, sizeof(modes));
		memcpy(&modes, call->out, sizeof(modes));
		return 0;
	case CURFEW_TERM_GET_GROUP:
		return 42;
	case CURFEW_FILE_SEEK:
		return -ESPIPE;
	}
	return -ENOTSUP;
}

static long connect(struct curfew_call *call)
{
	fake_connects++;
	assert_int_equal(call->word[0], CURFEW_NAMES_CONNECT);
	if (strcmp(fake_bytes, "files") == 0) {
		if (fake_no_files) {
			fake_no_files--;
			return -EAGAIN;
		}
		give(call, FAKE_FILE, FAKE_ROOT, 0, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE);
	} else if (strcmp(fake_bytes, "console") == 0) {
		give(call, FAKE_TERMINAL, 0, O_RDWR, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE);
	} else if (strcmp(fake_bytes, "pipe") == 0) {
		give(call, FAKE_PIPES, 0, 0, CURFEW_RIGHT_SEND);
	} else {
		return -ENOENT;
	}
	return 0;
}

static long answer(struct curfew_call *call, struct object *object)
{
	switch (object->kind) {
	case FAKE_NAMES:
		return connect(call);
	case FAKE_FILE:
		return answer_file(call, object);
	case FAKE_TERMINAL:
		return answer_terminal(call, object);
	case FAKE_PIPES:
		assert_int_equal(call->word[0], CURFEW_PIPE_CREATE);
		give(call, FAKE_PIPE, 0, call->word[1] | O_RDONLY, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE);
		give(call, FAKE_PIPE, 0, call->word[1] | O_WRONLY, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE);
		return 0;
	default:
		return call->word[0] <= CURFEW_FILE_WRITE ? fake_pipe_error : -ENOTSUP;
	}
}

long __curfew_send(int session, struct curfew_call *call)
{
	struct handle *handle = look(session);
	struct object *object;

	fake_messages++;
	memcpy(fake_word, call->word, sizeof(fake_word));
	assert_true(call->out_length < sizeof(fake_bytes));
	if (call->out_length)
		memcpy(fake_bytes, call->out, call->out_length);
	fake_bytes[call->out_length] = '\0';
	call->came = 0;
	call->in_length = 0;
	if (fake_error) {
		int error = fake_error;

		fake_error = 0;
		memset(call->word, 0xee, sizeof(call->word));
		return -error;
	}
	if (handle == NULL)
		return -EBADF;
	object = &objects[handle->object];
	if (object->kind >= FAKE_EVENT || !(handle->rights & CURFEW_RIGHT_SEND))
		return -EPERM;
	if (object->kind == FAKE_FILE && object->incarnation != incarnation) {
		memset(call->word, 0xee, sizeof(call->word)); /* unspecified */
		return -ECONNRESET;
	}
	call->word[0] = (uint64_t)answer(call, object);
	return 0;
}

void fake_kill_files(void)
{
	incarnation++;
}

/* --------------------------------------------------------- system calls */

static long call_exec(long handle, uint64_t offset, uint64_t length, char *const argv[], char *const envp[], const char *name)
{
	size_t count = 0;

	assert_non_null(look(handle));
	assert_int_equal(objects[table[handle].object].kind, FAKE_MEMORY);
	fake_exec.calls++;
	fake_exec.offset = offset;
	fake_exec.length = length;
	fake_exec.argv = argv;
	fake_exec.envp = envp;
	fake_exec.name = name;
	while (envp[count])
		count++;
	strcpy(fake_exec.last_env, count ? envp[count - 1] : "");
	/* Scripts are no programs. */
	if (nodes[objects[table[handle].object].node].data[0] == '#')
		return -ENOEXEC;
	strcpy(fake_exec.first_argument, argv[0] && argv[1] ? argv[1] : "");
	return fake_exec.result;
}

static long wait_event(long handle, uint64_t deadline)
{
	uint32_t bits;

	assert_non_null(look(handle));
	fake_waits++;
	fake_ready |= fake_ready_later;
	bits = fake_ready_later ? told_bits : event_bits;
	told_bits = 0;
	return bits ? (long)bits : deadline == CURFEW_FOREVER ? -EINTR : -ETIMEDOUT;
}

long fake_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	struct handle *handle = look(a);

	(void)b;
	switch (number) {
	case SYS_exec:
		return call_exec(a, (uint64_t)b, (uint64_t)c, (char *const *)d, (char *const *)e, (const char *)f);
	case SYS_mmap:
		fake_mmap = (struct fake_mmap){ c, d, (uint64_t)f, d & CURFEW_MAP_ANONYMOUS ? 0 : table[e].rights };
		return 0x1000;
	case SYS_event_create:
		return new_handle(new_object(FAKE_EVENT, 0, 0), CURFEW_RIGHT_ALL, 0);
	case SYS_event_wait:
		return wait_event(a, (uint64_t)c);
	}
	if (number == SYS_signal_mask)
		return 0;
	if (handle == NULL)
		return -EBADF;
	switch (number) {
	case SYS_handle_close:
		handle->object = 0;
		return 0;
	case SYS_handle_dup:
		return (uint32_t)b & ~handle->rights ? -EPERM : new_handle_from((int)c, handle->object, (uint32_t)b, (uint32_t)d);
	case SYS_handle_place:
		if (c < 0 || c >= CURFEW_HANDLES_MAX)
			return -EBADF;
		table[c] = (struct handle){ handle->object, (uint32_t)b, (uint32_t)d };
		return c;
	case SYS_handle_flags: {
		uint32_t old = handle->flags;

		if ((int32_t)b != -1)
			handle->flags = (uint32_t)b;
		return old;
	}
	case SYS_handle_info:
		return (long)CURFEW_KIND_SESSION << 32 | handle->rights;
	}
	fail_msg("system call %ld", number);
	return -ENOSYS;
}

void fake_reset(void)
{
	uint64_t bin, dev;
	int terminal;

	memset(nodes, 0, sizeof(nodes));
	memset(objects, 0, sizeof(objects));
	memset(table, 0, sizeof(table));
	fake_error = fake_signal = 0;
	fake_no_files = 0;
	fake_pipe_error = fake_waits = 0;
	fake_messages = fake_connects = 0;
	fake_ready = fake_ready_later = 0;
	event_bits = told_bits = 0;
	memset(&fake_exec, 0, sizeof(fake_exec));
	__curfew_directory_set("");

	nodes[FAKE_ROOT] = (struct node){ .parent = FAKE_ROOT, .mode = S_IFDIR | 0755 };
	bin = add(FAKE_ROOT, "bin", S_IFDIR | 0755, "");
	add(bin, "prog", S_IFREG | 0755, "\177ELF program");
	add(bin, "script", S_IFREG | 0755, "#! /bin/prog  -x \nrest");
	add(add(FAKE_ROOT, "etc", S_IFDIR | 0755, ""), "name", S_IFREG | 0644, "curfew\n");
	dev = add(FAKE_ROOT, "dev", S_IFDIR | 0755, "");
	add(dev, "tty", S_IFCHR | 0666, "");
	add(FAKE_ROOT, "tmp", S_IFDIR | 0777, "");

	table[CURFEW_HANDLE_NAMES] = (struct handle){ new_object(FAKE_NAMES, 0, 0), CURFEW_RIGHT_SEND, 0 };
	table[CURFEW_HANDLE_ROOT] = (struct handle){ new_object(FAKE_FILE, FAKE_ROOT, 0), CURFEW_RIGHT_SEND, 0 };
	terminal = new_object(FAKE_TERMINAL, 0, O_RDWR);
	for (int i = 0; i < 3; i++)
		table[CURFEW_HANDLE_FD0 + i] = (struct handle){ terminal, CURFEW_RIGHT_SEND | CURFEW_RIGHT_DUPLICATE, 0 };
}
