/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading flattened device trees; see fdt.h.
 *
 * Everything rests on token(): it is the only function that steps through the structure block, and it yields a token
 * only when the token with all its bytes lies inside the block, its name inside the strings block.  fdt_open() runs it
 * from the first to the last token, counts depth, and so makes sure that walks end; every walk goes forward only.
 *
 * Called by platform_parse() on the boot CPU alone.  No locks, no allocation, no hardware.
 */
#include "boot/fdt.h"
#include "kernel/string.h"

#define FDT_MAGIC      0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE   2
#define FDT_PROP       3
#define FDT_NOP        4
#define FDT_END        9

struct token {
	uint32_t type;       /* FDT_*, never FDT_NOP */
	uint32_t at, next;   /* offsets of this token and of the one after it */
	const char *name;    /* of a node or property */
	const uint8_t *data; /* of a property */
	uint32_t size;
};

static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strlen(b) == n && memcmp(a, b, n) == 0;
}

uint32_t fdt_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t fdt_be64(const uint8_t *p)
{
	return (uint64_t)fdt_be32(p) << 32 | fdt_be32(p + 4);
}

/* Bytes of the string at [at, end) without its NUL, or -1 if it has none. */
static int64_t string_length(const struct fdt *t, uint32_t at, uint32_t end)
{
	for (uint32_t i = at; i < end; i++)
		if (t->blob[i] == 0)
			return i - at;
	return -1;
}

/* The token at offset `at` of the structure block, NOPs skipped; false if there is no whole one. */
static bool token(const struct fdt *t, uint32_t at, struct token *tok)
{
	uint32_t end = t->structs_end, name;
	int64_t n;

	do {
		if (at > end || end - at < 4)
			return false;
		tok->type = fdt_be32(t->blob + at);
		tok->at = at;
		at += 4;
	} while (tok->type == FDT_NOP);

	switch (tok->type) {
	case FDT_BEGIN_NODE:
		n = string_length(t, at, end);
		if (n < 0)
			return false;
		tok->name = (const char *)t->blob + at;
		at += (uint32_t)n + 1;
		break;
	case FDT_PROP:
		if (end - at < 8)
			return false;
		tok->size = fdt_be32(t->blob + at);
		name = fdt_be32(t->blob + at + 4);
		at += 8;
		if (tok->size > end - at || name >= t->strings_end - t->strings ||
		    string_length(t, t->strings + name, t->strings_end) < 0)
			return false;
		tok->name = (const char *)t->blob + t->strings + name;
		tok->data = t->blob + at;
		at += tok->size;
		break;
	case FDT_END_NODE:
	case FDT_END:
		break;
	default:
		return false;
	}
	/* Tokens are aligned within the block; the last one's padding may be cut off by its end. */
	tok->next = at + (-(at - t->structs) & 3);
	return true;
}

/* One tree, well nested, closed by FDT_END, properties before children. */
static const char *check_structure(const struct fdt *t)
{
	struct token tok;
	uint32_t depth = 0;
	bool props_allowed = false, root_seen = false;

	for (uint32_t at = t->structs; token(t, at, &tok); at = tok.next) {
		switch (tok.type) {
		case FDT_BEGIN_NODE:
			if (depth == 0 && root_seen)
				return "the device tree has two roots";
			if (depth == FDT_MAX_DEPTH)
				return "the device tree is nested too deeply";
			root_seen = props_allowed = true;
			depth++;
			break;
		case FDT_PROP:
			if (!props_allowed)
				return "the device tree has a property out of place";
			break;
		case FDT_END_NODE:
			if (depth == 0)
				return "the device tree is badly nested";
			depth--;
			props_allowed = false;
			break;
		case FDT_END:
			return depth == 0 && root_seen ? NULL : "the device tree ends inside a node";
		}
	}
	return "the device tree's structure is damaged";
}

