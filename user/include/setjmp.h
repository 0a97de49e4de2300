/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SETJMP_H
#define CURFEW_SETJMP_H
/* newlib's <setjmp.h>, and the forms of POSIX that keep the signal mask. */
#include_next <setjmp.h>
#include <sys/_sigset.h>
#include <sys/cdefs.h>
#include <sys/features.h>

#if __POSIX_VISIBLE
__BEGIN_DECLS
typedef struct {
	jmp_buf __registers;
	int __saved;
	__sigset_t __mask;
} sigjmp_buf[1];

void __curfew_sigsetjmp(sigjmp_buf __buffer, int __save);
void siglongjmp(sigjmp_buf __buffer, int __value) __attribute__((__noreturn__));
#define sigsetjmp(buffer, save) (__curfew_sigsetjmp(buffer, save), setjmp((buffer)->__registers))
__END_DECLS
#endif

#endif
