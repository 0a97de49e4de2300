# SPDX-License-Identifier: BSD-2-Clause
"""The QEMU command line of a run.

Makefile's variables (SMP, CPU, GIC, MEM, EL, BUILD, ...) come through the
environment (scripts/variables.py).  Used by scripts/run, scripts/gdb,
scripts/profile and, by way of scripts/run, by every test.
"""
import os
import subprocess
import sys

from variables import DEFAULTS, ROOT, require, variable


def kernel_folder():
    """Where this variant's curfew.img and curfew.elf are."""
    va_bits = variable("VA_BITS")
    name = variable("BUILD") + ("" if va_bits == "39" else "-va" + va_bits)
    return os.path.join(ROOT, "build", name + ("-" + variable("BUG") if variable("BUG") else ""))


def require_kernel(kernel=None):
    """Ends a script that was called with variables that are wrong, or before their kernel and the initrd were built."""
    require()
    for path in (os.path.join(kernel or kernel_folder(), "curfew.img"), os.path.join(ROOT, "build", "initrd.cpio")):
        if not os.path.exists(path):
            words = ["%s=%s" % (name, variable(name)) for name in ("BUG", "BUILD", "VA_BITS")
                     if variable(name) != DEFAULTS[name] and not (name == "BUILD" and variable("BUG"))]
            print("curfew: %s is not built; type: %s" % (os.path.relpath(path, ROOT), " ".join(["make"] + words)),
                  file=sys.stderr)
            sys.exit(102)


def option(text):
    """A string as a value inside a QEMU option: a comma there is written twice."""
    return text.replace(",", ",,")


def boot_arguments(quiet):
    """The kernel's command line.

    `report`: the guest may end QEMU with an exit status, and write to the report channel."""
    words = ["report"]
    if quiet:
        words.append("quiet")
    if variable("ASID_BITS"):
        words.append("asid_bits=" + variable("ASID_BITS"))
    if variable("TEARDOWN") != "once":
        words.append("teardown=" + variable("TEARDOWN"))
    if variable("SEED"):
        words.append("seed=" + variable("SEED"))
    if variable("BUG"):
        words.append("bug=" + variable("BUG"))
    if variable("BUILD") == "check":
        # What the kernel cannot know of the run, for the line that repeats it.
        unusual = ["%s=%s" % (name, variable(name)) for name in ("CPU", "GIC", "MEM", "EL")
                   if variable(name) != DEFAULTS[name]]
        if unusual:
            words.append("make=" + ",".join(unusual))
    # With SEED and CMD nothing is typed, and the run is the same on a terminal as without one.
    if not os.isatty(0) or (variable("SEED") and variable("CMD")):
        words.append("noecho")
    if variable("BOOTARGS"):
        words.append(variable("BOOTARGS"))
    line = " ".join(words)
    return line + " -- " + variable("CMD") if variable("CMD") else line


def command(initrd, report=None, quiet=True, kernel=None):
    """QEMU's arguments but for the console, which the caller adds.  report: a file for what SYS_report writes; kernel: the
    folder of another kernel than the variables'."""
    machine = "virt,gic-version=" + variable("GIC")
    if variable("EL") == "2":
        machine += ",virtualization=on"
    args = ["qemu-system-aarch64"]
    if variable("SEED"):
        # One instruction is one nanosecond, and nothing comes from the host: the same run each time.
        machine += ",dtb-randomness=off"
        args += ["-icount", "shift=0,sleep=off", "-rtc", "base=2020-01-01,clock=vm", "-seed", variable("SEED")]
    channel = "file,id=report,path=" + option(report) if report else "null,id=report"
    args += [
        "-M", machine, "-cpu", variable("CPU"), "-smp", variable("SMP"), "-m", variable("MEM"),
        "-nodefaults", "-display", "none", "-no-reboot",
        "-chardev", channel, "-semihosting-config", "enable=on,target=native,chardev=report",
        "-kernel", os.path.join(kernel or kernel_folder(), "curfew.img"), "-initrd", initrd,
        "-append", boot_arguments(quiet),
    ]
    return args


def make_initrd(folder):
    """The initrd of this run: the common one, or one in folder with ADD's files in /bin besides."""
    common = os.path.join(ROOT, "build", "initrd.cpio")
    added = variable("ADD").split()
    if not added:
        return common
    private = os.path.join(folder, "initrd.cpio")
    user = os.path.join(ROOT, "build", "user")
    files = {folder + "/" + name: os.path.join(user, folder, name)
             for folder in ("bin", "server") for name in sorted(os.listdir(os.path.join(user, folder)))}
    for path in added:
        with open(path, "rb") as file:
            if file.read(4) == b"\x7fELF" and not os.access(path, os.X_OK):
                print("curfew: ADD=%s: a program, but not executable (chmod +x)" % path, file=sys.stderr)
    files.update(("bin/" + os.path.basename(path), os.path.abspath(path)) for path in added)
    entries = ["%s=%s" % item for item in files.items()]
    subprocess.run([os.path.join(ROOT, "scripts", "mkinitrd"), private] + entries, check=True)
    return private
