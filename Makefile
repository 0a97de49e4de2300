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

# What each may be, and is when it is not given: scripts/variables.py.
WERROR ?= $(if $(filter test,$(MAKECMDGOALS)),1)

VARIABLES := SMP CPU GIC MEM EL BUILD BUG VA_BITS ASID_BITS TEARDOWN SEED TIMEOUT ADD CMD BOOTARGS SEEDS MINUTES T V \
	WERROR
# Before any of them has an origin of ours.
given := $(foreach v,$(.VARIABLES),$(if $(filter command,$(origin $v)),$v))
$(foreach v,$(VARIABLES),$(eval $v ?=))
export $(VARIABLES)

# ---------------------------------------------------------------- checks

ifneq ($(filter-out help clean distclean doctor,$(or $(MAKECMDGOALS),all)),)
ifeq ($(dry-run),)
ifneq ($(shell scripts/deps >&2 && echo ok),ok)
$(error the packages above are needed)
endif
endif
define newline :=


endef
ifneq ($(findstring $(newline),$(CMD)$(BOOTARGS)),)
$(error CMD and BOOTARGS are one line each: put a `;` between commands)
endif
quoted = '$(subst ','\'',$1)'
answer := $(shell $(foreach v,$(VARIABLES),$v=$(call quoted,$($v))) PYTHONDONTWRITEBYTECODE=1 \
	/usr/bin/python3 scripts/variables.py $(foreach g,$(MAKECMDGOALS),$(call quoted,$g)) -- $(given))
ifneq ($(firstword $(answer)),ok)
$(error $(or $(answer),scripts/variables.py does not run: `make doctor` says what is missing))
endif
BUILD := $(word 2,$(answer))
VA_BITS := $(word 3,$(answer))

# ------------------------------------------------------ make's own helper

ifeq ($(dry-run),)
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

.PHONY: all build named run test stress museum soak model ports gdb doctor help clean distclean

all: build

# The lock keeps two makes from building at once; a make that waits finds all done.
build:
	mkdir -p build
	+flock build/.lock $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) -f scripts/build.mk \
		$(if $(filter test,$(MAKECMDGOALS)),all tests,all) >&2

# Before anything is built: whether something has T in its name.
named:
	$(if $(T),$(foreach g,$(filter museum stress,$(MAKECMDGOALS)),scripts/$g --list >/dev/null || exit;) \
		$(if $(filter test,$(MAKECMDGOALS)),scripts/test --named))

run: build
	$(call give-way,run,scripts/run)

gdb: build
	$(call give-way,gdb,scripts/gdb)

stress: named build
	$(call give-way,stress,scripts/stress)

# Each run of the museum has a kernel of its own, which it builds.
museum: named build
	$(call give-way,museum,scripts/museum)

soak: build
	$(call give-way,soak,scripts/soak)

model:
	$(call give-way,model,scripts/model)

ports: build
	$(call give-way,ports,scripts/ports)

test: named build
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
