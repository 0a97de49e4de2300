/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What <curfew/file.h> says of operations that a session does not have.
 */
#include <curfew/file.h>
#include <errno.h>
#include "port.h"

int64_t port_refuse(uint64_t operation)
{
	if (operation >= CURFEW_FILE_OPEN && operation <= CURFEW_FILE_ACCESS)
		return -ENOTDIR;
	if (operation >= CURFEW_TERM_GET && operation <= CURFEW_TERM_DRAIN)
		return -ENOTTY;
	switch (operation) {
	case CURFEW_FILE_SEEK:
		return -ESPIPE;
	case CURFEW_FILE_TRUNCATE:
	case CURFEW_FILE_SYNC:
		return -EINVAL;
	case CURFEW_FILE_MAP:
		return -ENODEV;
	case CURFEW_FILE_READDIR:
		return -ENOTDIR;
	}
	return -ENOTSUP;
}
