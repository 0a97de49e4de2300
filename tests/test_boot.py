# SPDX-License-Identifier: BSD-2-Clause
"""Boots on every kind of machine, and says so where it cannot."""
import os
import subprocess

import pytest

import harness
from harness import Job, runs

MIB = {"64M": 64, "256M": 256, "1G": 1024, "4G": 4096}


def boot(**variables):
    cpus, memory = variables.get("SMP", 4), MIB[variables.get("MEM", "256M")]
    return Job("machine %d %d" % (cpus, memory), programs=["machine"],
               name="-".join(harness.assignments(variables)) or "default", **variables)


@runs(
    *[boot(SMP=smp, GIC=gic) for smp in (1, 2, 4, 8) for gic in (2, 3)],
    boot(SMP=32, GIC=3),
    *[boot(EL=2, SMP=smp, GIC=gic) for smp in (1, 4) for gic in (2, 3)],
    *[boot(CPU=cpu) for cpu in ("cortex-a53", "neoverse-n1", "max")],
    boot(CPU="max", EL=2),
    *[boot(MEM=mem) for mem in ("64M", "4G")],
    boot(MEM="64M", SMP=1),
    *[boot(ASID_BITS=bits) for bits in (4, 8, 16)],
    boot(VA_BITS=48),
    boot(BUILD="debug"),
    boot(BUILD="debug", SMP=8, GIC=2, EL=2),
)
def test_boots(result):
    assert result.status == 0, result


@runs(Job("echo hello", options=["--loud"], name="log"))
def test_log(result):
    """The kernel's log shows what it found."""
    assert result.status == 0 and "hello" in result.out, result
    assert len(result.out.splitlines()) > 3, result


@runs(Job("dmesg; echo -- other", BOOTARGS="nonsense quietly=4 panics report"))
def test_unknown_boot_arguments(result):
    """One line each in the log, and nothing else happens; what follows `--` is the command's."""
    said = [line for line in result.out.splitlines() if line.endswith(" is not known")]
    assert said == ["boot argument %s is not known" % word for word in ("nonsense", "quietly=4", "panics")], result


@runs(Job("dmesg", BUILD="check", SEED=1, ASID_BITS=8, TEARDOWN="deferred", CPU="max"))
def test_own_boot_arguments_are_known(result):
    assert result.status == 0 and "is not known" not in result.out, result


def device_tree(folder, edit):
    """QEMU's own device tree for the default machine, its source changed by edit."""
    blob, source = os.path.join(folder, "in.dtb"), os.path.join(folder, "out.dts")
    subprocess.run(["qemu-system-aarch64", "-M", "virt,gic-version=3,dumpdtb=" + blob, "-cpu", "cortex-a72", "-smp", "1",
                    "-m", "256M", "-nodefaults", "-display", "none"], check=True, stderr=subprocess.DEVNULL)
    text = harness.output("dtc", "-q", "-I", "dtb", "-O", "dts", blob)
    changed = edit(text)
    assert changed != text
    with open(source, "w") as f:
        f.write(changed)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, source], check=True)
    return blob


CANNOT = {
    "no-interrupt-controller": lambda text: text.replace("arm,gic-v3", "unknown,thing"),
    "no-timer": lambda text: text.replace("arm,armv8-timer", "x,x").replace("arm,armv7-timer", "x"),
}


@pytest.mark.parametrize("what", CANNOT)
def test_one_line_and_a_stop(what, tmp_path):
    """A machine that the kernel cannot run on gets one clear line: not silence, and nothing that looks like success."""
    blob = device_tree(str(tmp_path), CANNOT[what])
    job = Job("true", options=["--dtb", blob], SMP=1, TIMEOUT=20)
    result = job.run()
    lines = [line for line in result.out.splitlines() if "curfew:" in line]
    assert len(lines) == 1, result
    assert result.status in (100, 101, 102), result
