/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replacing a program: see exec.h.  The new stack, from the top: strings, padding, then at SP: argc, argv[], NULL, envp[],
 * NULL, auxiliary vector (abi.h).
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/layout.h"
#include "kernel/counters.h"
#include "kernel/elf.h"
#include "kernel/exec.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/check.h"
#include "mm/slab.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

#define FIRST_ROOM 2048

/* --- arguments --- */

static int make_room(struct exec_args *a)
{
	uint64_t room = a->room ? CURFEW_ARG_MAX : FIRST_ROOM;
	char *buffer;

	if (a->room == CURFEW_ARG_MAX)
		return -E2BIG;
	buffer = kmalloc(room);
	if (!buffer)
		return -ENOMEM;
	memcpy(buffer, a->buffer, a->used);
	kfree(a->buffer);
	a->buffer = buffer;
	a->room = room;
	return 0;
}

/* One string, from user space (user != 0) or the kernel. */
static int add_string(struct exec_args *a, uint64_t user, const char *string)
{
	for (;;) {
		uint64_t left = a->room - a->used;
		int64_t n = -ENAMETOOLONG;
		int error;

		if (left)
			n = user ? copy_string_from_user(a->buffer + a->used, user, left)
				 : (int64_t)strlcpy(a->buffer + a->used, string, left);
		if (n >= (int64_t)left)
			n = -ENAMETOOLONG;
		if (n >= 0) {
			a->used += n + 1;
			return 0;
		}
		if (n != -ENAMETOOLONG)
			return n;
		error = make_room(a);
		if (error)
			return error;
	}
}

int exec_add_string(struct exec_args *a, const char *string)
{
	return add_string(a, 0, string);
}

static int add_array(struct exec_args *a, uint64_t array, unsigned *count)
{
	uint64_t string;
	int error;

	for (*count = 0; array; ++*count, array += sizeof(string)) {
		error = copy_from_user(&string, array, sizeof(string));
		if (error)
			return error;
		if (!string)
			return 0;
		error = add_string(a, string, NULL);
		if (error)
			return error;
		if (a->used + (a->argc + a->envc + 2) * sizeof(string) > CURFEW_ARG_MAX)
			return -E2BIG;
	}
	return 0;
}

int exec_copy_args(struct exec_args *a, uint64_t argv, uint64_t envp)
{
	int error;

	*a = (struct exec_args){ 0 };
	error = add_array(a, argv, &a->argc);
	if (!error)
		error = add_array(a, envp, &a->envc);
	if (error)
		exec_free_args(a);
	return error;
}

void exec_free_args(struct exec_args *a)
{
	kfree(a->buffer);
	a->buffer = NULL;
}

/* --- the new space --- */

