# SPDX-License-Identifier: BSD-2-Clause
#
# How things are built.  Makefile calls this with its variables checked, one
# make at a time.  The kernel goes to build/VARIANT/, so that another BUILD or
# VA_BITS does not rebuild it all; user space (user/user.mk) to build/user/,
# newlib to build/newlib/.  Targets: all, tests (guest and host test programs),
# kernel.  KDIR=folder builds the kernel elsewhere.  BUG=name builds a kernel
# with a known mistake: only the files that mention BUG_NAME are compiled again.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.SILENT:
say = $(if $(V),:,printf '  %-8s %s\n' $1 $2)

BUILD ?= release
VA_BITS ?= 39

CROSS := aarch64-linux-gnu-
HOSTCC := gcc
NEWLIB := build/newlib/aarch64-none-elf
BUG ?=
BASE := build/$(BUILD)$(if $(filter-out 39,$(VA_BITS)),-va$(VA_BITS))
KDIR := $(BASE)$(BUG:%=-%)
BUG_MACRO := $(if $(BUG),BUG_$(shell echo $(BUG) | tr a-z- A-Z_))
GEN := $(KDIR)/gen
$(shell mkdir -p $(GEN) build/host build/tests)

# A file that changes only when its text does: $(call keep,file,text).  Quotes in the text are the shell's.
keep = $(shell mkdir -p $(dir $1); printf '%s\n' $2 | cmp -s - $1 || printf '%s\n' $2 >$1)

.PHONY: all kernel tests
all: kernel

# ---------------------------------------------------------------- kernel

KFLAGS := -std=gnu17 -O2 -g -ffreestanding -fno-pic -fno-pie -mgeneral-regs-only -mno-outline-atomics -mcmodel=small \
	-fno-common -fno-strict-aliasing -fno-omit-frame-pointer -fno-stack-protector -fno-asynchronous-unwind-tables \
	-Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes -Wstrict-prototypes -Wundef \
	-DCURFEW_DEBUG=$(if $(filter debug check,$(BUILD)),1,0) -DCURFEW_CHECK=$(if $(filter check,$(BUILD)),1,0) \
	-DVA_BITS=$(VA_BITS) $(BUG_MACRO:%=-D%) \
	-I$(GEN) -I. -Iuser/include -isystem $(NEWLIB)/include
# The debugger and the traces name files as they stand in the tree, wherever that is.
KFLAGS += -ffile-prefix-map=$(CURDIR)=.
KERROR := $(if $(filter 1,$(WERROR)),-Werror)

