/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec of files that are no proper ELF programs: ENOEXEC (or another error), and the caller lives.
 * Each test takes a copy of a good program in a memory object and spoils one thing.
 */
#include <fcntl.h>

#include "check.h"

struct header {
	unsigned char ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static char *file;    /* a good program */
static long vmo;      /* its copy */
static uint64_t size;

/* /bin/true, read into memory and into an object. */
static void load(void)
{
	int fd = open("/bin/true", O_RDONLY);
	ssize_t n, got = 0;

	NEED(fd >= 0);
	size = (uint64_t)lseek(fd, 0, SEEK_END);
	NEED(size > sizeof(struct header) && lseek(fd, 0, SEEK_SET) == 0);
	file = malloc(size);
	NEED(file != NULL);
	while ((n = read(fd, file + got, size - (uint64_t)got)) > 0)
		got += n;
	NEED(got == (ssize_t)size);
	vmo = sys(SYS_vmo_create, size);
	NEED(vmo > 0 && sys(SYS_vmo_write, vmo, 0, file, size) == (long)size);
}

static struct header *header(void)
{
	return (struct header *)file;
}

/* The first segment that is loaded. */
static struct segment *segment(void)
{
	struct segment *s = (struct segment *)(file + header()->phoff);

	while (s->type != 1)
		s++;
	return s;
}

static long run(uint64_t length)
{
	static char *argv[] = { "true", NULL };

	return sys(SYS_exec, vmo, 0, length, argv, argv + 1, "bad");
}

/* Execs the spoiled file in a child: the child must live, with this error. */
#define EXPECT(error, ...) \
	do { \
		load(); \
		__VA_ARGS__; \
		NEED(sys(SYS_vmo_write, vmo, 0, file, size) == (long)size); \
		CHECK_EQ(CHILD(CHECK_EQ(run(size), -(error)); _exit(33)), 33 << 8); \
		sys(SYS_handle_close, vmo); \
		free(file); \
	} while (0)

TEST(the_copy_runs)
{
	load();
	CHECK_EQ(CHILD(run(size); _exit(33)), 0);
}

TEST(spoiled_header)
{
	EXPECT(ENOEXEC, header()->ident[0] = 0);
	EXPECT(ENOEXEC, header()->ident[3] = 'G');
	EXPECT(ENOEXEC, header()->ident[4] = 1);    /* 32 bits */
	EXPECT(ENOEXEC, header()->ident[5] = 2);    /* big-endian */
	EXPECT(ENOEXEC, header()->machine = 62);    /* another machine */
	EXPECT(ENOEXEC, header()->type = 1);        /* an object file */
	EXPECT(ENOEXEC, header()->phnum = 0);
	EXPECT(ENOEXEC, header()->phnum = 0xffff);
	EXPECT(ENOEXEC, header()->phentsize = 32);
	EXPECT(ENOEXEC, header()->phoff = size);
	EXPECT(ENOEXEC, header()->phoff = ~0ull - 8);
	EXPECT(ENOEXEC, header()->phoff = 1ull << 62);
}

TEST(spoiled_segment)
{
	EXPECT(ENOEXEC, segment()->offset = size + PAGE);
	EXPECT(ENOEXEC, segment()->offset = ~0ull - PAGE + 1);
	EXPECT(ENOEXEC, segment()->offset += 8);                     /* not congruent with its address */
	EXPECT(ENOEXEC, segment()->filesz = segment()->memsz + 1);
	EXPECT(ENOEXEC, segment()->filesz = segment()->memsz = ~0ull);
	EXPECT(ENOEXEC, segment()->filesz = segment()->memsz = size * 2);
	EXPECT(ENOEXEC, segment()->vaddr = 0);                       /* NULL stays unmapped */
	EXPECT(ENOEXEC, segment()->vaddr = 0xffffffff80000000ull);   /* the kernel's */
	EXPECT(ENOEXEC, segment()->vaddr = 1ull << 55);
	EXPECT(ENOEXEC, segment()->vaddr = ~0ull - 2 * PAGE + 1);
	EXPECT(ENOEXEC, segment()->flags = 7);                       /* writable and executable */
	EXPECT(ENOEXEC, segment()->type = 3);                        /* wants an interpreter */
}

/* A program without a segment at its entry starts, and dies of it. */
TEST(entry_nowhere)
{
	load();
	header()->entry = 0x10;
	NEED(sys(SYS_vmo_write, vmo, 0, file, size) == (long)size);
	int status = CHILD(run(size); _exit(33));

	CHECK(status == SIGSEGV || status == 33 << 8);
}

TEST(overlapping_segments)
{
	load();
	struct segment *s = segment(), *next = s + 1;

	NEED(next->type == 1);
	next->vaddr = s->vaddr;
	next->offset = s->offset;
	NEED(sys(SYS_vmo_write, vmo, 0, file, size) == (long)size);
	int status = CHILD(CHECK_EQ(run(size), -ENOEXEC); _exit(33));

	CHECK_EQ(status, 33 << 8);
}

/* Memory that there is not. */
TEST(huge_bss)
{
	load();
	for (struct segment *s = segment(); s->type == 1; s++) {
		if (s->flags & 2)
			s->memsz = 1ull << 46;
	}
	NEED(sys(SYS_vmo_write, vmo, 0, file, size) == (long)size);
	CHECK_EQ(CHILD(CHECK(run(size) < 0); _exit(33)), 33 << 8);
}

TEST(cut_files)
{
	static const uint64_t lengths[] = { 0, 1, 4, 16, 63, 64, 65, 120, 200, 4095, 4096 };

	load();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		CHECK_EQ(CHILD(CHECK(run(lengths[i]) < 0); _exit(33)), 33 << 8);
	CHECK_EQ(CHILD(CHECK(run(~0ull) < 0); _exit(33)), 33 << 8);
	CHECK_EQ(CHILD(CHECK(run(1ull << 63) < 0); _exit(33)), 33 << 8);
}

/* One byte of the headers changed at random: whatever happens, it happens to the child. */
TEST(noise)
{
	uint64_t seed = 4711;
	pid_t pid, r;
	int status;

	load();
	for (int i = 0; i < 150; i++) {
		size_t at;
		char old;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (seed >> 33) % 300;
		old = file[at];
		file[at] = (char)(seed >> 50);
		NEED(sys(SYS_vmo_write, vmo, 0, file, 512) == 512);
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			run(size);
			_exit(33);
		}
		/* It may even run, for ever. */
		for (uint64_t limit = now_ns() + 50000000; (r = waitpid(pid, &status, WNOHANG)) == 0;) {
			if (now_ns() > limit)
				sys(SYS_kill, pid, SIGKILL);
			sys(SYS_yield);
		}
		CHECK_EQ(r, pid);
		file[at] = old;
	}
}
