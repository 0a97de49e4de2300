/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What POSIX calls take that servers answer: the C library, messages, the server and the way back, all of it.
 *
 *   pipe     one byte to another process and back, through two pipes: 2 writes, 2 reads
 *   read4k   a file of 1 MiB, in memory, read by 4 KiB
 *   stat     of a file in a directory
 *   open     of the same file, and its close
 */
#include <curfew/sys.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "util.h"

#define PIECE     4096
#define FILE_SIZE (1024 * 1024)

static char piece[PIECE] __attribute__((aligned(PIECE)));
static char path[32];

/* A byte each time one comes, until the other end is closed. */
static _Noreturn void echo(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1)
		if (write(to, &byte, 1) != 1)
			_exit(1);
	_exit(0);
}

static void send_bytes(int to, int from, long count)
{
	char byte = 0;

	while (count-- > 0)
		if (write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
			die("pipe");
}

uint64_t time_pipe(long count)
{
	uint64_t cpus = stay_on_one_cpu(), start, ns;
	int there[2], back[2];
	pid_t pid;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (pid == 0) {
		close(there[1]);
		close(back[0]);
		echo(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	send_bytes(there[1], back[0], 8);
	start = curfew_now();
	send_bytes(there[1], back[0], count);
	ns = curfew_now() - start;
	close(there[1]);
	reap(pid);
	close(back[0]);
	curfew_set_affinity(0, cpus);
	return ns;
}

/* A file of FILE_SIZE bytes, to be removed: its descriptor. */
static int make_file(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/bench.%d", (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		die(path);
	for (long done = 0; done < FILE_SIZE; done += PIECE)
		if (write(fd, piece, PIECE) != PIECE)
			die(path);
	return fd;
}

static void remove_file(int fd)
{
	close(fd);
	unlink(path);
}

/* From begin to end, again and again. */
static void read_pieces(int fd, long count)
{
	for (long i = 0; i < count; i++) {
		if (i % (FILE_SIZE / PIECE) == 0)
			lseek(fd, 0, SEEK_SET);
		if (read(fd, piece, PIECE) != PIECE)
			die("read");
	}
}

uint64_t time_read4k(long count)
{
	uint64_t cpus = stay_on_one_cpu(), start, ns;
	int fd = make_file();

	read_pieces(fd, FILE_SIZE / PIECE); /* pages are there */
	start = curfew_now();
	read_pieces(fd, count);
	ns = curfew_now() - start;
	remove_file(fd);
	curfew_set_affinity(0, cpus);
	return ns;
}

static void look(long count)
{
	struct stat status;

	while (count-- > 0)
		if (stat(path, &status))
			die(path);
}

static void open_and_close(long count)
{
	while (count-- > 0) {
		int fd = open(path, O_RDONLY);

		if (fd < 0)
			die(path);
		close(fd);
	}
}

static uint64_t time_names(long count, void (*run)(long))
{
	uint64_t cpus = stay_on_one_cpu(), start, ns;
	int fd = make_file();

	run(8);
	start = curfew_now();
	run(count);
	ns = curfew_now() - start;
	remove_file(fd);
	curfew_set_affinity(0, cpus);
	return ns;
}

uint64_t time_stat(long count)
{
	return time_names(count, look);
}

uint64_t time_open(long count)
{
	return time_names(count, open_and_close);
}
