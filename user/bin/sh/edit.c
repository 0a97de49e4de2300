/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor.
 *
 * The console is raw while a line is edited: bytes come as they are typed,
 * Ctrl-C is one of them, and nothing is echoed but by us.  The line stays on
 * one row of the terminal; a longer one is shown in part, around the cursor.
 * The width is $COLUMNS, or 80.  A byte is a column: text beyond ASCII is
 * taken, and shown, but the cursor is off by the bytes that show nothing.
 *
 * Keys: arrows, Home, End, Delete, Backspace, Tab; Ctrl with A begin, E end,
 * B back, F forward, P previous, N next, D delete or leave, H erase, K kill to
 * the end, U to the begin, W a word, L clear the screen, C forget the line.
 */
#include "sh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CONTROL(letter) ((letter)&0x1f)

/* What a key means once its escape sequence is read; bytes are themselves. */
enum { KEY_NONE = 256, KEY_UP, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DELETE };

struct editor {
	const char *prompt;
	char *line; /* EDIT_MAX bytes, always terminated */
	size_t length, cursor, width;
	size_t back;        /* how far back in history; 0: the line itself */
	char own[EDIT_MAX]; /* the line, while one of history is shown */
};

static void put(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n <= 0)
			return;
		text += n;
		length -= (size_t)n;
	}
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

/* Draws prompt and line anew, as far as they fit, and puts the terminal's cursor where ours is. */
static void redraw(const struct editor *editor)
{
	static char out[EDIT_MAX + 128];
	size_t prompt = strlen(editor->prompt), room = editor->width - prompt - 1;
	size_t first = editor->cursor > room ? editor->cursor - room : 0;
	size_t shown = editor->length - first > room ? room : editor->length - first;
	int n = snprintf(out, sizeof(out), "\r%s%.*s\033[K\r\033[%zuC", editor->prompt, (int)shown,
		editor->line + first, prompt + editor->cursor - first);

	put(out, (size_t)n);
}

/* ----------------------------------------------------------- changes */

/* Puts text in at the cursor; a bell if it does not fit. */
static void insert(struct editor *editor, const char *text, size_t length)
{
	if (editor->length + length >= EDIT_MAX) {
		put_text("\a");
		return;
	}
	memmove(editor->line + editor->cursor + length, editor->line + editor->cursor,
		editor->length - editor->cursor + 1);
	memcpy(editor->line + editor->cursor, text, length);
	editor->length += length;
	editor->cursor += length;
	if (editor->cursor == editor->length && strlen(editor->prompt) + editor->length + 1 < editor->width)
		put(text, length);
	else
		redraw(editor);
}

/* Takes out what is between two places; the cursor is then at the first. */
static void erase(struct editor *editor, size_t first, size_t end)
{
	memmove(editor->line + first, editor->line + end, editor->length - end + 1);
	editor->length -= end - first;
	editor->cursor = first;
	redraw(editor);
}

static void erase_word(struct editor *editor)
{
	size_t first = editor->cursor;

	while (first > 0 && editor->line[first - 1] == ' ')
		first--;
	while (first > 0 && editor->line[first - 1] != ' ')
		first--;
	erase(editor, first, editor->cursor);
}

static void move(struct editor *editor, size_t to)
{
	if (to <= editor->length) {
		editor->cursor = to;
		redraw(editor);
	}
}

/* Shows the line that is `back` lines back in history, if there is one. */
static void show_history(struct editor *editor, size_t back)
{
	const char *text = back == 0 ? editor->own : history_get(back);

	if (text == NULL)
		return;
	if (editor->back == 0)
		memcpy(editor->own, editor->line, editor->length + 1);
	editor->back = back;
	editor->length = editor->cursor = strlen(text);
	memcpy(editor->line, text, editor->length + 1);
	redraw(editor);
}

/* Tab: grows the word; where that is not possible, shows what it could become. */
static void complete_word(struct editor *editor)
{
	static struct completion found;
	size_t have, length;

	if (!complete(editor->line, editor->cursor, &found)) {
		put_text("\a");
		return;
	}
	have = editor->cursor - found.start;
	length = strlen(found.text);
	if (length > have) {
		insert(editor, found.text + have, length - have);
	} else if (!found.unique) {
		put_text("\n");
		put_text(found.candidates);
		put_text("\n");
		redraw(editor);
	}
}

