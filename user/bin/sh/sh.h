/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SH_SH_H
#define CURFEW_SH_SH_H
/*
 * The shell's parts, from text to processes (docs/shell.md says what it can):
 *
 *   main.c      options, where lines come from, the prompt, how it ends
 *   option.c    set -e and the like
 *
 *   lexer.c     text to tokens;  scan.c  where quotes and expansions end
 *   parser.c    tokens to a tree, a line at a time: lists, pipelines, simple commands;  compound.c  if, while, case ...
 *   heredoc.c   the text behind <<
 *   node.c      the tree's memory
 *
 *   expand.c    words to marked text;  param.c  ${...};  arith.c  $((...));  text.c  marked text, and what it becomes
 *   field.c     marked text to arguments: splitting, globbing
 *   var.c       variables;  function.c  functions and positional parameters
 *
 *   run.c       runs trees: lists, conditions, loops;  command.c  simple commands
 *   pipeline.c  children that run trees: pipelines, subshells, background;  capture.c  $(...)
 *   program.c   programs: search, environment, exec;  redirect.c  descriptors
 *   builtin.c   the table of commands that the shell does itself;  do_*.c  those commands
 *   trap.c      signals;  job.c  children: process groups, the console, waiting
 *   edit.c      the line editor;  history.c, complete.c  what it offers
 *
 * How control leaves a command early: nothing jumps.  break, return, an error
 * in an interactive shell set shell.flow, Ctrl-C sets shell.interrupted; who
 * runs a list or a loop looks at shell_stops() after each command and gives
 * up what it does.  A shell that is not interactive ends at an error.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum flow {
	FLOW_NONE,
	FLOW_BREAK,    /* out of `leave` loops */
	FLOW_CONTINUE, /* the same, and the last of them goes on */
	FLOW_RETURN,   /* from a function or a file */
	FLOW_ABORT,    /* an error: forget the rest of the line */
};

struct shell {
	int status;            /* $?, of the last command */
	int substituted;       /* the status of the last command substitution */
	bool interactive;      /* reads from the console; jobs get groups of their own */
	volatile sig_atomic_t interrupted; /* Ctrl-C: forget the rest of the line */
	enum flow flow;
	int leave;             /* FLOW_BREAK, FLOW_CONTINUE: loops to leave */
	int loops;             /* around the command that runs, in this function */
	int functions;         /* calls of functions, and files read by `.`, that have not returned */
	int tested;            /* > 0: a command may fail though set -e */
	pid_t pid;             /* $$ */
	pid_t self;            /* this process: another one in a subshell */
	pid_t last_background; /* $!, 0 if there was none */
	const char *name;      /* $0 */
	int argc;              /* $# */
	char **argv;           /* $1 and on */
	unsigned options;      /* OPTION_* */
};
extern struct shell shell;

/* Whether the list or loop at work shall be given up. */
static inline bool shell_stops(void)
{
	return shell.flow != FLOW_NONE || shell.interrupted;
}

/* Memory that is there; the shell ends if there is none. */
void *must_have(void *pointer);

/* Says `sh: what: why`. */
void complain(const char *what, const char *why);
/* Of a builtin: `sh: name: what: why`. */
void complain_of(const char *name, const char *what, const char *why);

/* After an error that POSIX lets no script survive: ends the shell with status 2; an interactive one forgets the line. */
void shell_error(void);

/* Ends the shell: the EXIT trap runs, output is written. */
_Noreturn void shell_exit(int status);

/* Runs a file's lines in this shell.  Returns their status, 127 or 126 if it cannot be read. */
int shell_read_file(const char *path);

/* ---------------------------------------------------------------- option.c */

#define OPTION_ALLEXPORT 0x01u /* -a */
#define OPTION_ERREXIT   0x02u /* -e */
#define OPTION_NOGLOB    0x04u /* -f */
#define OPTION_NOEXEC    0x08u /* -n */
#define OPTION_NOUNSET   0x10u /* -u */
#define OPTION_XTRACE    0x20u /* -x */
#define OPTION_NOCLOBBER 0x40u /* -C */

