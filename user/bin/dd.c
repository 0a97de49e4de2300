/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dd [if=FILE] [of=FILE] [bs=N] [ibs=N] [obs=N] [count=N] [skip=N] [seek=N] [conv=notrunc,sync,fsync]
 * [status=none]: copies blocks.
 *
 * Numbers may end with k, M, G (of 1024) or b (512).  A read that brings less
 * than a block is a block of that length, which conv=sync fills with zeros;
 * with different ibs and obs the output is put together anew.
 *
 * (A third of it reads the operands, which are like no other program's.)
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"

static const char standard_input[] = "standard input", standard_output[] = "standard output";
static const char *input_name = standard_input, *output_name = standard_output;
static long input_size = 512, output_size = 512, count = -1, skip, seek;
static long one_size; /* bs=: for both, whatever ibs= and obs= say */
static bool no_truncate, fill, sync_output, silent;
static unsigned long long full_in, part_in, full_out, part_out;

static int failed(const char *name)
{
	fail("dd", name);
	return 1;
}

/* A number with its unit; false if it is none. */
static bool parse_size(const char *text, long least, long *value)
{
	static const char units[] = "bckMG";
	static const long factors[] = { 512, 1, 1 << 10, 1 << 20, 1 << 30 };
	char *end;
	const char *unit;

	errno = 0;
	*value = strtol(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == text || (*end && (unit == NULL || end[1])) || *value < least)
		return false;
	return !unit || !__builtin_mul_overflow(*value, factors[unit - units], value);
}

static bool parse_conversions(const char *text)
{
	static const struct {
		const char *name;
		bool *flag;
	} flags[] = { { "notrunc", &no_truncate }, { "sync", &fill }, { "fsync", &sync_output } };

	while (*text) {
		size_t length = strcspn(text, ","), i = 0;

		while (i < 3 && (strlen(flags[i].name) != length || strncmp(text, flags[i].name, length) != 0))
			i++;
		if (i == 3)
			return false;
		*flags[i].flag = true;
		text += length + (text[length] == ',');
	}
	return true;
}

static bool parse_operand(const char *operand)
{
	const char *value = strchr(operand, '=');
	size_t length = value ? (size_t)(value++ - operand) : 0;

	if (length == 2 && strncmp(operand, "if", 2) == 0)
		input_name = value;
	else if (length == 2 && strncmp(operand, "of", 2) == 0)
		output_name = value;
	else if (length == 2 && strncmp(operand, "bs", 2) == 0)
		return parse_size(value, 1, &one_size);
	else if (length == 3 && strncmp(operand, "ibs", 3) == 0)
		return parse_size(value, 1, &input_size);
	else if (length == 3 && strncmp(operand, "obs", 3) == 0)
		return parse_size(value, 1, &output_size);
	else if (length == 5 && strncmp(operand, "count", 5) == 0)
		return parse_size(value, 0, &count);
	else if (length == 4 && strncmp(operand, "skip", 4) == 0)
		return parse_size(value, 0, &skip);
	else if (length == 4 && strncmp(operand, "seek", 4) == 0)
		return parse_size(value, 0, &seek);
	else if (length == 4 && strncmp(operand, "conv", 4) == 0)
		return parse_conversions(value);
	else
		return silent = strcmp(operand, "status=none") == 0;
	return true;
}

/* Skips input blocks: by reading where seeking is not possible. */
static bool skip_input(int in, char *buffer)
{
	if (skip == 0 || lseek(in, (off_t)skip * input_size, SEEK_CUR) >= 0)
		return true;
	for (long i = 0; i < skip; i++) {
		if (read(in, buffer, (size_t)input_size) < 0)
			return false;
	}
	return true;
}

static bool write_block(int out, const char *data, size_t length)
{
	if (!write_all(out, data, length))
		return false;
	full_out += length == (size_t)output_size;
	part_out += length != (size_t)output_size;
	return true;
}

/* Writes whole blocks of what is held, or with `all` the rest too.  Returns how many bytes; -1 with errno. */
static ssize_t write_blocks(int out, const char *data, size_t held, bool all)
{
	size_t done = 0;

	while (held - done >= (size_t)output_size || (all && held > done)) {
		size_t left = held - done, length = left < (size_t)output_size ? left : (size_t)output_size;

		if (!write_block(out, data + done, length))
			return -1;
		done += length;
	}
	return (ssize_t)done;
}

/* Copies.  `buffer` has room for one block of each size: what is less than one to write waits in it. */
static int copy(int in, int out, char *buffer)
{
	size_t held = 0;
	ssize_t done;

	while (count < 0 || full_in + part_in < (unsigned long long)count) {
		ssize_t n = read(in, buffer + held, (size_t)input_size);

		if (n < 0)
			return failed(input_name);
		if (n == 0)
			break;
		full_in += n == input_size;
		part_in += n != input_size;
		if (fill && n < input_size) {
			memset(buffer + held + n, 0, (size_t)(input_size - n));
			n = input_size;
		}
		held += (size_t)n;
		done = write_blocks(out, buffer, held, one_size > 0);
		if (done < 0)
			return failed(output_name);
		held -= (size_t)done;
		memmove(buffer, buffer + done, held);
	}
	return write_blocks(out, buffer, held, true) < 0 ? failed(output_name) : 0;
}

/* Opens the output, cut off where seek= says unless conv=notrunc.  -1 with errno. */
static int open_output(bool named)
{
	off_t offset = (off_t)seek * output_size;
	int flags = O_WRONLY | O_CREAT | (no_truncate || seek ? 0 : O_TRUNC);
	int out = named ? open(output_name, flags, 0666) : STDOUT_FILENO;
	struct stat st;

	if (out < 0 || seek == 0)
		return out;
	if (named && !no_truncate && fstat(out, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(out, offset) < 0)
		return -1;
	return lseek(out, offset, SEEK_CUR) < 0 ? -1 : out;
}

int main(int argc, char **argv)
{
	int in, out, status;
	char *buffer;

	for (int i = 1; i < argc; i++) {
		if (!parse_operand(argv[i])) {
			fprintf(stderr, "dd: %s: not understood\n", argv[i]);
			return usage("dd [if=FILE] [of=FILE] [bs=N] [ibs=N] [obs=N] [count=N] [skip=N] [seek=N] [conv=...]");
		}
	}
	if (one_size)
		input_size = output_size = one_size;
	in = input_name == standard_input ? STDIN_FILENO : open(input_name, O_RDONLY);
	if (in < 0)
		return failed(input_name);
	out = open_output(output_name != standard_output);
	if (out < 0)
		return failed(output_name);
	buffer = must_have(malloc((size_t)input_size + (size_t)output_size));
	status = skip_input(in, buffer) ? copy(in, out, buffer) : failed(input_name);
	if (sync_output && fsync(out) < 0)
		status = failed(output_name);
	if (close(out) < 0)
		status = failed(output_name);
	if (!silent)
		fprintf(stderr, "%llu+%llu records in\n%llu+%llu records out\n", full_in, part_in, full_out, part_out);
	return status;
}
