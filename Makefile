# SPDX-License-Identifier: BSD-2-Clause
#
# Everything that a person types; `make help` lists it.
#
# This file checks the variables, installs what the machine lacks, has
# scripts/build.mk build (one make at a time, by a lock on build/), and then
# gives way to the script that does the work: for `run`, `gdb`, `stress`,
# `museum`, `soak`, `model`, `ports` and `test` make replaces itself by it (scripts/replace.c),
# so that the script has the terminal to itself and its exit status is make's.  All
# that a build prints goes to standard error; standard output is the guest's.

# Whether this is `make -n`; looked at before MAKEFLAGS gets words of its own.
dry-run := $(findstring n,$(firstword -$(MAKEFLAGS)))
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
.SUFFIXES:
.SILENT:
.DEFAULT_GOAL := all

# `make stress` takes lists of SMP and TEARDOWN, and has its own when they are not given.
stress := $(filter stress,$(MAKECMDGOALS))
SMP ?= $(if $(stress),,4)
CPU ?= cortex-a72
GIC ?= 3
MEM ?= 256M
EL ?= 1
BUG ?=
BUILD ?= release
# The checker's, unless the command line itself asks for another.
ifneq ($(and $(BUG)$(filter museum soak,$(MAKECMDGOALS)),$(filter-out command line,$(origin BUILD))),)
BUILD := check
endif
VA_BITS ?= 39
ASID_BITS ?=
TEARDOWN ?= $(if $(stress),,once)
SEED ?=
TIMEOUT ?= 60
ADD ?=
CMD ?=
BOOTARGS ?=
SEEDS ?=
MINUTES ?=
T ?=
V ?=
WERROR ?= $(if $(filter test,$(MAKECMDGOALS)),1)

VARIABLES := SMP CPU GIC MEM EL BUILD BUG VA_BITS ASID_BITS TEARDOWN SEED TIMEOUT ADD CMD BOOTARGS SEEDS MINUTES T V \
	WERROR
export $(VARIABLES)

# ---------------------------------------------------------------- checks

empty :=
space := $(empty) $(empty)
define newline :=


endef

# Empty if $1 is a plain number: of 1 to 9 digits, the first not 0.
digits := 0 1 2 3 4 5 6 7 8 9
strip-digits = $(if $2,$(call strip-digits,$(subst $(firstword $2),,$1),$(wordlist 2,10,$2)),$1)
not-number = $(if $(and $(filter 1,$(words $1)),$(filter-out 0%,$1)$(filter 0,$1)),$(call strip-digits,$1,$(digits)),x)
# $(call one-of,NAME,choices): an error unless the variable is one of them.
one-of = $(if $(and $(filter 1,$(words $($1))),$(filter $($1),$2)),,$(error $1=$($1): choose one of $2))
not-within = $(or $(call not-number,$1),$(shell test $1 -ge $2 -a $1 -le $3 2>/dev/null || echo x))
# $(call number,NAME,least,greatest)
number = $(if $(call not-within,$($1),$2,$3),$(error $1=$($1): give a number from $2 to $3))
# The same for lists, which may be empty.
some-of = $(if $(filter-out $2,$($1)),$(error $1=$($1): choose some of $2))
numbers = $(if $(strip $(foreach n,$($1),$(call not-within,$n,$2,$3))),$(error $1=$($1): give numbers from $2 to $3))

ifneq ($(filter-out help clean distclean doctor,$(or $(MAKECMDGOALS),all)),)
$(call one-of,GIC,2 3)
$(call $(if $(stress),numbers,number),SMP,1,$(if $(filter 2,$(GIC)),8,32))
$(call one-of,CPU,cortex-a35 cortex-a53 cortex-a57 cortex-a72 cortex-a76 neoverse-n1 a64fx max)
$(call one-of,EL,1 2)
$(call one-of,BUILD,release debug check)
$(call one-of,VA_BITS,39 48)
policies := once $(filter-out once,$(patsubst mm/teardown_%.c,%,$(sort $(wildcard mm/teardown_*.c))))
$(call $(if $(stress),some-of,one-of),TEARDOWN,$(policies))
$(call number,TIMEOUT,1,999999)
$(if $(ASID_BITS),$(call number,ASID_BITS,3,16))
$(if $(SEED),$(call number,SEED,0,999999999))
$(if $(MINUTES),$(call number,MINUTES,1,9999))
ifneq ($(BUG),)
# Bugs are what the sources mention as BUG_NAME; only a checking kernel tells what they do.
bugs := $(shell grep -rhow 'BUG_[A-Z0-9_]*' --include=*.[chS] boot kernel mm arch | sort -u | \
	sed 's/^BUG_//' | tr A-Z_ a-z-)