/* Takes the options (-e +x -o name) in front of arguments.  Returns how many words those are, `--` or a `-` among them; -1
 * after an error, which it said. */
int option_parse(int argc, char **argv);

/* The value of $-, in a static buffer. */
const char *option_letters(void);

/* ------------------------------------------------------- lexer.c and scan.c */

#define MAX_DEPTH 50 /* of what may be nested: commands in commands, expansions in expansions */

struct lexer {
	const char *begin; /* of the text */
	const char *at;
	unsigned depth;
	bool final;        /* no more text will come */
	bool more;         /* the text ended too early: more might help */
	const char *error; /* what is wrong, if anything */
};

enum token_type {
	TOKEN_END, /* of the text */
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_SEMICOLON,
	TOKEN_DOUBLE_SEMICOLON,
	TOKEN_BACKGROUND, /* & */
	TOKEN_PIPE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_REDIRECT, /* with its number */
	TOKEN_ERROR,    /* lexer.error says what is wrong */
};

enum redirect_type {
	REDIRECT_IN,
	REDIRECT_OUT,
	REDIRECT_CLOBBER, /* >| */
	REDIRECT_APPEND,
	REDIRECT_BOTH, /* <> */
	REDIRECT_DUP,  /* <& and >& */
	REDIRECT_HEREDOC,
	REDIRECT_HEREDOC_TABS, /* <<- */
};

struct token {
	enum token_type type;
	const char *text; /* in the source, quotes and all */
	size_t length;
	enum redirect_type redirect;
	int fd; /* of a redirection */
};

/* The next token, behind which the lexer then is. */
struct token lexer_next(struct lexer *lexer);

/* These return the end of what begins at `at`; NULL if it has none, and then say why in the lexer. */
const char *scan_word(struct lexer *lexer, const char *at);
const char *scan_single_quotes(struct lexer *lexer, const char *at);
const char *scan_double_quotes(struct lexer *lexer, const char *at);
const char *scan_backquotes(struct lexer *lexer, const char *at);
/* Of $..., in double quotes or not; at + 1 for a $ that means nothing. */
const char *scan_dollar(struct lexer *lexer, const char *at, bool quoted);

/* What stands in ${...}. */
struct parameter {
	const char *name;
	size_t length;
	bool measure;    /* ${#name} */
	char operation;  /* 0, or one of - = ? + # % */
	bool colon;      /* :- := :? :+ */
	bool longest;    /* ## %% */
	const char *word, *word_end;
};

/* Reads ${...} at `at`.  Returns its end, or NULL as above. */
const char *scan_braces(struct lexer *lexer, const char *at, bool quoted, struct parameter *parameter);

/* The length of the name of the variable that the text begins with; 0 if it begins with none. */
size_t name_length(const char *text);

/* The length of the parameter that the text begins with: a name, digits, or one special character. */
size_t parameter_length(const char *text);

/* Whether text[0..length) is that word. */
bool text_is(const char *text, size_t length, const char *word);

/* ------------------------------------------------------------------ node.c */

enum node_type {
	NODE_COMMAND,    /* words (assignments in front) */
	NODE_SUBSHELL,   /* ( left ) */
	NODE_BRACES,     /* { left; } */
	NODE_IF,         /* if left; then right; else other: a list, or NODE_IF for elif */
	NODE_WHILE,      /* while left; do right */
	NODE_UNTIL,
	NODE_FOR,        /* for words[0] in words[1...]; do left; without `in`: flag is not set */
	NODE_CASE,       /* case words[0] in; right is the first NODE_CASE_ITEM */
	NODE_CASE_ITEM,  /* words | words) left ;; right is the next */
	NODE_FUNCTION,   /* words[0]() left */
	NODE_NOT,        /* ! left */
	NODE_PIPE,       /* left | right; right may be a NODE_PIPE again */
	NODE_AND,        /* left && right.  && and || are left-associative, but chained to the right: */
	NODE_OR,         /* a && b || c is AND(a, OR(b, c)); run.c runs the chain in order */
	NODE_SEQUENCE,   /* left ; right */
	NODE_BACKGROUND, /* left & */
};

