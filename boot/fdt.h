/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_FDT_H
#define BOOT_FDT_H
/*
 * A reader of flattened device trees (Devicetree Specification 0.4, chapter 5), version 16 and later.
 *
 * It trusts nothing: fdt_open() walks the whole blob once and refuses a tree that is not well formed within its
 * size; the other functions work on an accepted tree and still check each offset.  Nothing is allocated or
 * changed, nothing recurses, depth is bounded.  Pure C, also compiled for the host's tests.
 *
 *   fdt_open           check a blob
 *   fdt_root/fdt_next  visit all nodes in document order
 *   fdt_find_*         a node by path, alias or phandle
 *   fdt_prop, fdt_*    properties, and what the standard ones mean
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDT_MAX_DEPTH 16

struct fdt {
	const uint8_t *blob;
	uint32_t total;       /* bytes of the blob; the offsets below lie within */
	uint32_t structs;     /* structure block */
	uint32_t structs_end;
	uint32_t strings;     /* strings block */
	uint32_t strings_end;
	uint32_t reserve;     /* memory reservation block */
};

/* A node, by the way to it: at[depth] is the node itself, at[0] the root, each the offset of its FDT_BEGIN_NODE. */
struct fdt_node {
	uint32_t depth;
	uint32_t at[FDT_MAX_DEPTH];
};

/* NULL, or why the blob (of which `limit` bytes are readable) is not a device tree that can be read (static text).
 * `blob` may have any alignment and must stay as it is while `t` is used. */
const char *fdt_open(struct fdt *t, const void *blob, size_t limit);

void fdt_root(const struct fdt *t, struct fdt_node *node);
/* Moves to the next node in document order (first child, sibling, the parent's sibling ...); false after the last. */
bool fdt_next(const struct fdt *t, struct fdt_node *node);
/* Makes `parent` the parent of `node`; false for the root.  The two may be the same object. */
bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent);

/* "/a/b", or "alias" or "alias/b" with the alias from /aliases; `n` characters.  A component without a unit address
 * finds the first node whose name matches up to the '@'. */
bool fdt_find_path(const struct fdt *t, const char *path, size_t n, struct fdt_node *node);
bool fdt_find_phandle(const struct fdt *t, uint32_t phandle, struct fdt_node *node);

/* The node's name, NUL-terminated, "" for the root. */
const char *fdt_name(const struct fdt *t, const struct fdt_node *node);
/* A property's bytes, not aligned, and their number; NULL if there is none.  An empty property is not NULL. */
const uint8_t *fdt_prop(const struct fdt *t, const struct fdt_node *node, const char *name, uint32_t *size);
/* A property that is one NUL-terminated string; else NULL. */
const char *fdt_string(const struct fdt *t, const struct fdt_node *node, const char *name);
/* A property that is one number in 1 or 2 cells. */
bool fdt_number(const struct fdt *t, const struct fdt_node *node, const char *name, uint64_t *value);
/* Is `what` one of the strings in the list property `compatible`? */
bool fdt_compatible(const struct fdt *t, const struct fdt_node *node, const char *what);
/* No `status`, or "okay", or "ok": in the node and in all above it. */
bool fdt_enabled(const struct fdt *t, const struct fdt_node *node);

/* Entry `index` of `reg` as the parent's #address-cells and #size-cells say, not translated.  False if there
 * is no such entry or a number does not fit 64 bits. */
bool fdt_reg_raw(const struct fdt *t, const struct fdt_node *node, unsigned index, uint64_t *base, uint64_t *size);
/* The same, translated through the `ranges` of every bus above to a physical address; base + size does not wrap.  False
 * also if a bus does not map all of it. */
bool fdt_reg(const struct fdt *t, const struct fdt_node *node, unsigned index, uint64_t *base, uint64_t *size);

/* Interrupt `index` from `interrupts` or `interrupts-extended`: its controller and its cells (at most 4 are given back, in
 * *n_cells how many there are). */
bool fdt_interrupt(const struct fdt *t, const struct fdt_node *node, unsigned index,
		   struct fdt_node *controller, uint32_t cells[4], unsigned *n_cells);

/* Entry `index` of the memory reservation block; false at its end. */
bool fdt_reserved(const struct fdt *t, unsigned index, uint64_t *base, uint64_t *size);

/* A big-endian number at p. */
uint32_t fdt_be32(const uint8_t *p);
uint64_t fdt_be64(const uint8_t *p);

#endif
