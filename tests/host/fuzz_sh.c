/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token soup for the shell: fuzz_sh FIRST LAST runs the texts with the seeds in that range.
 *
 * Each text is parsed; what words come of it are expanded, but for commands in
 * them, and evaluated as arithmetic.  Nothing may crash (the sanitizers watch), and whatever
 * the parser takes it must get through to the text's end.  The last line says how many texts were good commands, so that a
 * parser that takes nothing is seen.  In place of main.c.
 */
#include "sh/sh.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell shell = { .name = "fuzz" };

void complain(const char *what, const char *why)
{
	(void)what;
	(void)why;
}

void complain_of(const char *name, const char *what, const char *why)
{
	(void)name;
	complain(what, why);
}

void *must_have(void *pointer)
{
	return pointer ? pointer : (abort(), NULL);
}

void shell_error(void)
{
	shell.flow = FLOW_ABORT;
}

_Noreturn void shell_exit(int status)
{
	(void)status;
	abort(); /* nothing runs here */
}

int shell_read_file(const char *path)
{
	(void)path;
	return 0;
}

static uint64_t state;

static uint32_t next(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static const char *const tokens[] = { " ", " ", " ", "\n", "\n", ";", ";;", "&", "&&", "||", "|", "(", ")", "{ ", " }", "!", "if ",
	" then ", " else ", " elif ", " fi", "while ", "until ", " do ", " done", "for ", " in ", "case ", " esac", "a", "b=", "c=d", "$a", "${a",
	"}", "${#", "${a:-", "${a%%", "${a#", "$((", "))", "$(", "`", "'", "\"", "\\", "#", "<", ">", ">>", "<<", "<<-", "<<E\n", "\nE\n", "<&",
	">&", "<>", ">|", "2", "1", "*", "?", "[", "]", "[!", "~", "=", "$@", "\"$*\"", "$", "f()", "+", "-", "/", "%", "<<1", "-9223372036854775808",
	"\t", "\x80", "\\\n", "echo ", ":", "${a?", "${a=", "x", "0x", "'q'", "\"d\"" };

static char *soup(char *text, size_t room)
{
	size_t length = 0, count = next(40) + 1;

	text[0] = '\0';
	while (count-- > 0) {
		const char *token = tokens[next(sizeof(tokens) / sizeof(tokens[0]))];

		if (length + strlen(token) + 1 < room)
			length += (size_t)(stpcpy(text + length, token) - (text + length));
	}
	return text;
}

static bool has_commands(const char *text)
{
	return strstr(text, "$(") || strchr(text, '`');
}

/* Expands what the tree holds. */
static void expand_tree(const struct node *node)
{
	if (node == NULL)
		return;
	for (size_t i = 0; i < node->count; i++) {
		shell.flow = FLOW_NONE;
		if (has_commands(node->words[i]))
			continue;
		expand_free(expand_words(node->words + i, 1));
		free(expand_pattern(node->words[i]));
		free(expand_document(node->words[i]));
	}
	expand_tree(node->left);
	expand_tree(node->right);
	expand_tree(node->other);
}

/* Returns whether all of a text is good. */
static bool try_text(const char *text)
{
	const char *at = text, *before;
	struct node *tree;
	enum parse_result result;
	bool final = next(2) || strlen(text) > 200;
	long value;

	shell.flow = FLOW_NONE;
	if (!has_commands(text) && arith_evaluate(text, &value))
		shell.status = (int)(value & 255);
	do {
		before = at;
		result = parser_line(&at, final, &tree);
		if (result == PARSE_LINE && at <= before)
			abort();
		expand_tree(tree);
		node_free(tree);
	} while (result == PARSE_LINE);
	if (final && result == PARSE_MORE)
		abort();
	return result == PARSE_END && *text;
}

int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, last = argc > 2 ? strtoul(argv[2], NULL, 10) : first;
	unsigned long good = 0;
	static char text[4096];

	var_init();
	function_set_parameters(0, NULL);
	for (unsigned long seed = first; seed <= last; seed++) {
		state = seed;
		next(1);
		soup(text, sizeof(text));
		if (argc > 3)
			printf("%lu: %s\n", seed, text);
		good += try_text(text);
	}
	printf("%lu texts, %lu good\n", last - first + 1, good);
	return 0;
}
