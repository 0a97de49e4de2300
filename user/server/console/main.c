/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal's server: the UART, the messages, and the time, each handed to the logic as it comes.
 *
 *   console [noecho]    noecho: nothing is echoed at first, for input that no one types
 *
 * Handles: CHANNEL; DEVICE, the UART's registers; DEVICE + 1, its interrupt.
 *
 * Started again after a death it finds the UART as it was left: registers are
 * set anew, an interrupt that was never acknowledged is, bytes in the FIFO are
 * taken.  Modes are those of boot; what was typed and not read is lost.
 */
#include <curfew/file.h>
#include <curfew/message.h>
#include <curfew/sys.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "console.h"
#include "port.h"
#include "uart.h"

#define IRQ         (CURFEW_HANDLE_DEVICE + 1)
#define IRQ_LABEL   0 /* the event's; the supervisor's labels have a bit set */
#define IRQ_BITS    1u
#define UART_SIZE   CURFEW_PAGE_SIZE

static uint8_t bytes[CONSOLE_BYTES];

void console_signal(int group, int sig)
{
	kill(-group, sig); /* a group that is gone is none of ours */
}

/*
 * Moves bytes between UART and logic until neither has any to move, or for a turn's length: a UART that is as fast as we are
 * would keep us from the messages.  In between it looks at what is typed, so that ^C is heard however much a program writes.
 * True: it stopped for the messages, and is to be called again.
 */
static bool run(void)
{
	unsigned left = CONSOLE_TURN;
	bool held, on, more;
	int c;

	do {
		while (!console_full() && (c = uart_get()) >= 0)
			console_input((uint8_t)c);
		held = console_full();
		for (; left && uart_room() && (c = console_output()) >= 0; left--)
			uart_put((uint8_t)c);
		more = console_settle(uart_idle());
		on = more || (held && !console_full()) || (console_more() && uart_room());
	} while (on && left && !more);
	uart_interrupts(!held, console_more() && !on); /* it would come at once, and notices come before calls */
	return on;
}

/* True: run() is to be called again. */
static bool start(int argc, char **argv)
{
	int event = curfew_event_create();
	void *registers = curfew_vmo_map(NULL, UART_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, CURFEW_HANDLE_DEVICE, 0);

	if (registers == MAP_FAILED)
		err(1, "no UART");
	if (event < 0 || curfew_event_bind(event, CURFEW_HANDLE_CHANNEL, IRQ_LABEL) || curfew_irq_bind(IRQ, event, IRQ_BITS))
		err(1, "no interrupt");
	console_init(!(argc > 1 && strcmp(argv[1], "noecho") == 0));
	uart_init(registers);
	curfew_irq_ack(IRQ);
	return run(); /* what was typed before raises no interrupt */
}

int main(int argc, char **argv)
{
	struct curfew_call ready = { .word = { CURFEW_NAMES_READY }, .deadline = CURFEW_FOREVER };
	struct curfew_received message;
	struct curfew_answer answer = { 0 };
	bool on = start(argc, argv);
	int what;

	if (curfew_send(CURFEW_HANDLE_NAMES, &ready) || (int64_t)ready.word[0] < 0)
		errx(1, "the supervisor does not take this server");
	for (bool pending = false;;) {
		uint64_t deadline = on ? 0 : console_deadline(uart_idle());

		if (pending)
			what = curfew_reply_receive(CURFEW_HANDLE_CHANNEL, &answer, &message, bytes, sizeof(bytes), 0,
				deadline);
		else
			what = curfew_receive(CURFEW_HANDLE_CHANNEL, &message, bytes, sizeof(bytes), 0, deadline);
		if (what < 0 && pending)
			port_undelivered(answer.token, errno);
		else if (what < 0 && (errno == EBADF || errno == EPERM))
			err(1, "no channel"); /* of an answer these errors are a handle's */
		pending = false;
		switch (what) {
		case CURFEW_RECEIVED_CALL:
			pending = console_call(&message, bytes, &answer);
			break;
		case CURFEW_RECEIVED_CANCELLED:
			console_cancelled(message.label, message.token);
			break;
		case CURFEW_RECEIVED_CLOSED:
			console_closed(message.label);
			break;
		case CURFEW_RECEIVED_EVENT:
			uart_clear();
			break;
		} /* or a deadline, or a client that is gone */
		on = run();
		if (what == CURFEW_RECEIVED_EVENT)
			curfew_irq_ack(IRQ);
	}
}
