/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From _start to main(), and the way out.
 *
 * The kernel's stack holds arguments, environment and the auxiliary vector
 * (<curfew/abi.h>).  The first thread's record and thread-local variables are
 * static unless the program has many of the latter; no system call is made
 * here, and little memory is touched: every program pays for it at every exec.
 */
#include <curfew/sys.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inherit.h"
#include "mman.h"
#include "session.h"
#include "start.h"
#include "thread.h"

#define STATIC_TLS 512

typedef void (*init_function)(int, char **, char **);

extern init_function __preinit_array_start[], __preinit_array_end[];
extern init_function __init_array_start[], __init_array_end[];
extern void (*__fini_array_start[])(void), (*__fini_array_end[])(void);

extern struct _atexit *_global_atexit;
extern void __call_exitprocs(int code, void *object);

extern int main(int argc, char **argv, char **envp);

static struct {
	struct thread thread;
	char above[STATIC_TLS];
} first __attribute__((aligned(64)));

const struct curfew_shared_page *__curfew_shared;
const char *__curfew_program = "";
struct tls_image __curfew_tls = { .align = 1 };
uint32_t __curfew_thread_count = 1;
struct thread_list __curfew_threads = TAILQ_HEAD_INITIALIZER(__curfew_threads);

/* Exits from a program that cannot even begin.  No errno yet. */
static void give_up(const char *why, size_t length)
{
	struct curfew_call call = CALL(CURFEW_FILE_WRITE, length, CURFEW_FILE_HERE);

	call.out = why;
	call.out_length = length;
	fd_call(STDERR_FILENO, &call);
	_exit(127);
}

static void find_tls(const Elf64_Phdr *header, size_t count)
{
	for (; count > 0; count--, header++) {
		if (header->p_type != PT_TLS)
			continue;
		__curfew_tls.data = (const void *)header->p_vaddr;
		__curfew_tls.data_size = header->p_filesz;
		__curfew_tls.size = header->p_memsz;
		__curfew_tls.align = header->p_align;
	}
}

void __curfew_tls_init(struct thread *thread)
{
	size_t align = __curfew_tls.align > 16 ? __curfew_tls.align : 16;
	char *tls = (char *)(thread + 1) + ((16 + align - 1) & -align);

	memcpy(tls, __curfew_tls.data, __curfew_tls.data_size);
	memset(tls + __curfew_tls.data_size, 0, __curfew_tls.size - __curfew_tls.data_size);
}

/* The first thread's record, with TPIDR_EL0 behind it. */
static struct thread *place_first(void)
{
	struct thread *thread = &first.thread;
	size_t room = tls_above();

	if (room > STATIC_TLS || __curfew_tls.align > 16) {
		size_t size = (sizeof(struct thread) + room + __curfew_tls.align + 4095) & -4096ul;
		char *map = (char *)curfew_syscall(SYS_mmap, 0, size, CURFEW_PROT_READ | CURFEW_PROT_WRITE,
			CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS, 0, 0);

		if (mmap_failed(map))
			give_up("start: no memory for thread-local variables\n", 44);
		thread = __curfew_stack_place(map + size);
	}
	return thread;
}

/* Entered from _start with the initial stack.  Does not return. */
void __curfew_start(long *stack) __attribute__((noreturn));
void __curfew_start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	char **end = envp;
	const Elf64_Phdr *headers = NULL;
	size_t header_count = 0;
	struct thread *thread;

	while (*end)
		end++;
	for (unsigned long *pair = (unsigned long *)(end + 1); pair[0] != CURFEW_AT_NULL; pair += 2) {
		if (pair[0] == CURFEW_AT_PHDR)
			headers = (const Elf64_Phdr *)pair[1];
		else if (pair[0] == CURFEW_AT_PHNUM)
			header_count = pair[1];
		else if (pair[0] == CURFEW_AT_SHARED)
			__curfew_shared = (const struct curfew_shared_page *)pair[1];
	}
	find_tls(headers, header_count);
	thread = place_first();
	thread->reent = _global_impure_ptr;
	if (__curfew_tls.size > 0)
		__curfew_tls_init(thread);
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(thread + 1) : "memory");

	environ = envp;
	if (argc > 0)
		__curfew_program = argv[0];
	if (end > envp && is_inherited(end[-1]))
		__curfew_inherit(--end);
	for (init_function *f = __preinit_array_start; f < __preinit_array_end; f++)
		(*f)(argc, argv, envp);
	for (init_function *f = __init_array_start; f < __init_array_end; f++)
		(*f)(argc, argv, envp);
	exit(main(argc, argv, envp));
}

/* Runs what was registered, flushes the streams, and ends the process. */
void exit(int status)
{
	if (_global_atexit)
		__call_exitprocs(status, NULL);
	for (void (**f)(void) = __fini_array_end; f-- > __fini_array_start;)
		(*f)();
	if (_global_impure_ptr->__cleanup)
		_global_impure_ptr->__cleanup(_global_impure_ptr);
	_exit(status);
}

void _exit(int status)
{
	for (;;)
		curfew_syscall(SYS_exit, status);
}

struct _reent *__getreent(void)
{
	return thread_self()->reent;
}

/* For assembly: -1, and errno set from the kernel's result. */
long __curfew_result(long result);
long __curfew_result(long result)
{
	return curfew_result(result);
}

const struct curfew_shared_page *curfew_shared(void)
{
	return __curfew_shared;
}