const char *fdt_open(struct fdt *t, const void *blob, size_t limit)
{
	const uint8_t *p = blob;
	uint32_t version, size;

	if (limit < 40 || fdt_be32(p) != FDT_MAGIC)
		return "there is no device tree";
	t->blob = p;
	t->total = fdt_be32(p + 4);
	t->structs = fdt_be32(p + 8);
	t->strings = fdt_be32(p + 12);
	t->reserve = fdt_be32(p + 16);
	version = fdt_be32(p + 20);
	if (version < 16 || fdt_be32(p + 24) > 17)
		return "the device tree's version is not known";
	/* 64 MiB is far above any tree; it keeps sums of offsets below 2^32. */
	if (t->total < 40 || t->total > limit || t->total > 64u << 20)
		return "the device tree is larger than its window";
	if (t->structs > t->total || t->structs % 4 || t->strings > t->total || t->reserve > t->total)
		return "the device tree's header is damaged";

	size = fdt_be32(p + 32);
	if (size > t->total - t->strings)
		return "the device tree's strings are cut off";
	t->strings_end = t->strings + size;
	size = version >= 17 ? fdt_be32(p + 36) : t->total - t->structs;
	if (size > t->total - t->structs)
		return "the device tree's structure is cut off";
	t->structs_end = t->structs + size;
	return check_structure(t);
}

void fdt_root(const struct fdt *t, struct fdt_node *node)
{
	struct token tok;

	node->depth = 0;
	node->at[0] = token(t, t->structs, &tok) ? tok.at : t->structs;
}

bool fdt_next(const struct fdt *t, struct fdt_node *node)
{
	struct token tok;
	uint32_t depth = node->depth; /* of the node whose inside tok is in */

	if (!token(t, node->at[depth], &tok))
		return false;
	while (token(t, tok.next, &tok)) {
		if (tok.type == FDT_BEGIN_NODE) {
			if (++depth >= FDT_MAX_DEPTH)
				return false;
			node->depth = depth;
			node->at[depth] = tok.at;
			return true;
		}
		if (tok.type == FDT_END_NODE && depth-- == 0)
			return false;
		if (tok.type == FDT_END)
			return false;
	}
	return false;
}

bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent)
{
	if (node->depth == 0)
		return false;
	*parent = *node;
	parent->depth--;
	return true;
}

const char *fdt_name(const struct fdt *t, const struct fdt_node *node)
{
	struct token tok;

	return token(t, node->at[node->depth], &tok) ? tok.name : "";
}

const uint8_t *fdt_prop(const struct fdt *t, const struct fdt_node *node, const char *name, uint32_t *size)
{
	struct token tok;

	if (!token(t, node->at[node->depth], &tok))
		return NULL;
	while (token(t, tok.next, &tok) && tok.type == FDT_PROP) {
		if (same(tok.name, name)) {
			*size = tok.size;
			return tok.data;
		}
	}
	return NULL;
}

const char *fdt_string(const struct fdt *t, const struct fdt_node *node, const char *name)
{
	uint32_t size;
	const uint8_t *p = fdt_prop(t, node, name, &size);

	return p && size && p[size - 1] == 0 ? (const char *)p : NULL;
}

bool fdt_number(const struct fdt *t, const struct fdt_node *node, const char *name, uint64_t *value)
{
	uint32_t size;
	const uint8_t *p = fdt_prop(t, node, name, &size);

	if (!p || (size != 4 && size != 8))
		return false;
	*value = size == 4 ? fdt_be32(p) : fdt_be64(p);
	return true;
}

bool fdt_compatible(const struct fdt *t, const struct fdt_node *node, const char *what)
{
	uint32_t size, n = (uint32_t)strlen(what) + 1;
	const uint8_t *p = fdt_prop(t, node, "compatible", &size);

	/* At each string's start: does `what`, its NUL included, lie there? */
	for (uint32_t i = 0; p && i < size; i++)
		if ((i == 0 || p[i - 1] == 0) && size - i >= n && memcmp(p + i, what, n) == 0)
			return true;
	return false;
}

