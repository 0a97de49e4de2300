/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tail [-n [+]LINES | -c [+]BYTES] [FILE...]: the end of files, 10 lines if not said otherwise; with + from that
 * line or byte on.
 *
 * What may turn out to be the end is kept in a ring, which grows up to what was
 * asked for.  (Lines, bytes, and from the begin: three ways, so it is longer than most.)
 */
#include <ctype.h>
#include <unistd.h>

#include "util.h"

/* The last `limit` pieces: lines, or bytes in blocks of one. */
struct ring {
	char **list;
	size_t *lengths;
	size_t count, first, room, limit;
};

static void *must_have(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("tail: out of memory\n", stderr);
	exit(1);
}

/* Twice the room, the pieces in order from the begin. */
static void grow(struct ring *ring)
{
	size_t room = ring->room ? ring->room * 2 : 16;
	char **list = must_have(calloc(room, sizeof(char *)));
	size_t *lengths = must_have(calloc(room, sizeof(size_t)));

	for (size_t i = 0; i < ring->count; i++) {
		list[i] = ring->list[(ring->first + i) % ring->room];
		lengths[i] = ring->lengths[(ring->first + i) % ring->room];
	}
	free(ring->list);
	free(ring->lengths);
	ring->list = list;
	ring->lengths = lengths;
	ring->first = 0;
	ring->room = room;
}

/* Puts a line in, which is the ring's then; the oldest goes if there are too many. */
static void put(struct ring *ring, char *line, size_t length)
{
	size_t at;

	if (ring->count == ring->limit) {
		free(ring->list[ring->first]);
		ring->first = (ring->first + 1) % ring->room;
		ring->count--;
	} else if (ring->count == ring->room) {
		grow(ring);
	}
	at = (ring->first + ring->count++) % ring->room;
	ring->list[at] = line;
	ring->lengths[at] = length;
}

static void last_lines(FILE *file, size_t limit)
{
	struct ring ring = { .limit = limit };
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (limit > 0 && (n = getline(&line, &room, file)) >= 0) {
		put(&ring, line, (size_t)n);
		line = NULL;
		room = 0;
	}
	free(line);
	for (size_t i = 0; i < ring.count; i++) {
		size_t at = (ring.first + i) % ring.room;

		fwrite(ring.list[at], 1, ring.lengths[at], stdout);
		free(ring.list[at]);
	}
	free(ring.list);
	free(ring.lengths);
}

/* A window over the text that moves on by half when it is full. */
static void last_bytes(FILE *file, size_t limit)
{
	size_t room = 4096, length = 0, n;
	char *window = must_have(malloc(room));

	while (limit > 0 && (n = fread(window + length, 1, room - length, file)) > 0) {
		length += n;
		if (length < room)
			continue;
		if (length > 2 * limit) {
			memmove(window, window + length - limit, limit);
			length = limit;
		} else {
			room *= 2;
			window = must_have(realloc(window, room));
		}
	}
	n = length < limit ? length : limit;
	fwrite(window + length - n, 1, n, stdout);
	free(window);
}

static void from_there(FILE *file, bool bytes, long count)
{
	int c;

	while (count > 1 && (c = getc(file)) != EOF)
		count -= bytes || c == '\n';
	while (count <= 1 && (c = getc(file)) != EOF)
		putchar(c);
}

static bool from, bytes;
static long count = 10;

/* Reads a number, with or without a + or -. */
static bool parse_count(const char *text)
{
	from = *text == '+';
	return parse_number(text + (*text == '+' || *text == '-'), 0, INT32_MAX, &count);
}

static void copy(FILE *file)
{
	if (from)
		from_there(file, bytes, count);
	else if (bytes)
		last_bytes(file, (size_t)count);
	else
		last_lines(file, (size_t)count);
}

int main(int argc, char **argv)
{
	static const char line[] = "tail [-n [+]LINES | -c [+]BYTES] [FILE...]";
	int option, status = 0, shown = 0;

	if (argc > 1 && (argv[1][0] == '-' || argv[1][0] == '+') && isdigit((unsigned char)argv[1][1])) {
		if (!parse_count(argv[1]))
			return usage(line);
		argv++;
		argc--;
	}
	opterr = 0;
	while ((option = getopt(argc, argv, "n:c:")) != -1) {
		bytes = option == 'c';
		if (option == '?' || !parse_count(optarg))
			return usage(line);
	}
	if (optind == argc)
		copy(stdin);
	for (int i = optind; i < argc; i++) {
		bool input = strcmp(argv[i], "-") == 0;
		FILE *file = input ? stdin : fopen(argv[i], "r");

		if (file && argc - optind > 1)
			printf("%s==> %s <==\n", shown++ ? "\n" : "", input ? "standard input" : argv[i]);
		if (file)
			copy(file);
		if (file == NULL || ferror(file))
			status = fail("tail", argv[i]);
		if (file && !input)
			fclose(file);
	}
	return finish("tail", ferror(stdin) ? fail("tail", "standard input") : status);
}
