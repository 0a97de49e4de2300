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


# ------------------------------------------------------------ what the kernel does not do

NM = "aarch64-linux-gnu-nm"
# Who touches device registers: the interrupt controllers, the timer, the UART of the log and of panics, and the clock, which is
# read once at boot.  All other devices are programs'.
DRIVERS = {"arch/arm64/" + name for name in ("gicv2.c", "gicv3.c", "pl011.c")}
# What is in arch/arm64 besides: the CPU itself, and the firmware's and the emulator's calls.
CPU = {"arch/arm64/" + name for name in (
    "backtrace.c", "irq.c", "mmu.c", "pmu.c", "psci.c", "semihost.c", "string.S", "switch.S", "timer.c", "tlb.S", "trap.c",
    "upcall.c", "usercopy.S", "usercopy.c", "vectors.S")}
# Names of what servers do: files, pipes, terminals.
SERVERS = re.compile(r"(?:^|[_./])(console|tty|termios|ldisc|pipe|inode|dirent|directory|vfs|ramfs|filesystem|fs|file|namei|path_walk|virtio|block_device|"
                     r"net|socket)s?(?:$|[_./])", re.IGNORECASE)


def kernel_units():
    """The source files that are in the kernel, by its debug information."""
    text = harness.output("aarch64-linux-gnu-readelf", "--debug-dump=info", "--dwarf-depth=1", os.path.join(KERNEL, "curfew.elf"))
    return set(re.findall(r"DW_AT_name\s*:.*?((?:arch|boot|kernel|mm)/\S+)$", text, re.MULTILINE))


def kernel_symbols():
    return {line.split()[-1] for line in harness.output(NM, os.path.join(KERNEL, "curfew.elf")).splitlines()}


def device_users():
    """The source files that can touch a device: they have the accessors of registers, or map some."""
    users = set()
    for path in objects():
        with open(path[:-2] + ".d") as f:
            accessors = "arch/arm64/mmio.h" in f.read()
        if accessors or re.search(r" U kmap_device$", harness.output(NM, path), re.MULTILINE):
            users.add(os.path.relpath(path, KERNEL)[:-2])
    return users


def servers_in_kernel(units, users, symbols):
    """What of these has no place in a microkernel."""
    return sorted((users & units) - DRIVERS) + sorted(unit for unit in units if unit.startswith("arch/") and unit not in DRIVERS | CPU) + \
        sorted(unit for unit in units if SERVERS.search(unit)) + sorted(name for name in symbols if SERVERS.search(name))


def test_kernel_has_no_servers():
    """No file system, pipe, terminal nor driver is in the kernel, but those that it cannot be without."""
    units, users, symbols = kernel_units(), device_users(), kernel_symbols()
    assert len(units) > 50 and len(symbols) > 500
    assert {"arch/arm64/gicv3.c", "arch/arm64/pl011.c"} <= users
    assert servers_in_kernel(units, users, symbols) == []


@pytest.mark.parametrize("unit, user, symbol", [
    ("kernel/console.c", False, None), ("kernel/pipe.c", False, None), ("mm/inode.c", False, None), ("kernel/file_table.c", False, None),
    ("arch/arm64/virtio_blk.c", True, None), ("arch/arm64/sp804.c", True, None), ("kernel/sp804.c", True, None),
    (None, False, "pipe_read"), (None, False, "sys_console_ctl"), (None, False, "tty_input"), (None, False, "path_walk"),
    (None, False, "inodes"), (None, False, "root_dirent"),
])
def test_servers_in_the_kernel_are_found(unit, user, symbol):
    """The test before this one fails when such a file, or symbol, comes in."""
    units, users, symbols = kernel_units(), device_users(), kernel_symbols()
    found = servers_in_kernel(units | {unit} - {None}, users | ({unit} if user else set()), symbols | {symbol} - {None})
    assert (unit or symbol) in found


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
