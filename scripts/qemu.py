# SPDX-License-Identifier: BSD-2-Clause
"""The QEMU command line of a run.

Makefile's variables (SMP, CPU, GIC, MEM, EL, BUILD, ...) come through the
environment, checked and with their defaults filled in; a script that is called
without make gets the same defaults.  Used by scripts/run, scripts/gdb and, by
way of scripts/run, by every test.
"""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

DEFAULTS = {
    "SMP": "4", "CPU": "cortex-a72", "GIC": "3", "MEM": "256M", "EL": "1", "BUILD": "release", "BUG": "", "VA_BITS": "39",
    "ASID_BITS": "", "TEARDOWN": "once", "SEED": "", "TIMEOUT": "60", "ADD": "", "CMD": "", "BOOTARGS": "",
}


def variable(name):
    """The value of one of Makefile's variables."""
    return os.environ.get(name) or DEFAULTS[name]


def kernel_folder():
    """Where this variant's curfew.img and curfew.elf are."""
    va_bits = variable("VA_BITS")
    name = variable("BUILD") + ("" if va_bits == "39" else "-va" + va_bits)
    return os.path.join(ROOT, "build", name + ("-" + variable("BUG") if variable("BUG") else ""))


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
    if not os.isatty(0):
        words.append("noecho")
    if variable("BOOTARGS"):
        words.append(variable("BOOTARGS"))
    line = " ".join(words)
    return line + " -- " + variable("CMD") if variable("CMD") else line


def command(initrd, report=None, quiet=True):
    """QEMU's arguments but for the console, which the caller adds.  report: a file for what SYS_report writes."""
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
        "-kernel", os.path.join(kernel_folder(), "curfew.img"), "-initrd", initrd,
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
    files = {}
    for kind in ("bin", "server"):
        programs = os.path.join(ROOT, "build", "user", kind)
        files.update((kind + "/" + name, os.path.join(programs, name)) for name in sorted(os.listdir(programs)))
    files.update(("bin/" + os.path.basename(path), os.path.abspath(path)) for path in added)
    entries = ["%s=%s" % item for item in files.items()]
    subprocess.run([os.path.join(ROOT, "scripts", "mkinitrd"), private] + entries, check=True)
    return private
