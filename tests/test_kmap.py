# SPDX-License-Identifier: BSD-2-Clause
"""Blocks of the direct map, the rendezvous, and frames that are free: boot argument selftest= (boot/selftest.c)."""
import os
import re

import pytest

import harness
from harness import Job, runs

MACHINES = [
    dict(SMP=1), dict(SMP=4), dict(SMP=4, GIC=2), dict(SMP=8, GIC=2),
    dict(SMP=1, CPU="max"), dict(SMP=4, CPU="max"), dict(SMP=4, CPU="max", VA_BITS=48), dict(SMP=4, SEED=1), dict(SMP=2, SEED=2),
]


def selftest(name, **variables):
    return Job("true", BOOTARGS="selftest=" + name, name="%s-%s" % (name, "-".join("%s=%s" % v for v in variables.items())),
               **variables)


def readings(result, name):
    return [int(value) for value in re.findall(r"^%s (\d+)$" % re.escape(name), result.out, re.MULTILINE)]


@runs(*[Job("dmesg; kstat; forkstress -n 60 -j 4 -t 2; kstat", BOOTARGS="selftest=kmap", BUILD=build, MEM="64M",
            **machine) for build in ("debug", "check") for machine in MACHINES if build == "check" or "VA_BITS" not in machine])
def test_split_and_merge(result):
    """Under threads that check patterns in these blocks, then under a storm of forks."""
    assert result.status == 0, result
    done = re.search(r"^selftest kmap: ok, (\d+) splits, (\d+) merges, each pattern checked (\d+) times",
                     result.out, re.MULTILINE)
    assert done, result
    splits, merges, checked = map(int, done.groups())
    assert splits >= merges >= 5 * result.job.variables["SMP"] and checked >= 1, result
    first, last = readings(result, "kmap.split")
    assert first >= splits and last > first, result
    # A CPU with FEAT_BBM level 2 changes the size of a block without a break.
    breaks = readings(result, "pmap.bbm")[0]
    if result.job.variables.get("CPU") == "max":
        assert breaks < splits, result
    else:
        assert breaks >= splits + merges, result


@runs(*[selftest(name, BUILD=build, SMP=smp, CPU=cpu) for name in ("split-pinned", "merge-pinned")
        for build in ("debug", "check") for smp in (1, 4) for cpu in ("cortex-a72", "max")])
def test_pinned(result):
    """The block of per-CPU data has its final mapping."""
    assert result.status == 100 and "panic: I13 broken: " in result.out, result


@runs(*[selftest("use-after-free", BUILD="check", SMP=smp, CPU=cpu) for smp in (1, 4) for cpu in ("cortex-a72", "max")],
      *[selftest("use-after-free-elsewhere", BUILD="check", SMP=4, GIC=gic, CPU=cpu)
        for gic, cpu in ((3, "cortex-a72"), (2, "cortex-a72"), (3, "max"))])
def test_use_after_free(result):
    """A read of a free frame stops the kernel at once, also on a CPU that has just had the page in its TLB."""
    assert result.status == 100, result
    found = re.search(r"^panic: use after free of frame ([0-9a-f]+): far ([0-9a-f]+)", result.out, re.MULTILINE)
    assert found, result
    frame, far = (int(text, 16) for text in found.groups())
    assert far == 0xffffff8000000000 + frame + 64, result
    cpu = int(re.search(r"^cpu (\d+), ", result.out, re.MULTILINE).group(1))
    assert (cpu != 0) == ("elsewhere" in result.job.variables["BOOTARGS"]), result


@runs(*[selftest("panic-held", BUILD=build, SMP=smp, GIC=gic) for build in ("debug", "check")
        for smp, gic in ((1, 3), (4, 3), (4, 2))])
def test_panic_in_a_rendezvous(result):
    held = result.job.variables["SMP"] - 1
    assert result.status == 100 and "panic: selftest: asked for, while %d CPUs are held" % held in result.out, result


def test_a_held_cpu_touches_the_image_only():
    """Its loop has no way to its thread or CPU data, and calls nothing but the end."""
    path = os.path.join(harness.ROOT, "build", "debug", "kernel", "rendezvous.c.o")
    text = harness.output("aarch64-linux-gnu-objdump", "-dr", path)
    loop = re.search(r"<rendezvous_hold>:\n(.*?)\n\n", text, re.DOTALL).group(1)
    assert "wfi" in loop and "tpidr" not in loop, loop
    assert set(re.findall(r"R_AARCH64_CALL26\s+(\w+)", loop)) == {"panic_stop"}, loop
    assert set(re.findall(r"R_AARCH64_ADR_PREL_PG_HI21\s+([.\w]+)", loop)) == {".bss", "panicking"}, loop


@pytest.mark.parametrize("build, name, reason", [
    ("debug", "use-after-free", "BUILD=check"), ("debug", "nonsense", "no such selftest"),
    ("release", "kmap", "needs BUILD=debug or check")])
def test_selftests_that_cannot_be(build, name, reason):
    result = selftest(name, BUILD=build, SMP=1).run()
    assert result.status == 102 and reason in result.out, result
