/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion of the word before the cursor.
 *
 * The first word of a command is completed from the builtins and the programs
 * in PATH, any other word, and one with a slash, from the files there are.
 * The word grows by what all candidates have in common.  Quotes are not looked
 * at: names in the initrd are plain.
 */
#include "sh.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The candidates found so far. */
struct search {
	struct completion *result;
	const char *prefix;
	size_t prefix_length;
	char common[256]; /* what all of them begin with */
	size_t found;
	bool folder; /* the only one is a folder */
};

/* Whether a name is in the list of candidates: builtins may be programs too. */
static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name)) {
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* Takes a name in if it begins with the prefix. */
static void consider(struct search *search, const char *name, bool folder)
{
	size_t used = strlen(search->result->candidates), same = 0;

	if (strncmp(name, search->prefix, search->prefix_length) != 0 || is_listed(search->result->candidates, name))
		return;
	if (search->found++ == 0)
		snprintf(search->common, sizeof(search->common), "%s", name);
	while (search->common[same] && search->common[same] == name[same])
		same++;
	search->common[same] = '\0';
	search->folder = folder;
	snprintf(search->result->candidates + used, EDIT_MAX - used, "%s%s%s", used ? "  " : "", name,
		folder ? "/" : "");
}

/* Considers all names in a folder.  Dot files only if asked for by a dot; only programs with `programs`. */
static void consider_folder(struct search *search, const char *path, bool programs)
{
	static char full[EDIT_MAX];
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (entry->d_name[0] == '.' && search->prefix[0] != '.')
			continue;
		if (strncmp(entry->d_name, search->prefix, search->prefix_length) != 0)
			continue;
		snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);
		if (stat(full, &st) < 0 || (programs && !S_ISREG(st.st_mode)))
			continue;
		consider(search, entry->d_name, S_ISDIR(st.st_mode));
	}
	if (dir)
		closedir(dir);
}

static void consider_commands(struct search *search)
{
	static char folder[256];
	const struct builtin *builtin;
	const char *path = var_get("PATH");

	for (size_t i = 0; (builtin = builtin_get(i)) != NULL; i++)
		consider(search, builtin->name, false);
	for (path = path ? path : "/bin"; *path; path += *path == ':') {
		size_t length = strcspn(path, ":");

		snprintf(folder, sizeof(folder), "%.*s", (int)length, path);
		consider_folder(search, folder, true);
		path += length;
	}
}

/* Whether the word that starts there is the first of a command. */
static bool is_first_word(const char *line, size_t start)
{
	while (start > 0 && line[start - 1] == ' ')
		start--;
	return start == 0 || strchr(";&|({!`", line[start - 1]);
}

bool complete(const char *line, size_t cursor, struct completion *result)
{
	static char word[EDIT_MAX], folder[EDIT_MAX + 1];
	struct search search = { .result = result };
	char *slash;

	result->start = cursor;
	while (result->start > 0 && !strchr(" \t;&|(=<>`", line[result->start - 1]))
		result->start--;
	snprintf(word, sizeof(word), "%.*s", (int)(cursor - result->start), line + result->start);
	result->candidates[0] = '\0';
	slash = strrchr(word, '/');
	search.prefix = slash ? slash + 1 : word;
	search.prefix_length = strlen(search.prefix);
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - word) + 1 : 0, word);
	if (slash == NULL && is_first_word(line, result->start))
		consider_commands(&search);
	else
		consider_folder(&search, slash ? folder : ".", false);
	if (search.found == 0)
		return false;
	result->unique = search.found == 1;
	snprintf(result->text, sizeof(result->text), "%s%s", folder, search.common);
	if (result->unique)
		strcat(result->text, search.folder ? "/" : " ");
	return true;
}