static int map_segment(struct vmspace *vs, struct vmo *v, uint64_t file, const struct elf_segment *s)
{
	uint64_t page = s->va & -(uint64_t)PAGE_SIZE, file_end = s->va + s->file_size, mem_end = s->va + s->mem_size;
	uint64_t zero_from = (file_end + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
	unsigned flags = CURFEW_MAP_PRIVATE | CURFEW_MAP_FIXED_NOREPLACE;
	int64_t at;

	if (s->file_size) {
		at = vm_map(vs, page, file_end - page, s->prot, MMU_READ | MMU_WRITE | MMU_EXECUTE, flags, v,
			    file + (s->offset & -(uint64_t)PAGE_SIZE));
		if (at < 0)
			return at;
	} else {
		zero_from = page;
	}
	if (mem_end > zero_from) {
		at = vm_map(vs, zero_from, mem_end - zero_from, s->prot, MMU_READ | MMU_WRITE | MMU_EXECUTE,
			    flags | CURFEW_MAP_ANONYMOUS, NULL, 0);
		if (at < 0)
			return at;
	}
	/* The rest of the file's last page is zero; only a writable segment can have such a rest that matters. */
	if (s->file_size && mem_end > file_end && zero_from > file_end && s->prot & MMU_WRITE)
		return vm_poke_zero(vs, file_end, zero_from - file_end);
	return 0;
}

/* Everything below the strings: argc to the auxiliary vector.  Returns SP, or an error. */
static int64_t push_vectors(struct vmspace *vs, const struct exec_args *a, const struct elf_image *image, uint64_t strings)
{
	const uint64_t aux[] = {
		CURFEW_AT_PHDR, image->phdr_va, CURFEW_AT_PHENT, ELF_PHDR_SIZE, CURFEW_AT_PHNUM, image->phdr_count,
		CURFEW_AT_PAGESZ, PAGE_SIZE, CURFEW_AT_ENTRY, image->entry,
		CURFEW_AT_SHARED, SHARED_PAGE_VA, CURFEW_AT_STACK, STACK_TOP - STACK_MAX,
		CURFEW_AT_NULL, 0,
	};
	uint64_t words = 1 + a->argc + 1 + a->envc + 1 + sizeof(aux) / 8;
	uint64_t sp = (strings - words * 8) & -16ul, *block = kzalloc(words * 8), *w = block, at = strings;
	const char *s = a->buffer;
	int error;

	if (!block)
		return -ENOMEM;
	*w++ = a->argc;
	for (unsigned i = 0; i < a->argc + a->envc; i++) {
		uint64_t n = strlen(s) + 1;

		if (i == a->argc)
			w++;
		*w++ = at;
		at += n;
		s += n;
	}
	memcpy(block + words - sizeof(aux) / 8, aux, sizeof(aux));
	error = vm_poke(vs, sp, block, words * 8);
	kfree(block);
	return error ? error : (int64_t)sp;
}

static int64_t make_stack(struct vmspace *vs, const struct exec_args *a, const struct elf_image *image)
{
	uint64_t strings = (STACK_TOP - a->used) & -16ul;
	uint64_t first = (strings - CURFEW_ARG_MAX / 16) & -(uint64_t)PAGE_SIZE;
	int64_t at = vm_map(vs, first, STACK_TOP - first, MMU_READ | MMU_WRITE, MMU_READ | MMU_WRITE,
			    CURFEW_MAP_PRIVATE | CURFEW_MAP_ANONYMOUS | CURFEW_MAP_GROWSDOWN | CURFEW_MAP_FIXED_NOREPLACE,
			    NULL, 0);
	int error;

	if (at < 0)
		return at;
	error = vm_poke(vs, strings, a->buffer, a->used);
	return error ? error : push_vectors(vs, a, image, strings);
}

static int read_image(struct vmo *v, uint64_t offset, uint64_t length, struct elf_image *image)
{
	struct { uint64_t word[ELF_HEADER_SIZE / 8]; } header;
	struct { uint64_t word[ELF_PHDR_SIZE * ELF_PHDRS_MAX / 8]; } *phdrs;
	uint64_t phoff;
	int64_t n;
	int count;

	n = vmo_read(v, offset, &header, sizeof(header));
	if (n < 0)
		return n;
	if (n < (int64_t)sizeof(header))
		return -ENOEXEC;
	count = elf_check_header(&header, length, &phoff);
	if (count < 0)
		return count;
	phdrs = kmalloc(sizeof(*phdrs));
	if (!phdrs)
		return -ENOMEM;
	n = vmo_read(v, offset + phoff, phdrs, count * ELF_PHDR_SIZE);
	if (n >= 0)
		n = n < count * ELF_PHDR_SIZE ? -ENOEXEC
		    : elf_parse(&header, phdrs, count, length, MMAP_BOTTOM, PROGRAM_TOP, image);
	kfree(phdrs);
	return n;
}

int exec_load(struct vmo *v, uint64_t offset, uint64_t length, const struct exec_args *a, struct vmspace **out,
	      struct trapframe *frame)
{
	struct elf_image image;
	struct vmspace *vs;
	int64_t sp = 0;
	int error = read_image(v, offset, length, &image);

	if (!error)
		error = vmspace_create(&vs);
	if (error)
		return error;
	for (unsigned i = 0; i < image.n && !error; i++)
		error = map_segment(vs, v, offset, &image.segment[i]);
	if (!error) {
		sp = make_stack(vs, a, &image);
		error = sp < 0 ? sp : 0;
	}
	if (error) {
		vmspace_destroy(vs);
		return error;
	}
	*frame = (struct trapframe){ .pc = image.entry, .sp = sp };
	*out = vs;
	return 0;
}

/* --- moving over --- */

/* Makes this the only thread of the process: the others leave by themselves (E1 to E3).  -EINTR: this one shall leave. */
static int become_alone(struct process *p)
{
	struct thread *t, *self = current();
	struct waiter w = { .key = (uint64_t)self };
	int error = 0;
	uint64_t flags = spin_lock_irq(&process_lock);

	if (p->dying || p->execing) {
		spin_unlock_irq(&process_lock, flags);
		return -EINTR;
	}
	if (p->n_threads > 1) {
		p->execing = self;
		TAILQ_FOREACH(t, &p->threads, proc_link)
			if (t != self)
				thread_kill(t);
		protocol_entered(WINDOW_EXEC_SIBLING);
		while (p->n_threads > 1 && !error) {
			error = wait_sleep(&process_events, &w, flags, TIME_FOREVER, WAIT_KILLABLE);
			flags = spin_lock_irq(&process_lock);
		}
		p->execing = NULL;
	}
	if (p->dying)
		error = -EINTR;
	spin_unlock_irq(&process_lock, flags);
	return error;
}

int exec_commit(struct vmspace *vs, const char *name)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct vmspace *old = t->vmspace;
	uint64_t flags, peak = pmap_peak(&old->pmap);
	int32_t tid = t->tid;
	int error = become_alone(p);

	if (error) {
		vmspace_destroy(vs);
		return error;
	}
	flags = spin_lock_irq(&process_lock);
	p->vmspace = vs;
	if (peak > p->usage.max_resident)
		p->usage.max_resident = peak;
	memcpy(p->name, name, sizeof(p->name));
	t->tid = p->pid; /* the thread left is the first thread now */
	t->tid_addr = 0;
	signal_exec(p);
	spin_unlock_irq(&process_lock, flags);

	/* E3: to the new space, which is the park from the old one; then out of the old one. */
	preempt_disable();
	flags = irq_save();
	t->vmspace = vs;
	pmap_switch(&vs->pmap);
	irq_restore(flags);
	preempt_enable();
	protocol_window();
	vmspace_leave(old);

	vfork_release(p);
	if (tid != p->pid)
		id_free(tid);
	preempt_disable(); /* or a switch would save the old program's registers again */
	memset(&t->fp, 0, sizeof(t->fp));
	fp_restore(&t->fp);
	write_sysreg(0, tpidr_el0);
	preempt_enable();
	count(EXECS);
	return 0;
}
