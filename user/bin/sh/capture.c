/* SPDX-License-Identifier: BSD-2-Clause */
/* Command substitution: a child runs the commands, the shell reads what they print. */
#include "sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads to the end; a NUL cannot be in a value, and goes. */
static char *read_all(int fd)
{
	struct text text = { 0 };
	char buffer[512], *result;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR && !shell.interrupted)
			continue;
		if (n < 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			if (buffer[i] != '\0')
				text_put(&text, buffer[i], MARK_QUOTED);
		}
	}
	while (text.length > 0 && text.bytes[text.length - 1] == '\n')
		text.length--;
	result = text_string(&text);
	text_free(&text);
	return result;
}

char *capture(const char *commands)
{
	int ends[2];
	char *output;
	pid_t pid;

	shell.substituted = 126;
	if (!pipeline_make(ends))
		return must_have(strdup(""));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pipeline_become_subshell();
		close(ends[0]);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[1]);
		shell_exit(run_text(commands));
	}
	close(ends[1]);
	if (pid < 0)
		complain("fork", strerror(errno));
	output = read_all(ends[0]);
	close(ends[0]);
	if (pid > 0)
		shell.substituted = job_wait_child(pid);
	return output;
}
