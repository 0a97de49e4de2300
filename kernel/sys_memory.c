/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on memory: mappings and memory objects.
 */
#include <sys/errno.h>
#include <curfew/abi.h>
#include "arch/arm64/mmu.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "mm/page.h"
#include "mm/vmo.h"
#include "mm/vmspace.h"

_Static_assert(MMU_READ == CURFEW_PROT_READ && MMU_WRITE == CURFEW_PROT_WRITE && MMU_EXECUTE == CURFEW_PROT_EXEC,
	       "protections are passed through as they are");

/* The object to map, with a reference, and what its handle allows; *vmo NULL: private anonymous memory. */
static int mmap_object(const uint64_t *arg, struct vmo **vmo, unsigned *max_prot)
{
	unsigned flags = arg[3];
	struct handle_table *handles = &current()->process->handles;
	struct object *o;
	uint32_t rights;
	int error;

	*vmo = NULL;
	*max_prot = MMU_READ | MMU_WRITE | MMU_EXECUTE;
	if (flags & CURFEW_MAP_ANONYMOUS) {
		if (!(flags & CURFEW_MAP_SHARED))
			return 0;
		if (arg[1] / PAGE_SIZE >= page_total_count())
			return -ENOMEM;
		return vmo_create(arg[1], 0, vmo);
	}
	error = handle_get_rights(handles, arg[4], OBJECT_VMO, CURFEW_RIGHT_MAP, &o, &rights);
	if (error)
		return error;
	*vmo = object_vmo(o);
	if (!(rights & CURFEW_RIGHT_READ))
		*max_prot &= ~MMU_READ;
	if (!(rights & CURFEW_RIGHT_EXECUTE))
		*max_prot &= ~MMU_EXECUTE;
	/* A private mapping's writes go to copies. */
	if (!(rights & CURFEW_RIGHT_WRITE) && flags & CURFEW_MAP_SHARED)
		*max_prot &= ~MMU_WRITE;
	return 0;
}

SYSCALL(sys_mmap)
{
	struct vmo *vmo;
	unsigned max_prot;
	int64_t result;
	uint64_t offset = arg[3] & CURFEW_MAP_ANONYMOUS ? 0 : arg[5];
	unsigned prot = arg[2];

	if (arg[1] == 0)
		return -EINVAL;
	result = mmap_object(arg, &vmo, &max_prot);
	if (result)
		return result;
	result = vm_map(current()->vmspace, arg[0], arg[1], prot, max_prot, arg[3], vmo, offset);
	if (vmo)
		vmo_put(vmo);
	return result;
}

SYSCALL(sys_munmap)
{
	return vm_unmap(current()->vmspace, arg[0], arg[1]);
}

SYSCALL(sys_mprotect)
{
	return vm_protect(current()->vmspace, arg[0], arg[1], arg[2]);
}

/* The caller's reference goes to a new handle: its number, or an error. */
static int add_handle(struct vmo *v, uint32_t rights)
{
	int h = handle_add(&current()->process->handles, &v->object, rights);

	if (h < 0)
		vmo_put(v);
	return h;
}

SYSCALL(sys_vmo_create)
{
	struct vmo *v;
	int error = vmo_create(arg[0], arg[1], &v);

	return error ? error : add_handle(v, CURFEW_RIGHT_ALL);
}

SYSCALL(sys_vmo_window)
{
	uint32_t rights = arg[3], has;
	struct object *o;
	struct vmo *v;
	int error = handle_get_rights(&current()->process->handles, arg[0], OBJECT_VMO, CURFEW_RIGHT_DUPLICATE, &o, &has);

	if (error)
		return error;
	error = rights & ~has ? -EPERM : vmo_window(object_vmo(o), arg[1], arg[2], &v);
	object_put(o);
	return error ? error : add_handle(v, rights);
}

SYSCALL(sys_vmo_discard)
{
	struct object *o;
	int error = handle_get(&current()->process->handles, arg[0], OBJECT_VMO, CURFEW_RIGHT_MANAGE, &o);

	if (error)
		return error;
	error = vmo_discard(object_vmo(o), arg[1], arg[2]);
	object_put(o);
	return error;
}

SYSCALL(sys_vmo_windows)
{
	struct object *o;
	int64_t result = handle_get(&current()->process->handles, arg[0], OBJECT_VMO, CURFEW_RIGHT_MANAGE, &o);

	if (result)
		return result;
	result = vmo_windows(object_vmo(o), arg[1], arg[2]);
	object_put(o);
	return result;
}

/* Something of an object that anybody with a handle may know. */
static int64_t ask(const uint64_t *arg, uint64_t (*what)(struct vmo *v))
{
	struct object *o;
	int64_t result = handle_get(&current()->process->handles, arg[0], OBJECT_VMO, 0, &o);

	if (result)
		return result;
	result = what(object_vmo(o));
	object_put(o);
	return result;
}

static uint64_t size_of(struct vmo *v)
{
	return v->size;
}

SYSCALL(sys_vmo_size)
{
	return ask(arg, size_of);
}

SYSCALL(sys_vmo_pages)
{
	return ask(arg, vmo_pages);
}

/* A part of one page to user memory.  A hole is read as zeroes, and stays one. */
static int read_part(struct vmo *v, uint64_t offset, uint64_t user, uint64_t n)
{
	static const char zeroes[PAGE_SIZE];
	struct page *page;
	int error = vmo_page_or_hole(v, offset, &page);

	if (error)
		return error;
	error = copy_to_user(user, page ? (char *)page_to_va(page) + offset % PAGE_SIZE : zeroes, n);
	if (page)
		page_put(page);
	return error;
}

static int write_part(struct vmo *v, uint64_t offset, uint64_t user, uint64_t n)
{
	struct page *page;
	int error = vmo_page(v, offset, &page);

	if (error)
		return error;
	error = copy_from_user((char *)page_to_va(page) + offset % PAGE_SIZE, user, n);
	page->data = 0; /* to be made fetchable anew, should it be executed */
	page_put(page);
	return error;
}

/* Page by page straight between the object and user memory, no lock held while copying. */
static int64_t transfer(struct vmo *v, uint64_t offset, uint64_t user, uint64_t n, bool write)
{
	uint64_t done = 0;

	if (v->kind == VMO_DEVICE)
		return -ENOTSUP;
	if (offset >= v->size)
		return 0;
	n = n < v->size - offset ? n : v->size - offset;
	while (done < n) {
		uint64_t in = (offset + done) % PAGE_SIZE;
		uint64_t part = PAGE_SIZE - in < n - done ? PAGE_SIZE - in : n - done;
		int error = thread_killed() ? -EINTR
			    : write	? write_part(v, offset + done, user + done, part)
					: read_part(v, offset + done, user + done, part);

		if (error)
			return done ? (int64_t)done : error;
		done += part;
	}
	return done;
}

static int64_t vmo_transfer(const uint64_t *arg, uint32_t right, bool write)
{
	struct object *o;
	int64_t result = handle_get(&current()->process->handles, arg[0], OBJECT_VMO, right, &o);

	if (result)
		return result;
	result = transfer(object_vmo(o), arg[1], arg[2], arg[3], write);
	object_put(o);
	return result;
}

SYSCALL(sys_vmo_read)
{
	return vmo_transfer(arg, CURFEW_RIGHT_READ, false);
}

SYSCALL(sys_vmo_write)
{
	return vmo_transfer(arg, CURFEW_RIGHT_WRITE, true);
}