bool fdt_enabled(const struct fdt *t, const struct fdt_node *node)
{
	struct fdt_node n = *node;

	do {
		uint32_t size;
		const uint8_t *p = fdt_prop(t, &n, "status", &size);

		if (p && !(size == 5 && memcmp(p, "okay", 5) == 0) && !(size == 3 && memcmp(p, "ok", 3) == 0))
			return false;
	} while (fdt_parent(&n, &n));
	return true;
}

bool fdt_reserved(const struct fdt *t, unsigned index, uint64_t *base, uint64_t *size)
{
	uint64_t at = t->reserve + (uint64_t)index * 16;

	if (at + 16 > t->total)
		return false;
	*base = fdt_be64(t->blob + at);
	*size = fdt_be64(t->blob + at + 8);
	return *base || *size;
}

/* Does a node's name fit a path component of n characters, which may lack the unit address? */
static bool name_matches(const char *name, const char *want, size_t n)
{
	size_t len = strlen(name);

	/* If `want` has an '@', the name would have to have two, and none does. */
	if (len < n || memcmp(name, want, n) != 0)
		return false;
	return len == n || name[n] == '@';
}

/* From `node` to its child that fits the component. */
static bool find_child(const struct fdt *t, struct fdt_node *node, const char *want, size_t n)
{
	struct fdt_node child = *node;

	while (fdt_next(t, &child) && child.depth > node->depth) {
		if (child.depth == node->depth + 1 && name_matches(fdt_name(t, &child), want, n)) {
			*node = child;
			return true;
		}
	}
	return false;
}

/* Walks down an absolute path. */
static bool find_absolute(const struct fdt *t, const char *path, size_t n, struct fdt_node *node)
{
	fdt_root(t, node);
	for (size_t i = 0, end; i < n; i = end) {
		if (path[i] == '/') {
			end = i + 1;
			continue;
		}
		for (end = i; end < n && path[end] != '/'; end++)
			;
		if (!find_child(t, node, path + i, end - i))
			return false;
	}
	return true;
}

bool fdt_find_path(const struct fdt *t, const char *path, size_t n, struct fdt_node *node)
{
	struct fdt_node aliases;
	char name[32];
	const char *target;
	size_t i;

	if (n && path[0] == '/')
		return find_absolute(t, path, n, node);

	for (i = 0; i < n && path[i] != '/'; i++)
		;
	if (i == 0 || i >= sizeof(name) || !find_absolute(t, "/aliases", 8, &aliases))
		return false;
	memcpy(name, path, i);
	name[i] = 0;
	target = fdt_string(t, &aliases, name);
	if (!target || target[0] != '/' || !find_absolute(t, target, strlen(target), node))
		return false;
	for (size_t end; i < n; i = end) { /* what follows the alias */
		for (end = ++i; end < n && path[end] != '/'; end++)
			;
		if (end > i && !find_child(t, node, path + i, end - i))
			return false;
	}
	return true;
}

bool fdt_find_phandle(const struct fdt *t, uint32_t phandle, struct fdt_node *node)
{
	uint64_t value;

	fdt_root(t, node);
	do {
		if ((fdt_number(t, node, "phandle", &value) || fdt_number(t, node, "linux,phandle", &value)) &&
		    value == phandle)
			return true;
	} while (fdt_next(t, node));
	return false;
}

/* A number of 1 or 2 cells at p; false for other widths (PCI's three, a size of none). */
static bool read_cells(const uint8_t *p, uint32_t n, uint64_t *value)
{
	if (n != 1 && n != 2)
		return false;
	*value = n == 1 ? fdt_be32(p) : fdt_be64(p);
	return true;
}

/* A bus's #address-cells or #size-cells; the specification's defaults are 2 and 1. */
static uint32_t bus_cells(const struct fdt *t, const struct fdt_node *bus, const char *name, uint32_t usual)
{
	uint64_t n;

	if (!fdt_number(t, bus, name, &n))
		return usual;
	return n <= 4 ? (uint32_t)n : 0; /* 0: nothing can be read */
}

