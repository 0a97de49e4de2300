/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's input side.  Bytes come from the UART's interrupt. In cooked mode they gather in `line`,
 * which is edited there and moved to the ring when it ends; in raw mode they go to the ring at once.  Readers take from the ring.
 * When it is nearly full the UART is left alone until they have.
 *
 * Lock: console.queue.lock for everything here, taken in the interrupt.
 */
#include <signal.h>
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/devices.h"
#include "boot/platform.h"
#include "kernel/console.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/wait.h"

#define RING 4096
#define LINE 1024
#define END_OF_FILE 0x100 /* in the ring: ^D on an empty line */

#define CTRL(c) ((c) & 0x1f)
#define DEL     0x7f

struct object console_object = { 1, OBJECT_CONSOLE };

static struct {
	struct waitqueue queue;
	uint16_t ring[RING];
	uint32_t head, tail; /* free running; tail - head <= RING */
	char line[LINE];
	uint32_t length;
	unsigned mode;
	int32_t group;       /* who gets ^C; 0: nobody */
	bool held_up;        /* no room: the UART's interrupt is off */
} console = { .queue = WAITQUEUE_INIT(console.queue), 
	.mode = CURFEW_CONSOLE_COOKED | CURFEW_CONSOLE_SIGNALS | CURFEW_CONSOLE_ECHO };

static void put(unsigned c)
{
	if (console.tail - console.head < RING)
		console.ring[console.tail++ % RING] = c;
}

static void echo(const char *bytes, size_t n)
{
	if (console.mode & CURFEW_CONSOLE_ECHO)
		console_output(bytes, n);
}

static void end_line(void)
{
	for (uint32_t i = 0; i < console.length; i++)
		put((uint8_t)console.line[i]);
	console.length = 0;
	wait_wake_all(&console.queue);
}

static void erase(uint32_t n)
{
	while (n-- && console.length) {
		console.length--;
		echo("\b \b", 3);
	}
}

static void cooked(int c)
{
	char shown;

	switch (c) {
	case '\b':
	case DEL:
		erase(1);
		return;
	case CTRL('U'):
		erase(console.length);
		return;
	case CTRL('D'):
		if (!console.length)
			put(END_OF_FILE);
		end_line();
		return;
	case '\r':
		c = '\n';
		break;
	}
	if (console.length == LINE - 1 && c != '\n') {
		echo("\a", 1); /* the line is full: the byte is refused audibly */
		return;
	}
	console.line[console.length++] = shown = c;
	if (c == '\n' || c >= ' ')
		echo(&shown, 1);
	if (c == '\n')
		end_line();
}

static void signal_group(int sig)
{
	if (sig == SIGINT)
		echo("^C\n", 3);
	console.length = 0;
	if (!console.group)
		return;
	spin_acquire(&process_lock);
	process_for_group(console.group, signal_post, sig);
	spin_release(&process_lock);
}

static void received(int c)
{
	if (console.mode & CURFEW_CONSOLE_SIGNALS && c == CTRL('C')) {
		signal_group(SIGINT);
	} else if (console.mode & CURFEW_CONSOLE_SIGNALS && c == CTRL('\\')) {
		signal_group(SIGQUIT);
	} else if (console.mode & CURFEW_CONSOLE_COOKED) {
		cooked(c);
	} else {
		put(c);
		wait_wake_all(&console.queue);
	}
}

/*
 * Takes what has come while there is room for a whole line.  Then nothing is lost: the UART's FIFO fills, and the
 * sender waits, until a reader makes room and calls this again.  Lock held.
 */
static void pump(void)
{
	int c = 0;

	while (RING - (console.tail - console.head) > LINE && (c = uart_getc()) >= 0)
		received(c);
	if ((c >= 0) != console.held_up) {
		console.held_up = c >= 0;
		uart_interrupt_on(!console.held_up);
	}
}

/* From the UART's interrupt. */
static void arrived(void)
{
	spin_acquire(&console.queue.lock);
	pump();
	spin_release(&console.queue.lock);
}

void console_init(void)
{
	char value[2];

	if (bootarg("noecho", value, sizeof(value)))
		console.mode &= ~CURFEW_CONSOLE_ECHO;
	uart_enable_input(arrived);
}

/* Up to n bytes, not beyond the end of a line in cooked mode; lock held. */
static int64_t take(char *buf, uint64_t n)
{
	uint64_t done = 0;

	while (done < n && console.head != console.tail) {
		unsigned c = console.ring[console.head % RING];

		if (c == END_OF_FILE) {
			if (!done)
				console.head++;
			break;
		}
		console.head++;
		buf[done++] = c;
		if (c == '\n' && console.mode & CURFEW_CONSOLE_COOKED)
			break;
	}
	return done;
}

int64_t console_read(char *buf, uint64_t n)
{
	struct waiter w;
	int64_t done;
	uint64_t flags;
	int error = 0;

	flags = spin_lock_irq(&console.queue.lock);
	while (console.head == console.tail) {
		error = wait_sleep(&console.queue, &w, flags, TIME_FOREVER, WAIT_INTERRUPTIBLE);
		flags = spin_lock_irq(&console.queue.lock);
		if (error)
			break;
	}
	done = error ? error : take(buf, n);
	if (console.held_up)
		pump();
	spin_unlock_irq(&console.queue.lock, flags);
	return done;
}

int64_t console_ctl(unsigned op, uint64_t arg)
{
	uint64_t flags = spin_lock_irq(&console.queue.lock);
	int64_t result = 0;

	switch (op) {
	case CURFEW_CONSOLE_GET_MODE:
		result = console.mode;
		break;
	case CURFEW_CONSOLE_SET_MODE:
		if (arg & ~(uint64_t)(CURFEW_CONSOLE_COOKED | CURFEW_CONSOLE_SIGNALS | CURFEW_CONSOLE_ECHO)) {
			result = -EINVAL;
			break;
		}
		if (!(arg & CURFEW_CONSOLE_COOKED))
			end_line(); /* nothing typed is lost */
		console.mode = arg;
		break;
	case CURFEW_CONSOLE_SET_GROUP:
		if (arg > INT32_MAX)
			result = -EINVAL;
		else
			console.group = arg;
		break;
	case CURFEW_CONSOLE_GET_GROUP:
		result = console.group;
		break;
	default:
		result = -EINVAL;
	}
	spin_unlock_irq(&console.queue.lock, flags);
	return result;
}