struct redirect {
	struct redirect *next;
	enum redirect_type type;
	int fd;
	char *word; /* as it stands in the source; of a here-document: its text */
	bool literal; /* a here-document whose delimiter was quoted: nothing is expanded in it */
};

struct node {
	enum node_type type;
	unsigned references;
	bool flag;
	struct node *left, *right, *other;
	char **words; /* as they stand in the source; NULL-terminated */
	size_t count;
	struct redirect *redirects;
	char *text; /* NODE_BACKGROUND: the command as typed */
};

struct node *node_new(enum node_type type, struct node *left, struct node *right);
struct node *node_hold(struct node *node);
/* Lets go of a tree, which may be NULL; frees it if nobody else holds it. */
void node_free(struct node *node);
void node_add_word(struct node *node, const char *text, size_t length);

/* ---------------------------------------------------- parser.c, compound.c, heredoc.c */

/* A here-document whose text comes behind the next newline. */
struct pending {
	struct redirect *redirect;
	char *delimiter;
};

struct parser {
	struct lexer lexer;
	const char *before; /* where `token` begins, or the blanks before it */
	struct token token; /* the one to be looked at next */
	bool in_list;       /* newlines separate commands */
	bool failed, quiet;
	struct pending *pending;
	size_t pending_count;
};

enum parse_result {
	PARSE_LINE,
	PARSE_END,   /* of the text */
	PARSE_MORE,  /* the text ends inside a command: call again, from the same place, with more of it */
	PARSE_ERROR, /* which was said */
};

/* Reads one line of commands at *at into a tree, NULL for an empty one; *at is then behind it.  final: there is no more text. */
enum parse_result parser_line(const char **at, bool final, struct node **tree);

/* The end of a list that ends with `)`, which is $(...)'s: for scan.c. */
const char *parser_skip_substitution(struct lexer *lexer, const char *at);

void parser_advance(struct parser *parser);
void parser_error(struct parser *parser); /* at the token to be looked at */
void parser_skip_newlines(struct parser *parser);
bool parser_at(const struct parser *parser, const char *reserved);
void parser_expect(struct parser *parser, const char *reserved);
/* A list up to a word that cannot begin a command, for compound commands: at least one command. */
struct node *parser_list(struct parser *parser);
void parser_redirects(struct parser *parser, struct node *node);

/* Whether the token begins a compound command, and such a command. */
bool compound_begins(const struct parser *parser);
struct node *compound_parse(struct parser *parser);

/* Notes a here-document; reads those noted, whose text the lexer is at. */
void heredoc_note(struct parser *parser, struct redirect *redirect, const char *word, size_t length);
void heredoc_read(struct parser *parser);

/* ------------------------------------------------------------------ text.c */

/*
 * Text on its way to become arguments.  Each byte has a mark that says what may
 * still happen to it.
 */
enum mark {
	MARK_PLAIN,  /* as it stood, unquoted: pattern characters are live */
	MARK_VALUE,  /* came from an unquoted expansion: is split too */
	MARK_QUOTED, /* stays as it is */
	MARK_EMPTY,  /* no byte, but there is an argument here though it may be empty */
	MARK_BREAK,  /* no byte: the next positional parameter is an argument of its own */
};

struct text {
	char *bytes;
	unsigned char *marks;
	size_t length, room;
};

void text_put(struct text *text, char byte, enum mark mark);
void text_put_string(struct text *text, const char *string, enum mark mark);
void text_free(struct text *text);

/* The bytes as they are; a break is a blank.  The caller frees it. */
char *text_string(const struct text *text);

/* A pattern for fnmatch() and glob(), from [first, end): what was quoted has a backslash.  The caller frees it. */
char *text_pattern(const struct text *text, size_t first, size_t end);

/* ----------------------------------------------------------------- field.c */

/* A growing list of strings, NULL-terminated. */
struct strings {
	char **list;
	size_t count, room;
};

void strings_add(struct strings *strings, char *string);

/* Splits a text at IFS and replaces patterns by the files that match; adds what it becomes. */
void field_split(const struct text *text, struct strings *fields);

/* What is in IFS: 0 no, 1 a blank, 2 another separator. */
int field_separator(char c);

/* ---------------------------------------------------------------- expand.c */

