/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables: a name, a value that may be unset, and whether it is exported or
 * readonly.  The environment is read at the start and made anew for each
 * program; the shell's own `environ` means nothing in between.
 *
 * `local`, and assignments in front of a builtin or function, note what was and
 * bring it back: a stack of noted variables.
 */
#include "sh.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUCKETS 64 /* a power of 2 */

struct variable {
	struct variable *next;
	char *value; /* NULL: not set */
	unsigned flags;
	char name[];
};

/* A variable as it was. */
struct saved {
	char *name, *value;
	unsigned flags;
};

extern char **environ;

static struct variable *buckets[BUCKETS];
static struct saved *saved;
static size_t saved_count;

static struct variable **bucket_of(const char *name)
{
	unsigned hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return &buckets[hash % BUCKETS];
}

static struct variable *find(const char *name)
{
	struct variable *variable = *bucket_of(name);

	while (variable && strcmp(variable->name, name) != 0)
		variable = variable->next;
	return variable;
}

static struct variable *find_or_add(const char *name)
{
	struct variable *variable = find(name), **bucket = bucket_of(name);

	if (variable)
		return variable;
	variable = must_have(calloc(1, sizeof(*variable) + strlen(name) + 1));
	strcpy(variable->name, name);
	variable->next = *bucket;
	*bucket = variable;
	return variable;
}

const char *var_get(const char *name)
{
	struct variable *variable = find(name);

	return variable ? variable->value : NULL;
}

bool var_set(const char *name, const char *value, unsigned flags)
{
	struct variable *variable = find_or_add(name);
	char *copy;

	if (value && (variable->flags & VAR_READONLY)) {
		complain(name, "is read only");
		return false;
	}
	if (value) {
		copy = must_have(strdup(value)); /* the value may be the variable's own */
		free(variable->value);
		variable->value = copy;
		if (strcmp(name, "OPTIND") == 0)
			getopts_reset();
		if (shell.options & OPTION_ALLEXPORT)
			flags |= VAR_EXPORTED;
	}
	variable->flags |= flags;
	return true;
}

bool var_assign(const char *assignment, unsigned flags)
{
	size_t length = name_length(assignment);
	char *name = must_have(strndup(assignment, length));
	bool done = var_set(name, assignment + length + 1, flags);

	free(name);
	return done;
}

bool var_unset(const char *name)
{
	struct variable *variable = find(name);

	if (variable == NULL)
		return true;
	if (variable->flags & VAR_READONLY) {
		complain(name, "is read only");
		return false;
	}
	free(variable->value);
	variable->value = NULL;
	variable->flags = 0;
	return true;
}

void var_init(void)
{
	static char here[1024];
	char number[24];

	for (char **entry = environ; *entry; entry++) {
		size_t length = name_length(*entry);

		if (length > 0 && (*entry)[length] == '=')
			var_assign(*entry, VAR_EXPORTED);
	}
	/* IFS from outside could change what a script's words mean. */
	var_unset("IFS");
	var_set("IFS", " \t\n", 0);
	if (getcwd(here, sizeof(here)))
		var_set("PWD", here, 0);
	var_set("OPTIND", "1", 0);
	snprintf(number, sizeof(number), "%ld", (long)getppid());
	var_set("PPID", number, 0);
	if (var_get("PS1") == NULL)
		var_set("PS1", "curfew$ ", 0);
	if (var_get("PS2") == NULL)
		var_set("PS2", "> ", 0);
	if (var_get("PS4") == NULL)
		var_set("PS4", "+ ", 0);
}

/* ---------------------------------------------------------------- listing */

static int compare_variables(const void *a, const void *b)
{
	return strcmp((*(struct variable *const *)a)->name, (*(struct variable *const *)b)->name);
}

/* All that have these flags, sorted; the caller frees the list. */
static struct variable **sorted(unsigned flags, size_t *count)
{
	struct variable **list = NULL;

	*count = 0;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct variable *variable = buckets[i]; variable; variable = variable->next) {
			if ((variable->flags & flags) != flags || (variable->value == NULL && flags == 0))
				continue;
			list = must_have(realloc(list, (*count + 1) * sizeof(*list)));
			list[(*count)++] = variable;
		}
	}
	if (*count > 0)
		qsort(list, *count, sizeof(*list), compare_variables);
	return list;
}

void var_print_quoted(FILE *file, const char *value)
{
	putc('\'', file);
	for (; *value; value++) {
		if (*value == '\'')
			fputs("'\\''", file);
		else
			putc(*value, file);
	}
	putc('\'', file);
}

void var_list(const char *prefix, unsigned flags)
{
	size_t count;
	struct variable **list = sorted(flags, &count);

	for (size_t i = 0; i < count; i++) {
		printf("%s%s", prefix, list[i]->name);
		if (list[i]->value) {
			putchar('=');
			var_print_quoted(stdout, list[i]->value);
		}
		putchar('\n');
	}
	free(list);
}

/* ------------------------------------------------------------ environment */

/* Whether a variable is replaced by an assignment. */
static bool is_replaced(const char *name, char **assignments)
{
	size_t length = strlen(name);

	for (; assignments && *assignments; assignments++) {
		if (strncmp(name, *assignments, length) == 0 && (*assignments)[length] == '=')
			return true;
	}
	return false;
}

/* Puts NAME=value at the end of the strings, whose place this returns. */
static char *put_entry(char *to, const char *name, const char *value)
{
	to = stpcpy(stpcpy(to, name), "=");
	return stpcpy(to, value) + 1;
}

char **var_environment(char **assignments)
{
	size_t count, entries = 1, bytes = 0, n = 0;
	struct variable **list = sorted(VAR_EXPORTED, &count);
	char **environment, *strings;

	for (size_t i = 0; i < count; i++) {
		entries++;
		bytes += strlen(list[i]->name) + (list[i]->value ? strlen(list[i]->value) : 0) + 2;
	}
	for (size_t i = 0; assignments && assignments[i]; i++)
		entries++;
	/* One block: the pointers, then the strings. */
	environment = must_have(malloc(entries * sizeof(char *) + bytes));
	strings = (char *)(environment + entries);
	for (size_t i = 0; i < count; i++) {
		if (list[i]->value == NULL || is_replaced(list[i]->name, assignments))
			continue;
		environment[n++] = strings;
		strings = put_entry(strings, list[i]->name, list[i]->value);
	}
	for (size_t i = 0; assignments && assignments[i]; i++) {
		size_t length = name_length(assignments[i]);
		bool again = false;

		for (size_t j = i + 1; assignments[j]; j++)
			again |= strncmp(assignments[i], assignments[j], length + 1) == 0;
		if (!again)
			environment[n++] = assignments[i];
	}
	environment[n] = NULL;
	free(list);
	return environment;
}

/* ----------------------------------------------------- what was, and is again */

size_t var_mark(void)
{
	return saved_count;
}

void var_save(const char *name)
{
	struct variable *variable = find(name);

	saved = must_have(realloc(saved, (saved_count + 1) * sizeof(*saved)));
	saved[saved_count++] = (struct saved){
		.name = must_have(strdup(name)),
		.value = variable && variable->value ? must_have(strdup(variable->value)) : NULL,
		.flags = variable ? variable->flags : 0,
	};
}

void var_restore(size_t mark)
{
	while (saved_count > mark) {
		struct saved *was = &saved[--saved_count];
		struct variable *variable = find_or_add(was->name);

		free(variable->value);
		variable->value = was->value;
		variable->flags = was->flags;
		free(was->name);
	}
}
