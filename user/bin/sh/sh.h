/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SH_SH_H
#define CURFEW_SH_SH_H
/*
 * The shell's parts, from text to processes:
 *
 *   main.c      options, where lines come from, the prompt
 *   lexer.c     text to tokens
 *   parser.c    tokens to a tree, one line at a time
 *   expand.c    words to arguments: quotes and $ go, when the command runs
 *   run.c       runs a tree: lists, builtins, programs, subshells
 *   builtin.c   the commands that the shell does itself
 *   job.c       children: process groups, the console, waiting, background
 *   edit.c      the line editor;  history.c, complete.c  what it offers
 *
 * Every variable is in the environment: there is no other kind.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct shell {
	int status;            /* $?, of the last command */
	bool interactive;      /* reads from the console; jobs get groups of their own */
	bool interrupted;      /* Ctrl-C ended a foreground job: forget the rest of the line */
	pid_t last_background; /* $!, 0 if there was none */
	const char *name;      /* $0 */
	int argc;              /* $# */
	char **argv;           /* $1 and on */
};
extern struct shell shell;

/* Memory that is there; the shell ends if there is none. */
void *must_have(void *pointer);

/* Says `sh: what: why`, or `sh: what` without why. */
void complain(const char *what, const char *why);

/* ----------------------------------------------------------------- lexer.c */

enum token_type {
	TOKEN_END, /* of the text */
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_SEMICOLON,
	TOKEN_BACKGROUND, /* & */
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_ERROR, /* text says what is wrong */
};

struct token {
	enum token_type type;
	const char *text; /* in the source, quotes and all */
	size_t length;
};

/* The next token at *at, which moves behind it. */
struct token lexer_next(const char **at);

/* ---------------------------------------------------------------- parser.c */

enum node_type {
	NODE_COMMAND,    /* words */
	NODE_GROUP,      /* ( left ) */
	NODE_AND,        /* left && right */
	NODE_OR,         /* left || right */
	NODE_SEQUENCE,   /* left ; right */
	NODE_BACKGROUND, /* left & */
};

struct node {
	enum node_type type;
	struct node *left, *right;
	char **words; /* as they stand in the source; NULL-terminated */
	size_t count;
	char *text; /* NODE_BACKGROUND: the command as typed */
};

enum parse_result { PARSE_LINE, PARSE_END, PARSE_ERROR };

/* Reads one line of commands at *at into a tree, NULL for an empty one.  Says itself what is wrong. */
enum parse_result parser_line(const char **at, struct node **tree);

void parser_free(struct node *tree);

/* ---------------------------------------------------------------- expand.c */

/* The arguments that raw words become; NULL-terminated.  expand_free() frees them. */
char **expand_words(char *const *words, size_t count);

/* One raw text without splitting it at blanks: the value of an assignment.  The caller frees it. */
char *expand_value(const char *text);

void expand_free(char **arguments);

/* The length of the name of the variable that the text begins with; 0 if it begins with none. */
size_t name_length(const char *text);

/* ------------------------------------------------------------------- run.c */

/* Runs all lines of a text.  Returns the last status; 2 after a syntax error. */
int run_text(const char *text);

/* Runs a tree and returns its status, which is $? then. */
int run_tree(struct node *tree);

/* Finds a program as execvp() does.  Returns its path in `path`, or false with errno. */
bool find_program(const char *name, char *path, size_t size);

/* --------------------------------------------------------------- builtin.c */

typedef int builtin_function(int argc, char **argv);

/* The builtin of that name, or NULL. */
builtin_function *builtin_find(const char *name);

/* The name of the n-th builtin, NULL behind the last. */
const char *builtin_name(size_t n);

/* ------------------------------------------------------------------- job.c */

/* At the start: what the console is, and whose. */
void job_init(void);

/* In a fresh child: its process group, and the console if it is in the foreground.  Only system calls: the child
 * may be one of vfork. */
void job_enter_child(bool foreground);

/* In the parent: waits for a foreground child; says what signal ended it.  Returns its status. */
int job_wait_foreground(pid_t pid);

/* In the parent: notes a background child.  Returns 0, the status of having started it. */
int job_add_background(pid_t pid, const char *text);

/* Reaps background jobs that ended; says so if interactive. */
void job_reap(void);

/* Waits for a job given as %N or as a process number, or for all.  Returns the status for `wait`. */
int job_wait(const char *which);

void job_list(void);

/* ------------------------------------------------------------------ edit.c */

#define EDIT_MAX 1024

enum edit_result { EDIT_LINE, EDIT_END, EDIT_INTERRUPT };

/* Reads one line from the console, edited by the user, into line[EDIT_MAX], without its newline. */
enum edit_result edit_line(const char *prompt, char *line);

/* --------------------------------------------------------------- history.c */

void history_add(const char *line);
/* The n-th last line, 1 is the last; NULL if there is none. */
const char *history_get(size_t n);

/* -------------------------------------------------------------- complete.c */

struct completion {
	size_t start;              /* where the word to complete begins in the line */
	char text[EDIT_MAX + 512]; /* what the word becomes */
	bool unique;               /* there is just this one */
	char candidates[EDIT_MAX]; /* all of them, as a line to show */
};

/* Completes the word that ends at line[cursor].  Returns false if nothing fits. */
bool complete(const char *line, size_t cursor, struct completion *result);

#endif
