# SPDX-License-Identifier: BSD-2-Clause
"""BUILD=check is silent where nothing is wrong, costs what it may, and nothing goes round it."""
import glob
import os
import re
import subprocess

import harness
from harness import Job, runs

STORM = "forkstress -n 30 -j 8 -t 3; forkstress -n 10 -j 4 -x; exitstorm -n 30"

CLEAN = [
    *[Job(STORM, BUILD="check", SMP=smp) for smp in (1, 2, 4, 8)],
    Job(STORM, BUILD="check", SMP=4, CPU="max"),
    Job(STORM, BUILD="check", SMP=4, ASID_BITS=3),
    Job(STORM, BUILD="check", SMP=4, VA_BITS=48),
    Job("threads; forkstress -n 20 -j 4 -t 1 -m 256", BUILD="check", SMP=4),
    *[Job("mapstorm -n 20", BUILD="check", SMP=smp, CPU=cpu) for smp in (2, 4) for cpu in ("cortex-a72", "max")],
    *[Job(STORM, BUILD="check", SMP=4, SEED=seed) for seed in (1, 2, 3)],
    Job("echo small", BUILD="check", SMP=2, MEM="64M"),
    Job("echo large", BUILD="check", SMP=2, MEM="4G"),
]


@runs(*CLEAN)
def test_silent(result):
    assert result.status == 0, result
    assert "rule " not in result.out, result


@runs(Job("dmesg", BUILD="check", SMP=18))
def test_more_cpus_than_it_knows(result):
    assert result.status == 0, result
    assert "2 more CPUs cannot be used" in result.out and "watches 16 CPUs" in result.out, result


SIZED = "forkstress -n 20 -j 4 -t 3"


@runs(*[Job(SIZED, BUILD=build, SMP=1, SEED=1) for build in ("release", "check")])
def test_storm_to_compare(result):
    assert result.status == 0, result


def nanoseconds(build):
    job = next(j for j in (Job(SIZED, BUILD=build, SMP=1, SEED=1),))
    found = re.search(r"(\d+) ns each", harness.pool.result(job).out)
    return int(found.group(1))


def test_at_most_six_times_slower():
    """In instructions, of which each is a nanosecond under SEED."""
    assert nanoseconds("check") <= 6 * nanoseconds("release")


def test_events_are_named_once():
    """Each kind of event has a name of its own: docs/protocol.md refers to them."""
    with open(os.path.join(harness.ROOT, "mm", "check_model.h")) as f:
        names = re.findall(r'^\tX\([A-Z0-9]+,\s+"(\w+)"\)', f.read(), re.MULTILINE)
    assert len(names) > 10 and len(names) == len(set(names))


def test_release_contains_none_of_it():
    """No hook, no model and no window of the checker in the kernel that is measured."""
    symbols = harness.output("aarch64-linux-gnu-nm", os.path.join(harness.ROOT, "build", "release", "curfew.elf"))
    assert " pmap_switch" in symbols
    assert not re.findall(r" (check_\w+|model_\w+|protocol_\w+)$", symbols, re.MULTILINE)


# ------------------------------------------- nothing goes round the primitives

def compile_line(source):
    """The command that compiles one of the kernel's files, as the build has it, but for its output."""
    text = open(os.path.join(harness.ROOT, "build", "compile_commands.json")).read()
    return re.search(r'"command": "(.*?) -c [^"]*"', text).group(1)


def compiles(code, tmp_path):
    source = tmp_path / "store.c"
    source.write_text('#include "mm/pmap.h"\n#include "mm/page.h"\n' + code)
    done = subprocess.run("%s -Werror -c -o %s/store.o %s" % (compile_line("mm/pmap.c").replace('\\"', '"'), tmp_path, source),
                          shell=True, cwd=harness.ROOT, stderr=subprocess.PIPE)
    return done.returncode == 0, done.stderr.decode()


def test_stores_to_tables_go_through_the_primitives(tmp_path):
    """What hands out entries hands them out const: a store beside pte_set(), pte_cas() and pte_forget() is an error."""
    good, errors = compiles("void f(struct pmap *p); void f(struct pmap *p) { pte_set(&p->root[1], 0); }\n", tmp_path)
    assert good, errors
    for store in ("p->root[1] = 0;", "*p->root = 0;", "__atomic_store_n(&p->root[1], 0, __ATOMIC_RELAXED);"):
        good, errors = compiles("void f(struct pmap *p); void f(struct pmap *p) { %s }\n" % store, tmp_path)
        assert not good and ("read-only" in errors or "const" in errors), (store, errors)


def test_no_table_is_writable_to_others():
    """Every pointer to entries in the kernel is to const ones; casts that take it away are the primitives' alone."""
    found = []
    for folder in ("boot", "kernel", "mm", "arch"):
        for path in glob.glob(os.path.join(harness.ROOT, folder, "**", "*.[ch]"), recursive=True):
            name = os.path.relpath(path, harness.ROOT)
            with open(path) as f:
                for number, line in enumerate(f, 1):
                    if re.search(r"(?<!const )\bpte_t \*", line) and name != "arch/arm64/mmu.h":
                        found.append("%s:%d: %s" % (name, number, line.strip()))
                    if re.search(r"\((?:pte_t|uint64_t) \*\)\s*(?:e|entry|table|pte)\b", line) and \
                            name not in ("arch/arm64/mmu.h", "mm/check_pte.c"):
                        found.append("%s:%d: %s" % (name, number, line.strip()))
    assert not found, "\n".join(found)
