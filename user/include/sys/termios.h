/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_TERMIOS_H_
#define _SYS_TERMIOS_H_
/*
 * The modes of a terminal (POSIX XBD 11).  tcsetattr() does what it can of
 * what is asked, as POSIX says, and tcgetattr() tells what is so: a flag that
 * means nothing here (parity, speeds, job control) stays as it was.
 * Beyond POSIX: VWERASE and VLNEXT (with IEXTEN), ECHOCTL, ECHOKE, IUTF8.
 */
#include <sys/cdefs.h>
#include <sys/types.h>

typedef unsigned int tcflag_t;
typedef unsigned char cc_t;
typedef unsigned int speed_t;

#define VEOF   0
#define VEOL   1
#define VERASE 2
#define VINTR  3
#define VKILL  4
#define VMIN   5
#define VQUIT  6
#define VSTART 7
#define VSTOP  8
#define VSUSP  9
#define VTIME  10
#define VWERASE 11
#define VLNEXT 12
#define NCCS   16

struct termios {
	tcflag_t c_iflag;
	tcflag_t c_oflag;
	tcflag_t c_cflag;
	tcflag_t c_lflag;
	cc_t c_cc[NCCS];
	speed_t c_speed;
};

#define BRKINT 0x0001
#define ICRNL  0x0002
#define IGNBRK 0x0004
#define IGNCR  0x0008
#define IGNPAR 0x0010
#define INLCR  0x0020
#define INPCK  0x0040
#define ISTRIP 0x0080
#define IXON   0x0100
#define IXOFF  0x0200
#define PARMRK 0x0400
#define IXANY  0x0800
#define IUTF8  0x1000 /* an erase takes a whole character of UTF-8 */

#define OPOST  0x0001
#define ONLCR  0x0002
#define OCRNL  0x0004
#define ONOCR  0x0008
#define ONLRET 0x0010

#define CSIZE  0x0003
#define CS5    0x0000
#define CS6    0x0001
#define CS7    0x0002
#define CS8    0x0003
#define CREAD  0x0004
#define PARENB 0x0008
#define CSTOPB 0x0010
#define HUPCL  0x0020
#define CLOCAL 0x0040
#define PARODD 0x0080

#define ECHO   0x0001
#define ECHOE  0x0002
#define ECHOK  0x0004
#define ECHONL 0x0008
#define ICANON 0x0010
#define IEXTEN 0x0020
#define ISIG   0x0040
#define NOFLSH 0x0080
#define TOSTOP 0x0100
#define ECHOCTL 0x0200 /* control characters are echoed as ^X */
#define ECHOKE 0x0400  /* with ECHOK and ECHOE: the killed line is erased from the screen */

#define B0      0
#define B9600   9600
#define B38400  38400
#define B115200 115200

#define TCSANOW   0
#define TCSADRAIN 1
#define TCSAFLUSH 2

#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

#define TCOOFF 0
#define TCOON  1
#define TCIOFF 2
#define TCION  3

__BEGIN_DECLS
int tcgetattr(int __descriptor, struct termios *__modes);
int tcsetattr(int __descriptor, int __when, const struct termios *__modes);
int tcdrain(int __descriptor);
int tcflush(int __descriptor, int __queue);
int tcflow(int __descriptor, int __action);
int tcsendbreak(int __descriptor, int __duration);
void cfmakeraw(struct termios *__modes);
speed_t cfgetispeed(const struct termios *__modes);
speed_t cfgetospeed(const struct termios *__modes);
int cfsetispeed(struct termios *__modes, speed_t __speed);
int cfsetospeed(struct termios *__modes, speed_t __speed);
__END_DECLS

#endif
