# SPDX-License-Identifier: BSD-2-Clause
"""The image and the sources: sizes, warnings, and where the dangerous instructions stand."""
import glob
import json
import os
import re

import pytest

import harness

BUILD = os.path.join(harness.ROOT, "build")
KERNEL = os.path.join(BUILD, harness.VARIANT.get("BUILD", "release"))
OBJDUMP = "aarch64-linux-gnu-objdump"


def objects():
    found = glob.glob(os.path.join(KERNEL, "*", "**", "*.o"), recursive=True)
    assert len(found) > 20
    return sorted(found)


def test_image_size():
    assert os.path.getsize(os.path.join(BUILD, "release", "curfew.img")) < 256 * 1024


def test_arm64_header():
    with open(os.path.join(KERNEL, "curfew.img"), "rb") as f:
        header = f.read(64)
    assert header[56:60] == b"ARM\x64"


def test_no_segment_is_writable_and_executable():
    text = harness.output("aarch64-linux-gnu-readelf", "-lW", os.path.join(KERNEL, "curfew.elf"))
    flags = re.findall(r"^\s+LOAD\s.*?0x\S+ 0x\S+ ([RWE ]{3}) 0x", text, re.MULTILINE)
    assert flags and not [f for f in flags if "W" in f and "E" in f], text


# TLB instructions and the registers that choose translation tables.
GUARDED = re.compile(r"\t(tlbi\b.*|msr\s+(?:ttbr[01]_el1|tcr_el1)\b.*)", re.IGNORECASE)


def test_tlb_instructions_stand_in_one_file():
    """TLBI and writes to TTBR0, TTBR1 and TCR are in one object file, nowhere else (STYLE: tiny emitters)."""
    seen = {}
    for path in objects():
        found = GUARDED.findall(harness.output(OBJDUMP, "-d", path))
        if found:
            seen[os.path.relpath(path, KERNEL)] = sorted(set(found))
    assert len(seen) == 1, json.dumps(seen, indent=1)
    assert any("tlbi" in line for lines in seen.values() for line in lines)
    assert any("ttbr0" in line for lines in seen.values() for line in lines)


def test_no_vector_registers_in_the_kernel():
    """-mgeneral-regs-only holds for C; assembly may save and restore them in the few places made for it."""
    vector = re.compile(r"\t(?:ldr|str|ldp|stp|fmov|ld1|st1|movi)\s+\{?[qvd]\d")
    users = [os.path.relpath(path, KERNEL) for path in objects()
             if path.endswith(".c.o") and vector.search(harness.output(OBJDUMP, "-d", path))]
    assert not users


def tracked(*patterns):
    found = []
    for folder, folders, files in os.walk(harness.ROOT):
        folders[:] = [name for name in folders if name not in (".git", "build")]
        found += [os.path.join(folder, name) for name in files if name.endswith(patterns)]
    return found


def test_length_of_files():
    long_files = {}
    for path in tracked(".c", ".h", ".S", ".py", ".mk", "Makefile", ".ld"):
        with open(path) as f:
            lines = sum(1 for line in f)
        if lines > 700:
            long_files[path] = lines
    assert not long_files


def test_licence_lines():
    missing = []
    for path in tracked(".c", ".h", ".S", ".py", ".mk", "Makefile", ".ld"):
        with open(path) as f:
            head = f.read(200)
        if "SPDX-License-Identifier: BSD-2-Clause" not in head:
            missing.append(path)
    assert not missing


@pytest.mark.parametrize("build", ["release", "debug", "check"])
def test_no_warnings(build, tmp_path):
    """The whole kernel compiles without a warning."""
    done = harness.make("-j2", "-f", "scripts/build.mk", "kernel", "KDIR=%s" % tmp_path, "BUILD=" + build, "WERROR=1",
                        timeout=300)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr, done.stderr


def test_compile_commands():
    with open(os.path.join(BUILD, "compile_commands.json")) as f:
        commands = json.load(f)
    assert len(commands) > 20
    assert all(os.path.exists(os.path.join(c["directory"], c["file"])) for c in commands)


def test_nothing_to_do():
    """A second make builds nothing."""
    harness.make("all")
    done = harness.make("all")
    assert done.returncode == 0 and done.stdout == "" and done.stderr == "", done.stderr
