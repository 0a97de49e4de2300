# SPDX-License-Identifier: BSD-2-Clause
#
# Programs of user/bin compiled for this machine with the sanitizers: those that need no more of a system than POSIX.
# tests/programs.py calls this from the root of the tree.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

OUT := build/host/programs
CC := gcc
CFLAGS := -std=gnu17 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Werror -Iuser/bin

ONE_FILE := basename cat chmod cp cut dd df dirname echo env false grep head hexdump kill ln ls mkdir mv printenv pwd rm rmdir seq tail tee \
	touch tr true uniq wc yes
FOLDERS := sh sort

.PHONY: all
all: $(ONE_FILE:%=$(OUT)/%) $(FOLDERS:%=$(OUT)/%) $(OUT)/fuzz_sh
$(shell mkdir -p $(OUT))

HEADERS := $(wildcard user/bin/*.h user/bin/*/*.h) tests/host/programs.mk

$(ONE_FILE:%=$(OUT)/%): $(OUT)/%: user/bin/%.c $(HEADERS)
	@echo "  HOSTCC   $@"
	@$(CC) $(CFLAGS) -o $@ $<

.SECONDEXPANSION:
$(FOLDERS:%=$(OUT)/%): $(OUT)/%: $$(wildcard user/bin/%/*.c) $(HEADERS)
	@echo "  HOSTCC   $@"
	@$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

$(OUT)/fuzz_sh: tests/host/fuzz_sh.c $(filter-out user/bin/sh/main.c,$(wildcard user/bin/sh/*.c)) $(HEADERS)
	@echo "  HOSTCC   $@"
	@$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)
