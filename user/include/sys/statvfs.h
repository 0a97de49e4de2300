/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_STATVFS_H_
#define _SYS_STATVFS_H_
/* How full a file system is. */
#include <sys/cdefs.h>
#include <sys/types.h>

struct statvfs {
	unsigned long f_bsize;
	unsigned long f_frsize; /* the unit of the next three: bytes */
	fsblkcnt_t f_blocks;
	fsblkcnt_t f_bfree;
	fsblkcnt_t f_bavail;
	fsfilcnt_t f_files;
	fsfilcnt_t f_ffree;
	fsfilcnt_t f_favail;
	unsigned long f_fsid;
	unsigned long f_flag; /* ST_* */
	unsigned long f_namemax;
	char f_basetype[32]; /* the file system's name, NUL-terminated */
};

#define ST_RDONLY 1
#define ST_NOSUID 2

__BEGIN_DECLS
int statvfs(const char *__restrict __path, struct statvfs *__restrict __status);
int fstatvfs(int __descriptor, struct statvfs *__status);
__END_DECLS

#endif
