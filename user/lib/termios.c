/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: isatty, their modes and foreground group, as POSIX asks for them
 * (<sys/termios.h> says what there is).  The terminal's server does it all; whatever
 * is no terminal says ENOTTY.
 */
#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "session.h"

#define TERMINAL_NAME "/dev/tty"

static long get_modes(int fd, struct termios *modes)
{
	struct curfew_call call = CALL(CURFEW_TERM_GET);

	call.in = modes;
	call.in_size = sizeof(*modes);
	return unsupported(fd_call(fd, &call), ENOTTY);
}

static long set_modes(int fd, int when, const struct termios *modes)
{
	struct curfew_call call = CALL(CURFEW_TERM_SET, (uint64_t)when);

	call.out = modes;
	call.out_length = sizeof(*modes);
	return unsupported(fd_call(fd, &call), ENOTTY);
}

int isatty(int fd)
{
	struct termios modes;
	long result = get_modes(fd, &modes);

	if (result < 0)
		errno = (int)-result;
	return result >= 0;
}

int tcgetattr(int fd, struct termios *modes)
{
	return (int)curfew_result(get_modes(fd, modes));
}

int tcsetattr(int fd, int when, const struct termios *modes)
{
	if (when != TCSANOW && when != TCSADRAIN && when != TCSAFLUSH)
		return (int)curfew_result(-EINVAL);
	return (int)curfew_result(set_modes(fd, when, modes));
}

int tcdrain(int fd)
{
	return (int)curfew_result(unsupported(__curfew_ask(fd, CURFEW_TERM_DRAIN, 0, 0), ENOTTY));
}

int tcflush(int fd, int queue)
{
	if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
		return (int)curfew_result(-EINVAL);
	return (int)curfew_result(unsupported(__curfew_ask(fd, CURFEW_TERM_FLUSH, (uint64_t)queue, 0), ENOTTY));
}

/* Nothing can be held back (ENOTSUP), so what is to be let go on does. */
int tcflow(int fd, int action)
{
	if (action != TCOOFF && action != TCOON && action != TCIOFF && action != TCION)
		return (int)curfew_result(-EINVAL);
	if (!isatty(fd))
		return -1;
	return action == TCOON || action == TCION ? 0 : (int)curfew_result(-ENOTSUP);
}

/* No line that could be broken: nothing, as POSIX allows. */
int tcsendbreak(int fd, int duration)
{
	(void)duration;
	return isatty(fd) ? 0 : -1;
}

pid_t tcgetpgrp(int fd)
{
	return (pid_t)curfew_result(unsupported(__curfew_ask(fd, CURFEW_TERM_GET_GROUP, 0, 0), ENOTTY));
}

int tcsetpgrp(int fd, pid_t group)
{
	return (int)curfew_result(unsupported(__curfew_ask(fd, CURFEW_TERM_SET_GROUP, (uint64_t)group, 0), ENOTTY));
}

int ttyname_r(int fd, char *name, size_t size)
{
	if (!isatty(fd))
		return errno;
	if (size < sizeof(TERMINAL_NAME))
		return ERANGE;
	strcpy(name, TERMINAL_NAME);
	return 0;
}

char *ttyname(int fd)
{
	static char name[] = TERMINAL_NAME;

	return isatty(fd) ? name : NULL;
}

void cfmakeraw(struct termios *modes)
{
	modes->c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR | ISTRIP | IXON | PARMRK);
	modes->c_oflag &= ~(tcflag_t)OPOST;
	modes->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
	modes->c_cflag = (modes->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
}

speed_t cfgetispeed(const struct termios *modes)
{
	return modes->c_speed;
}

speed_t cfgetospeed(const struct termios *modes)
{
	return modes->c_speed;
}

int cfsetispeed(struct termios *modes, speed_t speed)
{
	modes->c_speed = speed;
	return 0;
}

int cfsetospeed(struct termios *modes, speed_t speed)
{
	modes->c_speed = speed;
	return 0;
}
