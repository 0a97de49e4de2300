# SPDX-License-Identifier: BSD-2-Clause
#
# User space: the C library, the programs, the initrd.  scripts/build.mk
# includes this; it gives `say`, NEWLIB and CROSS, and `all`.
#
# Everything is compiled by scripts/cc, as any program is.  A program is a file
# user/bin/NAME.c or a folder user/bin/NAME/*.c.

USER := build/user
UCC := CURFEW_CC_BARE=1 scripts/cc
UFLAGS := -std=gnu17 -O2 -g -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -ffile-prefix-map=$(CURDIR)=.
# WERROR=1 makes warnings errors, here too; it rebuilds nothing.
UERROR := $(if $(filter 1,$(WERROR)),-Werror)
LIBFLAGS := $(UFLAGS) -D_GNU_SOURCE -ffunction-sections -fdata-sections -fno-builtin-malloc -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns
$(shell mkdir -p $(USER)/lib $(USER)/bin)
# Who has used FP and SIMD registers has 32 of them saved and loaded at its next switches (kernel/fp.h).  So servers, and what every
# read and write of the library goes through, do not: not to clear a structure either.
NO_FP := -mgeneral-regs-only
NO_FP_OBJS := $(patsubst %,$(USER)/lib/%.c.o,fd file message path pipe session stat)
$(call keep,$(USER)/flags,'$(LIBFLAGS) $(NO_FP): $(NO_FP_OBJS)')
$(NO_FP_OBJS): LIBFLAGS += $(NO_FP)

LIBSRCS := $(sort $(wildcard user/lib/*.c user/lib/*.S))
LIBOBJS := $(patsubst user/lib/%,$(USER)/lib/%.o,$(filter-out user/lib/crt0.S,$(LIBSRCS)))
$(call keep,$(USER)/lib/sources,'$(LIBSRCS)')

all: initrd
.PHONY: initrd library
library: $(USER)/libcurfew.a $(USER)/crt0.o
initrd: build/initrd.cpio

# ---------------------------------------------------------------- newlib

# What newlib itself is compiled with.  The script compares what they say, and builds only if that has changed.
$(NEWLIB)/include/stdio.h: scripts/build-newlib $(addprefix user/include/,sys/config.h sys/features.h sys/syslimits.h \
		sys/dirent.h machine/time.h machine/_types.h)
	$(call say,NEWLIB,build/newlib)
	scripts/build-newlib build/newlib

# ---------------------------------------------------------------- library

$(USER)/lib/%.o: user/lib/% $(USER)/flags scripts/cc $(NEWLIB)/include/stdio.h
	$(call say,CC,$<)
	$(UCC) $(LIBFLAGS) $(UERROR) -MD -MP -c -o $@ $<

$(USER)/crt0.o: user/lib/crt0.S scripts/cc $(NEWLIB)/include/stdio.h
	$(call say,AS,$<)
	$(UCC) $(LIBFLAGS) -c -o $@ $<

$(USER)/libcurfew.a: $(LIBOBJS) $(USER)/lib/sources | $(USER)/crt0.o
	$(call say,AR,$@)
	rm -f $@.new
	$(CROSS)ar rcs $@.new $(LIBOBJS)
	mv $@.new $@

-include $(patsubst %.o,%.d,$(LIBOBJS))

# --------------------------------------------------------------- programs

ONE_FILE := $(patsubst user/bin/%.c,%,$(wildcard user/bin/*.c))
FOLDERS := $(sort $(patsubst user/bin/%/,%,$(dir $(wildcard user/bin/*/*.c))))
PROGRAMS := $(sort $(ONE_FILE) $(FOLDERS))
PROGRAM_FILES := $(PROGRAMS:%=$(USER)/bin/%)
$(call keep,$(USER)/programs,'$(PROGRAMS)')

# A program that is gone is not left for the initrd to find.
$(shell cd $(USER)/bin && rm -f $(filter-out $(PROGRAMS),$(notdir $(wildcard $(USER)/bin/*))))

$(ONE_FILE:%=$(USER)/bin/%): $(USER)/bin/%: $(USER)/obj/%.o $(USER)/libcurfew.a $(USER)/crt0.o
	$(call say,LD,$@)
	$(UCC) -g -o $@ $< -lm

define folder-program
$(USER)/bin/$1: $(patsubst user/bin/%.c,$(USER)/obj/%.o,$(wildcard user/bin/$1/*.c)) $(USER)/libcurfew.a $(USER)/crt0.o
	$$(call say,LD,$$@)
	$(UCC) -g -o $$@ $$(filter %.o,$$(filter-out %/crt0.o,$$^)) -lm
endef
$(foreach program,$(FOLDERS),$(eval $(call folder-program,$(program))))

$(USER)/obj/%.o: user/bin/%.c scripts/cc $(NEWLIB)/include/stdio.h
	$(call say,CC,$<)
	mkdir -p $(@D)
	$(UCC) $(UFLAGS) $(UERROR) -Iuser/bin -MD -MP -c -o $@ $<

-include $(wildcard $(USER)/obj/*.d $(USER)/obj/*/*.d)

# ---------------------------------------------------------------- servers

# user/server/NAME/*.c and user/server/*.c are /server/NAME.
SERVERS := $(sort $(patsubst user/server/%/main.c,%,$(wildcard user/server/*/main.c)))
SERVER_OBJS := $(patsubst user/server/%.c,$(USER)/obj/server/%.o,$(wildcard user/server/*.c))
$(shell mkdir -p $(USER)/server && cd $(USER)/server && rm -f $(filter-out $(SERVERS),$(notdir $(wildcard $(USER)/server/*))))
$(call keep,$(USER)/servers,'$(SERVERS)')

define server-program
$(USER)/server/$1: $(patsubst user/server/%.c,$(USER)/obj/server/%.o,$(wildcard user/server/$1/*.c)) $(SERVER_OBJS) \
		$(USER)/libcurfew.a $(USER)/crt0.o
	$$(call say,LD,$$@)
	$(UCC) -g -o $$@ $$(filter %.o,$$(filter-out %/crt0.o,$$^))
endef
$(foreach server,$(SERVERS),$(eval $(call server-program,$(server))))

$(USER)/obj/server/%.o: user/server/%.c $(USER)/flags scripts/cc $(NEWLIB)/include/stdio.h
	$(call say,CC,$<)
	mkdir -p $(@D)
	$(UCC) $(UFLAGS) $(NO_FP) $(UERROR) -Iuser/server -MD -MP -c -o $@ $<

-include $(wildcard $(USER)/obj/server/*.d $(USER)/obj/server/*/*.d)

# ----------------------------------------------------------------- initrd

build/initrd.cpio: $(PROGRAM_FILES) $(SERVERS:%=$(USER)/server/%) $(USER)/programs $(USER)/servers scripts/mkinitrd $(shell find user/root -type f 2>/dev/null)
	$(call say,INITRD,$@)
	scripts/mkinitrd $@ $(foreach program,$(PROGRAMS),bin/$(program)=$(USER)/bin/$(program)) \
		$(foreach server,$(SERVERS),server/$(server)=$(USER)/server/$(server))
