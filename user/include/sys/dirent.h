/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H
/* What <dirent.h> wants of a system: the entry, and the open directory, which is the library's own. */
#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_REG     8

struct dirent {
	ino_t d_ino;
	unsigned char d_type; /* DT_* */
	char d_name[256];
};

#define _DIRENT_HAVE_D_TYPE

typedef struct __directory DIR;

#endif
