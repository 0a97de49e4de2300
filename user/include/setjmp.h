/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CURFEW_SETJMP_H
#define CURFEW_SETJMP_H
/* newlib's <setjmp.h>.  There are no signal masks to save or restore. */
#include_next <setjmp.h>

typedef jmp_buf sigjmp_buf;
#define sigsetjmp(buffer, save)   setjmp(buffer)
#define siglongjmp(buffer, value) longjmp(buffer, value)

/* XSI's names of the forms that leave the signal mask alone. */
#define _setjmp(buffer)         setjmp(buffer)
#define _longjmp(buffer, value) longjmp(buffer, value)

#endif