KSRCS := $(sort $(filter-out arch/arm64/offsets.c $(if $(filter-out check,$(BUILD)),mm/check_%),$(wildcard $(foreach d,boot kernel mm arch/arm64,$d/*.c $d/*.S))))

ifeq ($(BUG),)
KOBJS := $(KSRCS:%=$(KDIR)/%.o)
else
# The kernel without the bug is built first ($(BASE), by the make below).  Compiled here is a file that mentions the bug, or a header of
# which does, or that says which kernel this is (buildid.h); every other object is taken from there.
BUG_FILES := $(shell grep -lw $(BUG_MACRO) $(wildcard $(foreach d,boot kernel mm arch/arm64,$d/*.[chS])))
BUG_HEADERS := $(filter %.h,$(BUG_FILES))
BUG_DEPS := $(if $(BUG_HEADERS),$(shell grep -lF $(BUG_HEADERS:%=-e ' %') $(KSRCS:%=$(BASE)/%.d) 2>/dev/null))
BUG_SRCS := $(sort $(filter $(KSRCS),$(BUG_FILES)) $(BUG_DEPS:$(BASE)/%.d=%) $(shell grep -lF '"buildid.h"' $(KSRCS)))
KOBJS := $(foreach s,$(KSRCS),$(if $(filter $s,$(BUG_SRCS)),$(KDIR),$(BASE))/$s.o)
endif

# Changed flags, or a file that is gone, rebuild what depends on them.
$(call keep,$(KDIR)/flags,'$(KFLAGS)')
$(call keep,$(KDIR)/sources,'$(KOBJS)')
# The same size whatever it says (40 bytes): every other byte of the image, and every instruction of a run with SEED, is to be the same.
BUILD_ID := $(or $(shell git describe --always --dirty --abbrev=12 2>/dev/null),unknown)
BUILD_ID_PADDED := $(shell printf '%-40.40s' '$(BUILD_ID)')
$(call keep,$(GEN)/buildid.h,'#define BUILD_ID "$(strip $(BUILD_ID_PADDED))"' '#define BUILD_ID_PADDED "$(BUILD_ID_PADDED)"' \
	'#define BUILD_FOLDER "$(KDIR)"' '#define BUILD_NAME "$(BUILD)"' \
	'#define BUILD_BUG "$(BUG)"')

ifeq ($(BUG)$(BUG_BASE),)
kernel: $(KDIR)/curfew.elf $(KDIR)/curfew.img $(KDIR)/curfew.dis build/compile_commands.json
else ifeq ($(BUG_BASE),)
# What mentions the bug is known when the dependencies are: in a make of its own.
kernel: $(if $(BUG_FILES),,$(error BUG=$(BUG): nothing in the sources mentions $(BUG_MACRO)))
	$(MAKE) -f scripts/build.mk kernel BUG=
	$(MAKE) -f scripts/build.mk kernel BUG_BASE=ready
else
kernel: $(KDIR)/curfew.elf $(KDIR)/curfew.img
# Objects of both kinds are linked: structs that assembly knows must be the same.
$(KDIR)/curfew.elf: $(KDIR)/layout
$(KDIR)/layout: $(GEN)/offsets.h
	cmp $(GEN)/offsets.h $(BASE)/gen/offsets.h && touch $@
endif

$(KDIR)/%.c.o: %.c $(KDIR)/flags $(GEN)/offsets.h | $(NEWLIB)/include/stdio.h
	$(call say,CC,$<)
	mkdir -p $(@D)
	$(CROSS)gcc $(KFLAGS) $(KERROR) -MMD -MP -c -o $@ $<

$(KDIR)/%.S.o: %.S $(KDIR)/flags $(GEN)/offsets.h | $(NEWLIB)/include/stdio.h
	$(call say,AS,$<)
	mkdir -p $(@D)
	$(CROSS)gcc $(KFLAGS) $(KERROR) -MMD -MP -c -o $@ $<

# The offsets of C structs for assembly: offsets.c leaves lines `->NAME VALUE` in its assembly output.
$(GEN)/offsets.s: arch/arm64/offsets.c $(KDIR)/flags | $(NEWLIB)/include/stdio.h
	$(call say,GEN,$(GEN)/offsets.h)
	$(CROSS)gcc $(KFLAGS) -g0 -MMD -MP -MT $@ -MF $(GEN)/offsets.d -S -o $@ $<

$(GEN)/offsets.h: $(GEN)/offsets.s
	{ echo '/* Made from arch/arm64/offsets.c. */'; \
	sed -n 's/.*->\([A-Za-z0-9_]*\) [#$$]*\(-\{0,1\}[0-9][0-9xa-fA-F]*\).*/#define \1 \2/p' $<; } >$@.new
	cmp -s $@.new $@ || cp $@.new $@
	rm $@.new; touch $@

$(KDIR)/curfew.elf: linker.ld $(KOBJS) $(KDIR)/sources
	$(call say,LD,$@)
	$(CROSS)ld -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096 --fatal-warnings \
		-T linker.ld -Map $(KDIR)/curfew.map -o $@ $(KOBJS)

$(KDIR)/curfew.img: $(KDIR)/curfew.elf
	$(CROSS)objcopy -O binary $< $@

$(KDIR)/curfew.dis: $(KDIR)/curfew.elf
	$(CROSS)objdump -d $< >$@

build/compile_commands.json: $(KDIR)/flags $(KDIR)/sources
	{ echo '['; for f in $(filter %.c,$(KSRCS)); do \
	printf '{"directory": "%s", "file": "%s", "command": "%s -c %s"},\n' '$(CURDIR)' $$f '$(CROSS)gcc $(KFLAGS)' $$f; \
	done | sed '$$s/,$$//'; echo ']'; } >$@

-include $(KOBJS:.o=.d) $(GEN)/offsets.d

# ------------------------------------------------------------ user space

ifneq ($(wildcard user/user.mk),)
include user/user.mk
endif

# ----------------------------------------------------------------- tests

GUEST_TESTS := $(patsubst tests/guest/%.c,build/tests/%,$(wildcard tests/guest/*.c))

# The variants of the kernel that tests boot besides this one.
.PHONY: variants
variants:
	$(MAKE) -f scripts/build.mk kernel BUILD=debug VA_BITS=39 BUG=
	$(MAKE) -f scripts/build.mk kernel BUILD=release VA_BITS=48 BUG=
	$(MAKE) -f scripts/build.mk kernel BUILD=check VA_BITS=39 BUG=
	$(MAKE) -f scripts/build.mk kernel BUILD=check VA_BITS=48 BUG=

tests: $(GUEST_TESTS) variants

build/tests/%: tests/guest/%.c $(wildcard tests/guest/*.h) scripts/cc build/user/libcurfew.a build/user/crt0.o
	$(call say,TEST,$<)
	CURFEW_CC_BARE=1 scripts/cc -O2 -g -Wall -Wextra -Wno-unused-parameter -Itests/guest -o $@ $< -lm -pthread

# V=1: recipes are shown as the shell runs them (standard error; make's own echo would go to standard output).
ifneq ($(V),)
.SHELLFLAGS := -xc
endif