/* The arguments that raw words become; NULL-terminated.  expand_free() frees them. */
char **expand_words(char *const *words, size_t count);

/* One raw text without splitting: a value, a file's name.  The caller frees it, as all that follow. */
char *expand_value(const char *text);

/* An assignment NAME=value: a ~ is special behind = and :. */
char *expand_assignment(const char *text);

/* A raw text to a pattern. */
char *expand_pattern(const char *text);

/* The inside of a here-document, a prompt: only $ ` and \ are special. */
char *expand_document(const char *text);

void expand_free(char **arguments);

/* How the inside of something is to be read. */
enum context {
	CONTEXT_WORD,     /* a word as the user wrote it */
	CONTEXT_VALUE,    /* the word in an unquoted ${x-word}: is split */
	CONTEXT_QUOTED,   /* the word in a quoted one */
	CONTEXT_DOCUMENT, /* here-documents, arithmetic: quotes are plain characters */
};

/* Expands [at, end) into out: for ${...}. */
void expand_range(struct text *out, const char *at, const char *end, enum context context);

/* ----------------------------------------------------------------- param.c */

/* Puts what a parameter becomes. */
void param_expand(struct text *out, const struct parameter *parameter, bool quoted);

/* ----------------------------------------------------------------- arith.c */

/* Evaluates an expression.  Returns false, after it said why, for a bad one. */
bool arith_evaluate(const char *expression, long *value);

/* ------------------------------------------------------------------- var.c */

#define VAR_EXPORTED 1u
#define VAR_READONLY 2u

/* At the start: variables from the environment. */
void var_init(void);

/* The value, NULL if it is not set. */
const char *var_get(const char *name);

/* Sets a variable, with these flags too.  Returns false, after it said why, if it is readonly; value may be NULL: only flags. */
bool var_set(const char *name, const char *value, unsigned flags);

/* The same with NAME=value. */
bool var_assign(const char *assignment, unsigned flags);

bool var_unset(const char *name);

/* Lists variables that have all these flags as commands, `prefix` in front. */
void var_list(const char *prefix, unsigned flags);

/* The environment of a program: the exported variables, and assignments (NAME=value; may be NULL).  Free it as one block. */
char **var_environment(char **assignments);

/* Notes what a variable is now; var_restore() brings back all that was noted since the mark. */
size_t var_mark(void);
void var_save(const char *name);
void var_restore(size_t mark);

/* Prints a value so that the shell would read it as it is. */
void var_print_quoted(FILE *file, const char *value);

/* -------------------------------------------------------------- function.c */

void function_define(const char *name, struct node *body);
struct node *function_find(const char *name);
void function_unset(const char *name);
int function_call(struct node *body, int argc, char **argv);

/* Sets $1 and on to copies. */
void function_set_parameters(int argc, char **argv);

/* ------------------------------------------------------------------- run.c */

/* Runs all lines of a text.  Returns the last status; 2 after a syntax error. */
int run_text(const char *text);

/* Runs a tree and returns its status, which is $? then. */
int run_tree(struct node *tree);

/* -------------------------------------------------------------- pipeline.c */

/* Runs a pipeline, or a subshell, and waits for it; starts one in the background (NODE_BACKGROUND).  Return the status. */
int pipeline_run(struct node *tree);
int pipeline_background(struct node *node);

/* What every forked child of the shell does first. */
void pipeline_become_subshell(void);

/* A pipe with both ends out of the way of what a user may redirect, closed on exec.  False, after it said why, if there is none. */
bool pipeline_make(int ends[2]);

/* ----------------------------------------------------------- command.c, capture.c */

/* Runs a simple command.  `replace`: this process has nothing else to do. */
int command_run(const struct node *node, bool replace);

/* What the commands in a text print, without newlines at the end.  The caller frees it. */
char *capture(const char *text);

/* --------------------------------------------------------------- program.c */

/* Finds a program as execvp() does.  Returns its path in `path`, or false with errno. */
bool program_find(const char *name, char *path, size_t size);

struct redirections;

/* Runs a program and waits for it; with `replace` it takes the place of this process.  Returns its status. */
int program_run(char **argv, char **assignments, struct redirections *redirections, bool replace);

