/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checker remembers, and what it says when a rule is broken: the rule, the two CPUs and call chains that it takes to break one, the
 * last events of all CPUs in their order, and the command that runs it again.
 *
 * Each CPU has a ring of events, written under the model's lock.  An event notes the call chain of who caused it, as far as the frame
 * records of the current kernel stack go.
 */
#include <stdarg.h>
#include "mm/check_model.h"
#include "boot/platform.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "mm/teardown.h"

#define RING   128
#define FRAMES 5
#define SHOWN  32

/* Events that can be the other side of a broken rule: their call chains are kept. */
#define TELLS_WHO (1u << EVENT_PTE | 1u << EVENT_TLBI | 1u << EVENT_TTBR0 | 1u << EVENT_ASID | 1u << EVENT_SWITCH)

struct event {
	uint32_t number;
	uint16_t kind;
	uint16_t cpu;
	int32_t tid;
	uint32_t asid; /* of the page map concerned, for PTE and FORGET */
	uint64_t a, b;
	uint64_t caller[FRAMES];
};

static struct event *ring[MODEL_CPUS];
static uint32_t next[MODEL_CPUS];
uint32_t model_now;
uint32_t model_event_asid; /* for the next event */

static const char *const names[EVENT_MAX] = {
#define X(id, name) [EVENT_##id] = name,
	EVENTS(X)
#undef X
};

/* --- the lock --- */

static uint32_t locked;

uint64_t model_lock(void)
{
	uint64_t flags = irq_save();

	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE)) /* pairs with model_unlock() */
		while (__atomic_load_n(&locked, __ATOMIC_RELAXED))
			cpu_relax();
	return flags;
}

void model_unlock(uint64_t flags)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
	irq_restore(flags);
}

/* --- events --- */

bool report_boot(void)
{
	for_each_cpu(i)
		if (!(ring[i] = check_memory(RING * sizeof(struct event))))
			return false;
	return true;
}

/* Frame records within the kernel stack that holds fp; cheap, so without backtrace.c's care for what is mapped. */
static void callers(uint64_t fp, uint64_t *caller)
{
	uint64_t slot = fp >> (KSTACK_SHIFT + 1);
	unsigned n = 0;

	while (n < FRAMES && fp >= KSTACK_BASE && fp < DEVICE_BASE && fp % 16 == 0 && fp >> (KSTACK_SHIFT + 1) == slot &&
	       fp & KSTACK_SIZE && (fp & (KSTACK_SIZE - 1)) <= KSTACK_SIZE - 16) {
		const uint64_t *record = (const uint64_t *)fp;

		if (record[1] < IMAGE_BASE || record[0] <= fp)
			break;
		caller[n++] = record[1] - 4;
		fp = record[0];
	}
	while (n < FRAMES)
		caller[n++] = 0;
}

void model_event(enum event_kind kind, uint64_t a, uint64_t b)
{
	unsigned self = model_self();
	struct event *e = &ring[self][next[self]++ % RING];

	e->number = ++model_now;
	e->kind = kind;
	e->cpu = self;
	e->tid = current()->tid;
	e->asid = model_event_asid;
	e->a = a;
	e->b = b;
	if (TELLS_WHO & 1u << kind)
		callers((uint64_t)__builtin_frame_address(0), e->caller);
	else
		e->caller[0] = 0;
}

static const struct event *find(uint32_t number)
{
	for_each_cpu(i)
		for (unsigned k = 0; k < RING; k++)
			if (number && ring[i][k].number == number)
				return &ring[i][k];
	return NULL;
}

/* --- events in words --- */

static void describe_entry(char *text, size_t size, uint64_t level, pte_t value)
{
	if (value == 0)
		ksnprintf(text, size, "invalid");
	else if (!pte_valid(value))
		ksnprintf(text, size, "taken");
	else if (!pte_is_leaf(value, level))
		ksnprintf(text, size, "table %lx", pte_pa(value));
	else
		ksnprintf(text, size, "%s %lx %s%s%s%s%s", level == PT_LEVELS - 1 ? "page" : "block", pte_pa(value),
			  pte_user(value) ? "user " : "kernel ", "r", value & PTE_RO ? "-" : "w",
			  value & PTE_UXN && (pte_user(value) || value & PTE_PXN) ? "-" : "x", value & PTE_NG ? "" : " global");
}

static const char *const dsb_names[] = { "", "nshst", "ishst", "nsh", "ish" };

static void describe_tlbi(char *text, size_t size, uint64_t operand, uint64_t kind)
{
	static const char *const what[] = { "all", "by ASID", "by address", "by range" };
	const char *where = kind & CHECK_IS ? "broadcast" : "local", *last = kind & CHECK_LAST ? ", last level" : "";

	if ((kind & 3) == CHECK_ALL)
		ksnprintf(text, size, "all, %s", where);
	else if ((kind & 3) == CHECK_ASID)
		ksnprintf(text, size, "ASID %lu, %s", operand >> 48, where);
	else
		ksnprintf(text, size, "%s, %s%s: operand %lx (ASID %lu, from page %lx)", what[kind & 3], where, last, operand,
			  operand >> 48, operand & 0x1ffffffffful);
}