/* -------------------------------------------------------------- keys */

/* One byte, or -1 at the end of all input. */
static int read_byte(void)
{
	unsigned char byte;

	return read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

/* The key of an escape sequence, behind its ESC. */
static int read_escape(void)
{
	static const struct {
		char letter;
		int key;
	} keys[] = { { 'A', KEY_UP }, { 'B', KEY_DOWN }, { 'C', KEY_RIGHT }, { 'D', KEY_LEFT }, { 'H', KEY_HOME },
		{ 'F', KEY_END } };
	int c = read_byte(), number = 0;

	if (c != '[' && c != 'O')
		return KEY_NONE;
	while ((c = read_byte()) >= '0' && c <= ';')
		number = c <= '9' ? number * 10 + c - '0' : number;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (c == keys[i].letter)
			return keys[i].key;
	}
	if (c != '~')
		return KEY_NONE;
	if (number == 3)
		return KEY_DELETE;
	return number == 1 || number == 7 ? KEY_HOME : number == 4 || number == 8 ? KEY_END : KEY_NONE;
}

/* Keys that move. */
static bool move_key(struct editor *editor, int key)
{
	if (key == KEY_LEFT || key == CONTROL('b'))
		move(editor, editor->cursor - 1); /* from 0 it is too large, and nothing moves */
	else if (key == KEY_RIGHT || key == CONTROL('f'))
		move(editor, editor->cursor + 1);
	else if (key == KEY_HOME || key == CONTROL('a'))
		move(editor, 0);
	else if (key == KEY_END || key == CONTROL('e'))
		move(editor, editor->length);
	else if (key == KEY_UP || key == CONTROL('p'))
		show_history(editor, editor->back + 1);
	else if ((key == KEY_DOWN || key == CONTROL('n')) && editor->back > 0)
		show_history(editor, editor->back - 1);
	else
		return false;
	return true;
}

/* Keys that change the line. */
static void edit_key(struct editor *editor, int key)
{
	char c = (char)key;

	if (key == 127 || key == CONTROL('h')) {
		if (editor->cursor > 0)
			erase(editor, editor->cursor - 1, editor->cursor);
	} else if (key == KEY_DELETE || key == CONTROL('d')) {
		if (editor->cursor < editor->length)
			erase(editor, editor->cursor, editor->cursor + 1);
	} else if (key == CONTROL('k')) {
		erase(editor, editor->cursor, editor->length);
	} else if (key == CONTROL('u')) {
		erase(editor, 0, editor->cursor);
	} else if (key == CONTROL('w')) {
		erase_word(editor);
	} else if (key == CONTROL('l')) {
		put_text("\033[H\033[2J");
		redraw(editor);
	} else if (key == '\t') {
		complete_word(editor);
	} else if (key >= ' ' && key < KEY_NONE) {
		insert(editor, &c, 1);
	}
}

/* Reads keys until the line is done. */
static enum edit_result edit(struct editor *editor)
{
	for (;;) {
		int key = read_byte();

		if (key == '\033')
			key = read_escape();
		if (key == '\r' || key == '\n') {
			put_text("\n");
			return EDIT_LINE;
		}
		if (key == CONTROL('c')) {
			put_text("^C\n");
			return EDIT_INTERRUPT;
		}
		if (key < 0 || (key == CONTROL('d') && editor->length == 0)) {
			put_text("\n");
			return EDIT_END;
		}
		if (!move_key(editor, key))
			edit_key(editor, key);
	}
}

enum edit_result edit_line(const char *prompt, char *line)
{
	const char *columns = var_get("COLUMNS");
	struct editor editor = { .prompt = prompt, .line = line, .width = columns ? strtoul(columns, NULL, 10) : 80 };
	struct termios modes, raw;
	enum edit_result result;

	if (editor.width < strlen(prompt) + 16 || editor.width > EDIT_MAX)
		editor.width = 80;
	line[0] = '\0';
	tcgetattr(STDIN_FILENO, &modes);
	raw = modes;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	put_text(prompt);
	result = edit(&editor);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	return result;
}