$(call one-of,BUG,$(bugs))
$(if $(filter check,$(BUILD)),,$(error BUG=$(BUG): needs BUILD=check, not BUILD=$(BUILD)))
endif
ifneq ($(SEEDS),)
ifneq ($(shell scripts/soak --seeds '$(subst ','\'',$(SEEDS))' >/dev/null 2>&1; echo $$?),0)
$(error SEEDS=$(SEEDS): give numbers and ranges from 0 to 999999999, as 1..200 or 1,5,9)
endif
endif
mem := $(patsubst %M,%,$(patsubst %G,%,$(MEM)))
ifneq ($(if $(filter %M %G,$(MEM)),$(call not-number,$(mem)),x),)
$(error MEM=$(MEM): give a size as 64M or 4G)
endif
ifneq ($(shell test $(mem)$(if $(filter %G,$(MEM)),000) -ge 64 -a $(mem)$(if $(filter %G,$(MEM)),000) -le $(if $(filter %G,$(MEM)),4000,4096) || echo x),)
$(error MEM=$(MEM): give a size from 64M to 4G)
endif
ifneq ($(findstring %,$(CPU)),)
$(error CPU=$(CPU): give the name of a CPU)
endif
$(foreach f,$(ADD),$(if $(wildcard $f),,$(error ADD=$f: there is no such file)))
ifneq ($(findstring $(newline),$(CMD)$(BOOTARGS)),)
$(error CMD and BOOTARGS are one line each: put a `;` between commands)
endif
ifneq ($(findstring $(space)-- ,$(space)$(BOOTARGS) ),)
$(error BOOTARGS=$(BOOTARGS): `--` begins the command, which is CMD)
endif

# ---------------------------------------- the machine, and make's own helper

ifeq ($(dry-run),)
ifneq ($(shell scripts/deps >&2 && echo ok),ok)
$(error the packages above are needed)
endif
REPLACE := build/host/replace.so
ifneq ($(shell [ $(REPLACE) -nt scripts/replace.c ] || { mkdir -p build/host && \
	gcc -O2 -Wall -shared -fPIC -o $(REPLACE).$$$$ scripts/replace.c && mv $(REPLACE).$$$$ $(REPLACE); } >&2; echo $$?),0)
REPLACE :=
endif
-load $(REPLACE)
endif
endif

# $(call give-way,GOAL,script): the last line of a recipe.  Where make cannot be replaced (another goal, or a make that
# loads no objects) the script runs as any recipe does, and its exit status becomes make's 2.
only-goal = $(and $(filter $1,$(MAKECMDGOALS)),$(filter 1,$(words $(MAKECMDGOALS))))
give-way = $(if $(and $(filter %replace.so,$(.LOADED)),$(call only-goal,$1)),$(replace-make \
	exec $2,$(VARIABLES)),echo "make: the exit status will be make's own: 2 for any failure" >&2; exec $2)

# --------------------------------------------------------------- targets

.PHONY: all build run test stress museum soak model ports gdb doctor help clean distclean

all: build

# The lock keeps two makes from building at once; a make that waits finds all done.
build:
	mkdir -p build
	+flock build/.lock $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) -f scripts/build.mk \
		$(if $(filter test,$(MAKECMDGOALS)),all tests,all) >&2

run: build
	$(call give-way,run,scripts/run)

gdb: build
	$(call give-way,gdb,scripts/gdb)

stress: build
	$(call give-way,stress,scripts/stress)

# Each run of the museum has a kernel of its own, which it builds.
museum: build
	$(call give-way,museum,scripts/museum)

soak: build
	$(call give-way,soak,scripts/soak)

model:
	$(call give-way,model,scripts/model)

ports: build
	$(call give-way,ports,scripts/ports)

test: build
	$(call give-way,test,scripts/test)

doctor:
	scripts/doctor

help:
	cat scripts/help.txt

# newlib takes a minute to build and seldom changes, and the ports' sources are not there without a network: only
# distclean removes them.
clean:
	if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name newlib ! -name ports ! -name .lock -exec rm -rf {} +; fi
	if [ -d build/ports ]; then find build/ports -mindepth 1 -maxdepth 1 ! -name source -exec rm -rf {} +; fi

distclean:
	rm -rf build
