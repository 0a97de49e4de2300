/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's modes and foreground group, as POSIX asks for them
 * (<sys/termios.h> says what there is).
 */
#include <curfew/sys.h>
#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CONSOLE_SPEED B115200
#define CONSOLE_NAME  "/dev/tty"

int tcgetattr(int fd, struct termios *modes)
{
	int mode;

	if (!isatty(fd))
		return -1;
	mode = curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_GET_MODE, 0);
	if (mode < 0)
		return -1;
	memset(modes, 0, sizeof(*modes));
	modes->c_iflag = mode & CURFEW_CONSOLE_COOKED ? ICRNL : 0;
	modes->c_cflag = CS8 | CREAD | CLOCAL;
	if (mode & CURFEW_CONSOLE_COOKED)
		modes->c_lflag |= ICANON | ECHOE | ECHOK;
	if (mode & CURFEW_CONSOLE_ECHO)
		modes->c_lflag |= ECHO;
	if (mode & CURFEW_CONSOLE_SIGNALS)
		modes->c_lflag |= ISIG;
	modes->c_cc[VEOF] = 4;
	modes->c_cc[VERASE] = 127;
	modes->c_cc[VINTR] = 3;
	modes->c_cc[VKILL] = 21;
	modes->c_cc[VMIN] = 1;
	modes->c_cc[VQUIT] = 28;
	modes->c_speed = CONSOLE_SPEED;
	return 0;
}

/* ECHO matters only with ICANON.  Output never waits, so all three ways of `when` are one. */
int tcsetattr(int fd, int when, const struct termios *modes)
{
	long mode = 0;

	if (when != TCSANOW && when != TCSADRAIN && when != TCSAFLUSH) {
		errno = EINVAL;
		return -1;
	}
	if (!isatty(fd))
		return -1;
	if (modes->c_lflag & ICANON)
		mode |= CURFEW_CONSOLE_COOKED;
	if (modes->c_lflag & ECHO)
		mode |= CURFEW_CONSOLE_ECHO;
	if (modes->c_lflag & ISIG)
		mode |= CURFEW_CONSOLE_SIGNALS;
	return curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_SET_MODE, mode) < 0 ? -1 : 0;
}

/* What was written is out. */
int tcdrain(int fd)
{
	return isatty(fd) ? 0 : -1;
}

pid_t tcgetpgrp(int fd)
{
	return isatty(fd) ? curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_GET_GROUP, 0) : -1;
}

int tcsetpgrp(int fd, pid_t group)
{
	if (!isatty(fd))
		return -1;
	return curfew_console_ctl(CURFEW_HANDLE_STDIN, CURFEW_CONSOLE_SET_GROUP, group) < 0 ? -1 : 0;
}

int ttyname_r(int fd, char *name, size_t size)
{
	if (!isatty(fd))
		return errno;
	if (size < sizeof(CONSOLE_NAME))
		return ERANGE;
	strcpy(name, CONSOLE_NAME);
	return 0;
}

char *ttyname(int fd)
{
	static char name[] = CONSOLE_NAME;

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
