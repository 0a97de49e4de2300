/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The modes of the terminal: those at the beginning, and what of a wish is granted.
 */
#include <string.h>
#include "ldisc.h"
#include "output.h"

#undef CTRL
#define CTRL(c) ((c) & 0x1f)

/* What means something here.  The rest (parity, marks of errors, IXOFF, TOSTOP) stays off. */
#define INPUT_FLAGS  (ICRNL | IGNBRK | IGNCR | IGNPAR | INLCR | ISTRIP | IXON | IXANY | IUTF8)
#define OUTPUT_FLAGS (OPOST | ONLCR | OCRNL | ONOCR | ONLRET)
#define LOCAL_FLAGS  (ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL | ECHOKE | ICANON | IEXTEN | ISIG | NOFLSH)
#define LINE_FLAGS   (CS8 | CREAD | CLOCAL)

void ldisc_init(struct ldisc *l, bool echo)
{
	struct termios *m = &l->modes;

	memset(l, 0, sizeof(*l)); /* no special character is _POSIX_VDISABLE, 0 */
	m->c_iflag = ICRNL | IXON | IUTF8;
	m->c_oflag = OPOST;
	m->c_cflag = LINE_FLAGS;
	m->c_lflag = ECHOE | ECHOK | ECHOCTL | ECHOKE | ICANON | IEXTEN | ISIG | (echo ? ECHO : 0);
	m->c_cc[VEOF] = CTRL('D');
	m->c_cc[VERASE] = 0x7f;
	m->c_cc[VINTR] = CTRL('C');
	m->c_cc[VKILL] = CTRL('U');
	m->c_cc[VQUIT] = CTRL('\\');
	m->c_cc[VSTART] = CTRL('Q');
	m->c_cc[VSTOP] = CTRL('S');
	m->c_cc[VSUSP] = CTRL('Z');
	m->c_cc[VWERASE] = CTRL('W');
	m->c_cc[VLNEXT] = CTRL('V');
	m->c_cc[VMIN] = 1;
	cfsetispeed(m, B115200);
	cfsetospeed(m, B115200);
}

void ldisc_set_modes(struct ldisc *l, const struct termios *modes)
{
	bool was_canonical = l->modes.c_lflag & ICANON;

	memcpy(l->modes.c_cc, modes->c_cc, sizeof(modes->c_cc));
	l->modes.c_iflag = modes->c_iflag & INPUT_FLAGS;
	l->modes.c_oflag = modes->c_oflag & OUTPUT_FLAGS;
	l->modes.c_lflag = modes->c_lflag & LOCAL_FLAGS;
	cfsetispeed(&l->modes, cfgetispeed(modes));
	cfsetospeed(&l->modes, cfgetospeed(modes));
	/* Output that nothing could start again is not left stopped. */
	if (!(l->modes.c_iflag & IXON))
		l->stopped = false;
	ldisc_modes_changed(l, was_canonical);
}