bool fdt_reg_raw(const struct fdt *t, const struct fdt_node *node, unsigned index, uint64_t *base, uint64_t *size)
{
	struct fdt_node bus;
	uint32_t na, ns, bytes;
	uint64_t at;
	const uint8_t *p = fdt_prop(t, node, "reg", &bytes);

	if (!p || !fdt_parent(node, &bus))
		return false;
	na = bus_cells(t, &bus, "#address-cells", 2);
	ns = bus_cells(t, &bus, "#size-cells", 1);
	at = (uint64_t)index * (na + ns) * 4;
	if (at + (na + ns) * 4 > bytes || !read_cells(p + at, na, base))
		return false;
	*size = 0; /* a bus without sizes, such as /cpus */
	return ns == 0 || read_cells(p + at + na * 4, ns, size);
}

/* Translates [*base, *base + size) from the addresses below `bus` to those of its parent. */
static bool through_ranges(const struct fdt *t, const struct fdt_node *bus, uint64_t *base, uint64_t size)
{
	struct fdt_node parent;
	uint32_t bytes, na, np, ns, entry;
	const uint8_t *p = fdt_prop(t, bus, "ranges", &bytes);

	if (!p || !fdt_parent(bus, &parent))
		return false;
	if (bytes == 0)
		return true; /* the same addresses */
	na = bus_cells(t, bus, "#address-cells", 2);
	ns = bus_cells(t, bus, "#size-cells", 1);
	np = bus_cells(t, &parent, "#address-cells", 2);
	entry = (na + np + ns) * 4;

	for (; entry && bytes >= entry; bytes -= entry, p += entry) {
		uint64_t from, to, length;

		if (!read_cells(p, na, &from) || !read_cells(p + na * 4, np, &to) || !read_cells(p + (na + np) * 4, ns, &length))
			return false;
		if (*base >= from && *base - from < length && size <= length - (*base - from)) {
			*base = to + (*base - from);
			return *base >= to;
		}
	}
	return false;
}

bool fdt_reg(const struct fdt *t, const struct fdt_node *node, unsigned index, uint64_t *base, uint64_t *size)
{
	struct fdt_node bus;

	if (!fdt_reg_raw(t, node, index, base, size) || !fdt_parent(node, &bus))
		return false;
	for (; bus.depth > 0; bus.depth--)
		if (!through_ranges(t, &bus, base, *size))
			return false;
	return *base + *size >= *base;
}

/* The controller that `interrupts` of this node speaks to: interrupt-parent of the nearest node upwards that has it. */
static bool interrupt_parent(const struct fdt *t, const struct fdt_node *node, struct fdt_node *controller)
{
	struct fdt_node n = *node;
	uint64_t phandle;

	do {
		if (fdt_number(t, &n, "interrupt-parent", &phandle))
			return fdt_find_phandle(t, (uint32_t)phandle, controller);
	} while (fdt_parent(&n, &n));
	return false;
}

bool fdt_interrupt(const struct fdt *t, const struct fdt_node *node, unsigned index,
		   struct fdt_node *controller, uint32_t cells[4], unsigned *n_cells)
{
	uint32_t bytes;
	uint64_t n;
	const uint8_t *p = fdt_prop(t, node, "interrupts-extended", &bytes);
	bool extended = p != NULL;

	if (!extended) {
		p = fdt_prop(t, node, "interrupts", &bytes);
		if (!p || !interrupt_parent(t, node, controller))
			return false;
	}
	for (;; index--) { /* each entry: the controller if extended, then as many cells as it asks for */
		if (extended) {
			if (bytes < 4 || !fdt_find_phandle(t, fdt_be32(p), controller))
				return false;
			p += 4;
			bytes -= 4;
		}
		if (!fdt_number(t, controller, "#interrupt-cells", &n) || n == 0 || n > 16 || bytes < n * 4)
			return false;
		if (index == 0)
			break;
		p += n * 4;
		bytes -= (uint32_t)n * 4;
	}
	*n_cells = n < 4 ? (unsigned)n : 4;
	for (unsigned i = 0; i < *n_cells; i++)
		cells[i] = fdt_be32(p + i * 4);
	return true;
}
