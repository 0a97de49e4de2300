/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hands working directory and descriptors through exec (inherit.h).
 *
 * Close-on-exec descriptors are left out.  A string that does not parse, or
 * names files that are not there, is dropped where it fails: the environment
 * is the user's to write.  Numbers are read and written by hand, because every
 * program has this code, and few have printf().
 */
#include "inherit.h"

#include <fcntl.h>
#include <reent.h>

#include "fd.h"
#include "path.h"

/* The decimal at *text, which moves behind it. */
static long take_number(const char **text)
{
	long value = 0;

	while (**text >= '0' && **text <= '9' && value < 1L << 56)
		value = value * 10 + *(*text)++ - '0';
	return value;
}

/* A console descriptor as a process begins with it.  Files lock held. */
static struct file *console_file(int handle)
{
	struct file *file = handle <= 2 ? fd_new_file(FILE_CONSOLE) : NULL;

	if (file) {
		file->flags = handle == 0 ? O_RDONLY : O_WRONLY;
		file->handle = handle;
	}
	return file;
}

/* Opens `OFFSET,FLAGS,/path` as the descriptor fd, which is free.  Files lock held; it is released in between, but no
 * other thread exists yet. */
static bool restore_file(int fd, const char *field, size_t length)
{
	const char *text = field;
	char path[PATH_MAX];
	struct file *file;
	long offset, flags;
	int got;

	offset = take_number(&text);
	text += *text == ',';
	flags = take_number(&text);
	text += *text == ',';
	if (text >= field + length || (size_t)(field + length - text) >= sizeof(path))
		return false;
	memcpy(path, text, (size_t)(field + length - text));
	path[field + length - text] = '\0';
	fd_unlock();
	got = _open_r(_REENT, path, (int)flags, 0);
	fd_lock();
	if (got < 0)
		return false;
	file = fd_find(got);
	file->offset = offset;
	if (got != fd) {
		fd_install(file, fd, false);
		fd_drop(got);
	}
	return true;
}

/* Makes fd what its field says.  Files lock held. */
static bool restore(int fd, const char *field, size_t length)
{
	const char *text = field + 1;
	struct file *file;

	if (fd >= OPEN_MAX || length == 0)
		return false;
	if (fd_find(fd))
		fd_drop(fd);
	if (*field == '-')
		return true;
	if (*field != '@' && *field != '#')
		return restore_file(fd, field, length);
	file = *field == '@' ? fd_find((int)take_number(&text)) : console_file((int)take_number(&text));
	return file && fd_install(file, fd, false) == fd;
}

void __curfew_inherit(char **entry)
{
	const char *text = *entry + INHERIT_LENGTH;
	size_t length = strcspn(text, ";");
	bool good = true;

	*entry = NULL;
	if (length > 0 && length < PATH_MAX && *text == '/') {
		memcpy(__curfew_directory, text + 1, length - 1);
		__curfew_directory[length - 1] = '\0';
	}
	fd_lock();
	for (text += length; good && *text == ';'; text += length) {
		int fd;

		text++;
		fd = (int)take_number(&text);
		length = strcspn(text, ";");
		good = *text == '=' && restore(fd, text + 1, length - 1);
	}
	fd_unlock();
}

/* A text that grows: counts always, and stores while there is room. */
struct writer {
	char *text;
	size_t size, length;
};

static void put_text(struct writer *writer, const char *text)
{
	for (; *text; text++, writer->length++) {
		if (writer->length + 1 < writer->size)
			writer->text[writer->length] = *text;
	}
}

static void put_number(struct writer *writer, const char *before, unsigned long value)
{
	char digits[24];
	char *p = digits + sizeof(digits);

	*--p = '\0';
	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put_text(writer, before);
	put_text(writer, p);
}

/* Whether exec hands the descriptor on. */
static bool is_handed(int fd)
{
	return fd_find(fd) && !fd_close_on_exec(fd);
}

/* The least descriptor that names the same file and is handed on, which may be fd itself. */
static int first_twin(int fd)
{
	int twin = 0;

	while (fd_find(twin) != fd_find(fd) || !is_handed(twin))
		twin++;
	return twin;
}

/* Whether a new process has the descriptor just so without being told. */
static bool is_usual(int fd)
{
	struct file *file = fd_find(fd);

	if (!is_handed(fd))
		return fd > 2;
	return file->entry == NULL && file->handle == fd && first_twin(fd) == fd;
}

static void put_descriptor(struct writer *writer, int fd)
{
	struct file *file = fd_find(fd);

	put_number(writer, ";", (unsigned long)fd);
	if (!is_handed(fd)) {
		put_text(writer, "=-");
	} else if (first_twin(fd) != fd) {
		put_number(writer, "=@", (unsigned long)first_twin(fd));
	} else if (file->entry == NULL) {
		put_number(writer, "=#", (unsigned long)file->handle);
	} else {
		put_number(writer, "=", (unsigned long)file->offset);
		put_number(writer, ",", (unsigned long)file->flags);
		put_text(writer, ",/");
		put_text(writer, initrd_name(__curfew_initrd(), file->entry));
	}
}

static size_t put_all(char *text, size_t size)
{
	struct writer writer = { text, size, 0 };
	bool usual;

	put_text(&writer, INHERIT_NAME "/");
	put_text(&writer, __curfew_directory);
	usual = __curfew_directory[0] == '\0';
	for (int fd = 0; fd < OPEN_MAX; fd++) {
		if (!is_usual(fd)) {
			put_descriptor(&writer, fd);
			usual = false;
		}
	}
	if (size > 0)
		text[writer.length < size ? writer.length : size - 1] = '\0';
	return usual ? 0 : writer.length + 1;
}

size_t __curfew_inherit_size(void)
{
	size_t size;

	fd_lock();
	size = put_all(NULL, 0);
	fd_unlock();
	return size;
}

void __curfew_inherit_write(char *text, size_t size)
{
	fd_lock();
	put_all(text, size);
	fd_unlock();
}
