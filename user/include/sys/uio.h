/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _SYS_UIO_H_
#define _SYS_UIO_H_
/* Scattered reads and gathered writes: each is one read or write of all its pieces. */
#include <sys/cdefs.h>
#include <sys/types.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

__BEGIN_DECLS
ssize_t readv(int __descriptor, const struct iovec *__vector, int __count);
ssize_t writev(int __descriptor, const struct iovec *__vector, int __count);
__END_DECLS

#endif
