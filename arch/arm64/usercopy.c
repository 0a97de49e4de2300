/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between kernel and user memory: range checks around the routines of usercopy.S.
 *
 * LDTR and STTR already give user addresses EL0's rights; the check here only keeps a range from wrapping, and says EFAULT early.
 * A thread that has left its address space (E3) may not come here (I6).
 */
#include <sys/errno.h>
#include "arch/arm64/layout.h"
#include "arch/arm64/trap.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/check.h"

int usercopy_in(void *to, uint64_t from, uint64_t n);
int usercopy_out(uint64_t to, const void *from, uint64_t n);
int64_t usercopy_string(char *to, uint64_t from, uint64_t n);
int usercopy_load32(uint64_t from, uint32_t *to);

static bool user_range(uint64_t start, uint64_t n, bool write)
{
	check_user_copy(start, n, write);
	DEBUG_ASSERT_RULE("I6", current()->vmspace);
	return n <= USER_TOP && start <= USER_TOP - n;
}

int copy_from_user(void *to, uint64_t from, uint64_t n)
{
	return user_range(from, n, false) ? usercopy_in(to, from, n) : -EFAULT;
}

int copy_to_user(uint64_t to, const void *from, uint64_t n)
{
	return user_range(to, n, true) ? usercopy_out(to, from, n) : -EFAULT;
}

int64_t copy_string_from_user(char *to, uint64_t from, uint64_t n)
{
	int64_t length;

	if (!user_range(from, 0, false))
		return -EFAULT;
	length = usercopy_string(to, from, n < USER_TOP - from ? n : USER_TOP - from);
	if (length < 0)
		return length;
	if ((uint64_t)length == n)
		return -ENAMETOOLONG;
	return (uint64_t)length == USER_TOP - from ? -EFAULT : length;
}

int load_user_u32(uint64_t from, uint32_t *value)
{
	if (from & 3)
		return -EINVAL;
	return user_range(from, 4, false) ? usercopy_load32(from, value) : -EFAULT;
}