/* -------------------------------------------------------------- redirect.c */

/* One descriptor to change: `from` becomes `to`, or `to` is closed (from < 0). */
struct move {
	int to, from;
	bool opened; /* `from` was opened for this */
};

/* Redirections with their files open: what is left is dup2() and close(), which a child of vfork may do too. */
struct redirections {
	struct move *moves;
	size_t count;
	struct move *saved; /* what to bring back: filled by redirect_apply() */
	size_t saved_count;
};

/* Expands the words and opens the files.  Returns false, after it said why, if one cannot be. */
bool redirect_prepare(const struct redirect *list, struct redirections *redirections);

/* In a child: only system calls. */
void redirect_enter(const struct redirections *redirections);

/* In the shell itself; redirect_undo() brings back what was, redirect_keep() forgets it. */
void redirect_apply(struct redirections *redirections);
void redirect_undo(struct redirections *redirections);
void redirect_keep(struct redirections *redirections);

/* The descriptor, moved to where users do not redirect, and closed on exec; -1 with errno. */
int redirect_high(int fd);

/* Closes what was opened, and frees. */
void redirect_free(struct redirections *redirections);

/* --------------------------------------------------------------- builtin.c */

typedef int builtin_function(int argc, char **argv);

struct builtin {
	const char *name;
	builtin_function *function;
	bool special; /* POSIX: assignments in front stay; an error ends a script */
	const char *arguments, *what;
};

/* The builtin of that name, or NULL. */
const struct builtin *builtin_find(const char *name);

/* The n-th builtin, NULL behind the last. */
const struct builtin *builtin_get(size_t n);

builtin_function do_break, do_cd, do_command, do_continue, do_dot, do_echo, do_eval, do_exec, do_exit, do_export, do_false,
	do_fg, do_getopts, do_help, do_history, do_jobs, do_kill, do_local, do_printf, do_pwd, do_read, do_readonly,
	do_return, do_set, do_shift, do_test, do_trap, do_true, do_type, do_umask, do_unset, do_wait;

/* OPTIND was set: getopts begins anew. */
void getopts_reset(void);

/* ------------------------------------------------------------------ trap.c */

/* Runs the actions of signals that came. */
void trap_run_pending(void);

/* A signal with an action that has not run yet; 0: none. */
int trap_pending(void);

/* Runs the action for EXIT, once. */
void trap_run_exit(void);

/* In a subshell: actions are gone, ignored signals stay so. */
void trap_forget(void);

/* In an interactive shell: Ctrl-C is noted, not deadly. */
void trap_watch_interrupt(void);

/* In a background child without job control: Ctrl-C is not for it. */
void trap_ignore_keyboard(void);

/* ------------------------------------------------------------------- job.c */

/* At the start of an interactive shell: what the console is, and whose. */
void job_init(void);
/* Opens the console anew for those of descriptors 0 to 2 whose server has died, and takes it.  Returns whether one had. */
bool job_find_console(void);

/* In a fresh child: its process group (0: a new one), and the console if it is in the foreground.  Only system calls: the
 * child may be one of vfork. */
void job_enter_child(pid_t group, bool foreground);

/* In the parent, after each fork: so that the group is there for the next child. */
void job_note_child(pid_t pid, pid_t group);

/* Waits for one child, come what may.  Returns the shell's status for what it ended with. */
int job_wait_child(pid_t pid);

/* Waits for the children of a foreground job; says what signal ended the last.  Returns the status of that. */
int job_wait_foreground(const pid_t *pids, size_t count);

/* Notes a background job: $! is the last child.  Returns 0, the status of having started it. */
int job_add_background(const pid_t *pids, size_t count, const char *text);

/* Reaps background jobs that ended; says so if interactive. */
void job_reap(void);

/* In a subshell: its parent's jobs are not its own. */
void job_forget(void);

/* Waits for a job given as %N or as a process number (NULL: the last), or for all.  Returns the status. */
int job_wait(const char *which);
int job_wait_all(void);
int job_foreground(const char *which);

/* The process group (negative, for kill) or process that a %N means; 0 if there is none. */
pid_t job_target(const char *which);

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