static void describe(char *text, size_t size, const struct event *e)
{
	static const char *const table[] = { "", "made", "placed", "freed" };
	char entry[64];

	switch (e->kind) {
	case EVENT_PTE:
		describe_entry(entry, sizeof(entry), e->a & 7, e->b);
		ksnprintf(text, size, "ASID %u, %lx: %s", e->asid, e->a & ~7ul, entry);
		break;
	case EVENT_FORGET:
		ksnprintf(text, size, "ASID %u, %lx", e->asid, e->a & ~7ul);
		break;
	case EVENT_DSB:
		ksnprintf(text, size, "%s", dsb_names[e->a]);
		break;
	case EVENT_TLBI:
		describe_tlbi(text, size, e->a, e->b);
		break;
	case EVENT_TTBR0:
		ksnprintf(text, size, "%s %lx, ASID %lu", pte_pa(e->a) == zero_table_pa ? "zero table" : "root", pte_pa(e->a), e->a >> 48);
		break;
	case EVENT_TABLE:
		ksnprintf(text, size, "frame %lx %s", e->a, table[e->b]);
		break;
	case EVENT_KILL:
		ksnprintf(text, size, "page map %lx is ended (E4), ASID %lu", e->a, e->b);
		break;
	case EVENT_ASID:
		ksnprintf(text, size, "%lu %s", e->a, e->b ? "taken" : "given back");
		break;
	case EVENT_COPY:
		ksnprintf(text, size, "%lu bytes at user address %lx", e->b, e->a);
		break;
	case EVENT_SWITCH:
		ksnprintf(text, size, "from thread %lx to %lx", e->a, e->b);
		break;
	default:
		ksnprintf(text, size, "%lx", e->a);
	}
}

static void print_event(const struct event *e)
{
	char text[160];

	describe(text, sizeof(text), e);
	kprintf("  #%u CPU %u, thread %d: %s %s\n", e->number, e->cpu, e->tid, names[e->kind], text);
}

static void print_last(void)
{
	uint32_t number = model_now > SHOWN ? model_now - SHOWN : 0;

	kprintf("the last events:\n");
	while (number++ < model_now) {
		const struct event *e = find(number);

		if (e)
			print_event(e);
	}
}

static void print_other(uint32_t number)
{
	const struct event *e = find(number);
	unsigned n = 0;

	if (!number)
		return;
	if (!e) {
		kprintf("the other side: event #%u, too long ago to be remembered\n", number);
		return;
	}
	kprintf("the other side:\n");
	print_event(e);
	while (n < FRAMES && e->caller[n])
		n++;
	panic_addresses(e->caller, n);
}

/* The part of the boot arguments that is the command, as boot/user.c takes it. */
static const char *command(void)
{
	for (const char *s = platform.bootargs; *s; s++)
		if (s[0] == '-' && s[1] == '-' && s[2] == ' ' && (s == platform.bootargs || s[-1] == ' '))
			return s + 3;
	return "";
}

/* What does not differ from the Makefile's own choice is left out; what this kernel cannot know the runner passes on as `make=`. */
static void print_again(void)
{
	char value[128];

	kprintf("again: make run BUILD=check SMP=%u", cpus_online);
	if (bootarg("bug", value, sizeof(value)))
		kprintf(" BUG=%s", value);
	if (VA_BITS != 39)
		kprintf(" VA_BITS=%u", VA_BITS);
	if (bootarg("seed", value, sizeof(value)))
		kprintf(" SEED=%s", value);
	if (bootarg("asid_bits", value, sizeof(value)))
		kprintf(" ASID_BITS=%s", value);
	if (bootarg("teardown", value, sizeof(value)))
		kprintf(" TEARDOWN=%s", value);
	if (bootarg("make", value, sizeof(value))) {
		for (char *c = value; *c; c++)
			*c = *c == ',' ? ' ' : *c;
		kprintf(" %s", value);
	}
	kprintf(" CMD='%s'\n", command());
}

/* --- reports --- */

static void begin(const char *rule, const char *fmt, va_list ap)
{
	char text[256];

	panic_begin();
	kvsnprintf(text, sizeof(text), fmt, ap);
	kprintf("rule %s: %s\n", rule, text);
}

static _Noreturn void end(uint32_t time)
{
	kprintf("this side:\n");
	panic_where();
	print_other(time);
	print_last();
	print_again();
	panic_end();
}

void model_broken(const char *rule, uint32_t time, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(rule, fmt, ap);
	va_end(ap);
	end(time);
}

static void say(const char *fmt, ...)
{
	va_list ap;
	char text[200];

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kprintf("  %s\n", text);
}

void model_broken_pte(const char *rule, const struct table_shadow *t, unsigned i, const char *what)
{
	const struct pte_shadow *s = &t->pte[i];

	panic_begin();
	kprintf("rule %s: the entry for %lx is not clean: %s\n", rule, shadow_va(t, i), what);
	say("it held %lx (%s), and CPU %u changed it (event #%u)", s->old,
	    pte_is_leaf(s->old, t->level) ? t->level == PT_LEVELS - 1 ? "a page" : "a block" : "a table", s->by, s->time);
	say("TLBs that may still hold it: CPUs %x (bit n: CPU n)", s->holders);
	if (s->missed & MISSED_DSB)
		say("missing: a DSB ISHST between the store and the TLBI (T6)");
	if (s->broadcast | s->local)
		say("missing: the DSB after the TLBI, on the CPU that gave it (T6): CPUs %x", s->broadcast | s->local);
	if (s->missed & MISSED_LEVEL)
		say("missing: a TLBI that is not last-level only, for this was a table (T7)");
	if (s->missed & MISSED_SCOPE)
		say("missing: a broadcast; the TLBI was a local one, and other CPUs have run the space (T8)");
	if (!s->missed && !(s->broadcast | s->local))
		say("missing: a TLBI for this address and ASID (I8)");
	end(s->time);
}
