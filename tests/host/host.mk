# SPDX-License-Identifier: BSD-2-Clause
#
# Host unit tests: kernel files that have no hardware in them, compiled for this machine with the sanitizers, each with
# its test_*.c.  tests/host/run calls this from the root of the tree.  tests/host/shim comes first in the search order, so
# its headers take the place of the kernel's; <...> is the host's.
#
# A test NAME is built from test_NAME.c, support.c and SRC_NAME; NAME-release is the same as the release kernel has
# it, without the checks of debug builds.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

OUT := build/host/tests
CC := gcc
CFLAGS := -std=gnu17 -O1 -g -fno-strict-aliasing -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -Wno-unused-parameter -Wno-override-init -Werror -DVA_BITS=39 \
	-iquote tests/host/shim -iquote tests/host -iquote . -pthread

TESTS := page page-release slab slab-release printf log string fdt platform fdtfuzz elf initrd pipe pipemodel ldisc console \
	files filesops filesmodel fileskill filesfuzz libc
DTBS := $(patsubst tests/host/dts/%.dts,$(OUT)/%.dtb,$(wildcard tests/host/dts/*.dts))

# What servers share, and the world that they are played.
SERVER := $(filter-out %/port.c,$(wildcard user/server/*.c)) tests/host/world.c

SRC_page := mm/page.c
SRC_slab := mm/slab.c mm/page.c
SRC_printf := kernel/printf.c
SRC_log := kernel/log.c kernel/printf.c
SRC_fdt := boot/fdt.c
SRC_elf := kernel/elf.c
SRC_initrd := boot/initrd.c
SRC_platform := boot/fdt.c boot/platform.c
SRC_fdtfuzz := boot/fdt.c boot/platform.c
SRC_pipe := $(filter-out %/main.c,$(wildcard user/server/pipe/*.c)) $(SERVER)
SRC_pipemodel = $(SRC_pipe)
SRC_console := $(filter-out %/main.c %/uart.c,$(wildcard user/server/console/*.c)) $(SERVER)
SRC_ldisc := $(addprefix user/server/console/,ldisc.c output.c modes.c)
# The file server without its system calls.
FILES := $(addprefix user/server/files/,arena.c block.c check.c dispatch.c file_ops.c inode.c lower.c name.c name_ops.c path.c \
	session.c)
SRC_files := $(FILES)
SRC_filesops := $(FILES)
SRC_filesmodel := $(FILES)
SRC_fileskill := $(FILES)
SRC_filesfuzz := $(FILES)
FILES_CFLAGS := -Wno-missing-field-initializers -D_GNU_SOURCE -idirafter user/include -include tests/host/fileshost.h
CFLAGS_files := $(FILES_CFLAGS)
CFLAGS_filesops := $(FILES_CFLAGS)
CFLAGS_filesmodel := $(FILES_CFLAGS)
CFLAGS_fileskill := $(FILES_CFLAGS)
CFLAGS_filesfuzz := $(FILES_CFLAGS)
SUPPORT_files := tests/host/fileshost.c
SUPPORT_filesops := tests/host/fileshost.c
SUPPORT_filesmodel := tests/host/fileshost.c
SUPPORT_fileskill := tests/host/fileshost.c
SUPPORT_filesfuzz := tests/host/fileshost.c
SRC_libc := tests/host/libc/fake.c $(addprefix user/lib/,above.c change.c directory.c dirent.c exec.c fd.c file.c inherit.c map.c path.c \
	pipe.c poll.c select.c session.c stat.c termios.c tree.c vector.c)
SUPPORT_page := tests/host/support.c
SUPPORT_slab := tests/host/support.c
FLAGS_console = $(FLAGS_pipe)
FLAGS_pipemodel = $(FLAGS_pipe)
FLAGS_pipe := -Itests/host/shim/user -Iuser/server -D_GNU_SOURCE

# The C library is compiled with its own headers, and cmocka's beside them; it calls itself by other names than the host's.
NEWLIB := build/newlib/aarch64-none-elf
FLAGS_libc := -nostdinc -include tests/host/libc/rename.h -isystem tests/host/libc/include -isystem user/include \
	-isystem $(shell $(CC) -print-file-name=include) -isystem $(NEWLIB)/include -idirafter /usr/include -D_GNU_SOURCE \
	-U__linux__ -U__linux -Ulinux -U__gnu_linux__ -fno-builtin -Wno-missing-field-initializers

# Whatever a test may include: when one of them changes, all are built again.
HEADERS := $(wildcard tests/host/*.h tests/host/shim/*/*.h tests/host/shim/*/*/*.h boot/*.h kernel/*.h mm/*.h arch/arm64/*.h \
		user/server/*.h user/server/*/*.h tests/host/shim/user/curfew/*.h tests/host/libc/*.h tests/host/libc/include/*/*.h \
		user/lib/*.h user/include/*.h user/include/*/*.h) \
	kernel/string.c tests/host/host.mk

.PHONY: all dtbs list
all: $(TESTS:%=$(OUT)/%) dtbs
dtbs: $(DTBS)
list:
	@printf '%s\n' $(TESTS)

$(shell mkdir -p $(OUT))

.SECONDEXPANSION:
$(OUT)/%: tests/host/test_$$(subst -release,,$$*).c $$(SRC_$$(subst -release,,$$*)) $$(SUPPORT_$$(subst -release,,$$*)) \
		$(HEADERS)
	@echo "  HOSTCC   $@"
	@$(CC) $(CFLAGS) $(FLAGS_$*) $(CFLAGS_$*) -DCURFEW_DEBUG=$(if $(findstring -release,$*),0,1) -o $@ $(filter-out $(HEADERS) %/stdio.h,$^) -lcmocka

$(OUT)/libc: $(NEWLIB)/include/stdio.h
$(NEWLIB)/include/stdio.h:
	scripts/build-newlib build/newlib

$(OUT)/%.dtb: tests/host/dts/%.dts
	@echo "  DTC      $@"
	@dtc -q -I dts -O dtb -o $@ $<
