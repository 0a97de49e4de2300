# SPDX-License-Identifier: BSD-2-Clause
"""gdb's side of `make gdb`: attaches to QEMU, knows Curfew's structures.

gdb sees one thread for each CPU.  The kernel is linked at its virtual address
and begins to run at a physical one, with the MMU off; until it is first seen at
its own, its symbols are loaded at both.  `help curfew` lists the commands.
They read the guest's memory through the CPU that is selected, so that CPU must
have its MMU on; they take no locks: a list can be seen in the middle of a
change.
"""
import os
import socket
import struct

import gdb

RAM = 0x40000000  # where QEMU's virt machine has memory, and its loader counts from
user_program = None  # whose symbols are loaded
ROOT = os.environ.get("CURFEW_ROOT", ".")


def load_address(image):
    """Where QEMU puts an arm64 Image: at its text offset, but not over the loader's own first instructions."""
    with open(image, "rb") as f:
        offset, size = struct.unpack_from("<QQ", f.read(64), 8)
    if size == 0:
        offset = 0x80000
    return RAM + offset + (0x200000 if offset < 4096 else 0)


class PhysicalSymbols:
    """The kernel's symbols at the addresses where it runs first, until a stop finds it at its own.

    From then on they would only mislead: a program may have such addresses."""

    def __init__(self, elf, offset):
        start = int(gdb.parse_and_eval("(unsigned long)&_start"))
        self.base, self.physical = start, (start + offset) & (1 << 64) - 1
        gdb.execute("add-symbol-file %s -o %#x" % (elf, offset), to_string=True)
        gdb.events.stop.connect(self.at_stop)

    def at_stop(self, event):
        if int(gdb.parse_and_eval("(unsigned long)$pc")) >= self.base:
            gdb.events.stop.disconnect(self.at_stop)
            gdb.execute("remove-symbol-file -a %#x" % self.physical, to_string=True)


def attach():
    gdb.execute("set architecture aarch64", to_string=True)
    gdb.execute("target remote " + os.environ["CURFEW_GDB_STUB"], to_string=True)
    elf = gdb.current_progspace().filename
    image = elf[:-len(".elf")] + ".img"
    base = int(gdb.parse_and_eval("(unsigned long)&_start"))
    PhysicalSymbols(elf, (load_address(image) - base) & (1 << 64) - 1)


# ------------------------------------------------------------ structures

def tailq(head, link):
    """The elements of a TAILQ."""
    element = head["tqh_first"]
    while element:
        yield element
        element = element[link]["tqe_next"]


def tree(node, link):
    """The elements of an RB tree below node, in order."""
    if node:
        yield from tree(node[link]["rbe_left"], link)
        yield node
        yield from tree(node[link]["rbe_right"], link)


def processes(process=None):
    """All processes: init and what descends from it."""
    process = process or gdb.parse_and_eval("init_process")
    if process:
        yield process
        for child in tailq(process["children"], "sibling"):
            yield from processes(child)


def find_process(pid):
    for process in processes():
        if int(process["pid"]) == pid:
            return process
    raise gdb.GdbError("there is no process %d" % pid)


class Curfew(gdb.Command):
    """Commands that know Curfew: curfew ps, threads, cpus, regions PID, user PROGRAM, type TEXT."""

    def __init__(self):
        super().__init__("curfew", gdb.COMMAND_USER, prefix=True)


Curfew()


def command(function):
    """Makes `curfew NAME` of a function; its docstring is the help."""
    class Command(gdb.Command):
        __doc__ = function.__doc__

        def __init__(self):
            super().__init__("curfew " + function.__name__.rstrip("_"), gdb.COMMAND_DATA)

        def invoke(self, argument, from_tty):
            function(argument.strip())
    Command()
    return function


@command
def ps(argument):
    """curfew ps: the processes."""
    print("%5s %5s %5s %7s %-6s %s" % ("PID", "PPID", "PGID", "THREADS", "", "NAME"))
    for p in processes():
        parent = int(p["parent"]["pid"]) if p["parent"] else 0
        mark = "zombie" if p["zombie"] else "dying" if p["dying"] else ""
        print("%5d %5d %5d %7d %-6s %s" % (p["pid"], parent, p["pgid"], p["n_threads"], mark, p["name"].string()))


@command
def threads(argument):
    """curfew threads [PID]: the user threads, of one process or of all."""
    print("%5s %5s %-16s %-18s %4s %s" % ("TID", "PID", "STATE", "STRUCT", "PRIO", "NAME"))
    for p in [find_process(int(argument))] if argument else processes():
        for t in tailq(p["threads"], "proc_link"):
            print("%5d %5d %-16s %#x %4d %s" % (
                t["tid"], p["pid"], t["state"], int(t), t["priority"], p["name"].string()))


@command
def cpus(argument):
    """curfew cpus: what each CPU's own data says."""
    for i in range(int(gdb.parse_and_eval("cpus_online"))):
        cpu = gdb.parse_and_eval("percpu_all[%d]" % i)
        pmap = int(cpu["active_pmap"])
        print("CPU %d: percpu %#x, pmap %#x%s" % (i, int(cpu), pmap, "" if pmap else " (parked)"))


def rights(prot):
    """PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4, as ls writes them."""
    return "".join(letter if int(prot) & bit else "-" for letter, bit in (("r", 1), ("w", 2), ("x", 4)))


@command
def regions(argument):
    """curfew regions PID: the address space of a process."""
    space = find_process(int(argument or "1"))["vmspace"]
    if not space:
        raise gdb.GdbError("process %s has left its address space" % argument)
    for r in tree(space["regions"]["rbh_root"], "link"):
        kind = str(r["kind"].cast(gdb.lookup_type("enum region_kind"))).replace("REGION_", "").lower()
        words = [word for word, there in (("shared", r["shared"]), ("grows down", r["grows_down"])) if there]
        print("0x%012x-0x%012x %s (at most %s) %s %s" % (
            r["first"], r["last"], rights(r["prot"]), rights(r["max_prot"]), kind, ", ".join(words)))
    print("ASID and tables:", space["pmap"])


@command
def user(argument):
    """curfew user PROGRAM: symbols of a user program; /bin/NAME is what build/ or ADD has under that name.

    One program at a time: all are linked at the same address."""
    candidates = [argument]
    if argument.startswith("/bin/"):
        name = os.path.basename(argument)
        candidates = [f for f in os.environ.get("ADD", "").split() if os.path.basename(f) == name]
        candidates += [os.path.join(ROOT, "build", "user", "bin", name), os.path.join(ROOT, "build", "tests", name)]
    for path in candidates:
        if os.path.exists(path):
            global user_program
            if user_program:
                gdb.execute("remove-symbol-file " + user_program, to_string=True)
            gdb.execute("add-symbol-file " + path, to_string=True)
            user_program = path
            print("symbols of", path)
            return
    raise gdb.GdbError("no such program: " + argument)


@command
def type_(argument):
    """curfew type TEXT: types a line on the guest's console."""
    with socket.socket(socket.AF_UNIX) as console:
        console.connect(os.environ["CURFEW_GDB_CONSOLE"])
        console.sendall(argument.encode() + b"\n")
        console.shutdown(socket.SHUT_WR)


attach()
