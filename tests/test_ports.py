# SPDX-License-Identifier: BSD-2-Clause
"""`make ports`: programs that were not written for Curfew do there what they do on the host.

The host's lua5.4 and dash, of the same release of Debian, say what is right.
Where the network cannot be reached and the sources are not there yet, the tests
are skipped, with that as the reason: neither passed nor failed.
"""
import functools
import glob
import os
import re
import subprocess

import pytest

import harness
from harness import Job

PORTS = os.path.join(harness.ROOT, "build", "ports")
OWN = os.path.join(harness.ROOT, "tests", "lua")
THEIRS = os.path.join(PORTS, "lua-test")
NO_NETWORK = 75

# Lua's own variable for what runs first: lines as on a terminal, so that output and errors come in the program's order.
INIT = 'io.stdout:setvbuf("line")'
ROOM = 1600  # bytes of one boot's command line; the kernel takes 2047
# name: (options, program, arguments) for lua.  In lua5.1's folder `test` are these and luac.lua.  Where Lua
# 5.4 has no such function any more (setfenv, ...), what is compared is the error and its traceback.
PROGRAMS = {
    **{name: ("", name + ".lua", "one 'two words'") for name in ("language", "library", "files", "puzzle", "writing")},
    **{name: ("", name + ".lua", "") for name in
       ("bisect", "cf", "env", "factorial", "fib", "fibfor", "hello", "printf", "readonly", "sieve", "sort",
        "trace-calls", "trace-globals")},
    "echo": ("", "echo.lua", "a 'b c'"),
    "life": ("-e 'local n, w = 0, io.write; io.write = function(...) n = n + 1; if n > 100 then os.exit(3) end w(...) end'",
             "life.lua", ""),
    "table": ("-e 'io.input(\"sort.lua\")'", "table.lua", ""),
    "globals": ("-e 'io.input(\"sort.lua\")'", "globals.lua", ""),
    "xd": ("-e 'io.input(\"sieve.lua\")'", "xd.lua", ""),
    "version": ("-v", "", ""),
    "expression": ("-e 'print(1 + 1, ...)'", "", ""),
    "bad-option": ("--nonsense", "", ""),
    "no-such-script": ("no-such.lua", "", ""),
    "module-option": ("-l module -e 'print(module.area(1))'", "", ""),
    "warning": ("-W -e 'warn(\"@on\", \"\") warn(\"careful\")'", "", ""),
}
# What differs from run to run: times.
CHANGING = {"fib": r"\t[0-9.e-]+\t", "printf": r" on [A-Z].*"}


def command(name):
    """The words after `lua`, for both shells."""
    options, program, arguments = PROGRAMS[name]
    return " ".join(word for word in ("lua", options, program, arguments) if word)


def added(*paths):
    """Files for the initrd, as Job names them."""
    return [os.path.relpath(path, os.path.join(harness.ROOT, "build", "tests")) for path in paths]


@functools.lru_cache(maxsize=None)
def make_ports():
    return harness.make("ports", timeout=600)


@pytest.fixture(scope="module")
def ports():
    done = make_ports()
    if done.returncode == NO_NETWORK:
        pytest.skip("the ports' sources are not there, and the network cannot be reached: " + done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return PORTS


def scripts():
    return sorted(glob.glob(os.path.join(OWN, "*.lua")) + glob.glob(os.path.join(THEIRS, "*.lua")))


@pytest.fixture(scope="module")
def guest(ports):
    """{name: (status, output)} of all Lua programs, in a few boots."""
    lines = [""]
    for name in PROGRAMS:
        part = "; echo '--- %s'; %s; echo \"--- status $?\"" % (name, command(name))
        if len(lines[-1] + part) > ROOM:
            lines.append("")
        lines[-1] += part
    files = added(os.path.join(ports, "lua"), *scripts())
    out = ""
    for line in lines:
        result = Job("cd /bin; export LUA_INIT='%s'%s" % (INIT, line), programs=files).run()
        assert result.status == 0, result
        out += result.out
    found = re.findall(r"^--- (\S+)\n(.*?)^--- status (\d+)\n", out, re.MULTILINE | re.DOTALL)
    assert [name for name, output, status in found] == list(PROGRAMS), out
    return {name: (int(status), output) for name, output, status in found}


@pytest.fixture(scope="module")
def host(ports, tmp_path_factory):
    """A folder with lua and the scripts, as the guest's /bin."""
    folder = tmp_path_factory.mktemp("lua")
    os.symlink("/usr/bin/lua5.4", folder / "lua")
    for path in scripts():
        os.symlink(path, folder / os.path.basename(path))
    return folder


@pytest.mark.parametrize("name", PROGRAMS)
def test_lua(name, guest, host):
    """The output, with the errors, and the exit status are the host's."""
    done = subprocess.run(["/bin/sh", "-c", command(name)], cwd=host,
                          env={"PATH": str(host), "LUA_INIT": INIT, "TZ": "UTC0", "LC_ALL": "C"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    status, output = guest[name]
    expected = done.stdout.decode()
    if name in CHANGING:
        output, expected = (re.sub(CHANGING[name], "", text) for text in (output, expected))
    assert (status, output) == (done.returncode, expected)


def test_luac_writes(ports, tmp_path):
    """Bytecode that luac writes there is the host's, byte for byte, but for the name in it; and lua runs it."""
    result = Job("cd /tmp; luac -s -o x.out /bin/puzzle.lua; lua x.out; hexdump x.out | tail -1; "
                 "lua /bin/luac.lua /bin/hello.lua && lua luac.out && luac -s -o /no/where/x /bin/puzzle.lua",
                 programs=added(*[os.path.join(ports, name) for name in ("lua", "luac", "lua-test/luac.lua", "lua-test/hello.lua")],
                                os.path.join(OWN, "puzzle.lua"))).run()
    subprocess.run(["luac5.4", "-s", "-o", tmp_path / "x.out", os.path.join(OWN, "puzzle.lua")], check=True)
    *ran, size, hello, error = result.out.splitlines()
    assert result.status == 1 and "No such file" in error and hello.startswith("Hello world"), result
    assert "\n".join(ran) + "\n" == harness.output("lua5.4", os.path.join(OWN, "puzzle.lua"))
    assert int(size.split()[0], 16) == os.path.getsize(tmp_path / "x.out")


def test_luac(ports, tmp_path):
    """What the guest's luac lists of its own bytecode, and what lua runs of the host's: both have one format."""
    subprocess.run(["luac5.4", "-s", "-o", tmp_path / "puzzle.out", os.path.join(OWN, "puzzle.lua")], check=True)
    listing = harness.output("luac5.4", "-p", "-l", os.path.join(OWN, "module.lua"))
    files = [os.path.join(ports, "lua"), os.path.join(ports, "luac"), str(tmp_path / "puzzle.out"),
             os.path.join(OWN, "module.lua")]
    result = Job("cd /bin; lua puzzle.out; echo ---; luac -p -l module.lua",
                 programs=added(*files)).run()
    assert result.status == 0, result
    ran, listed = result.out.split("---\n")
    assert ran == harness.output("lua5.4", os.path.join(OWN, "puzzle.lua"))
    # Without addresses, and without the name as it was given.
    plain = [re.sub(r"0x[0-9a-f]+|<[^:>]*:", "", text) for text in (listed, listing)]
    assert plain[0] == plain[1]


def test_again(ports):
    """With the sources there, nothing is fetched, and without a change nothing is built."""
    stamp = os.stat(os.path.join(ports, "lua"))
    done = harness.make("ports", extra_environment={"http_proxy": "http://127.0.0.1:9/"})
    assert done.returncode == 0, done.stderr
    assert "FETCH" not in done.stderr and "PORT" not in done.stderr
    assert os.stat(os.path.join(ports, "lua")).st_mtime_ns == stamp.st_mtime_ns


def test_no_network(tmp_path):
    """One that cannot be reached is said to be that, by its own status, and leaves nothing half done."""
    folder = tmp_path / "tree"
    (folder / "build" / "user").mkdir(parents=True)
    os.symlink(os.path.join(harness.ROOT, "scripts"), folder / "scripts")
    conf = tmp_path / "apt.conf"  # instead of the machine's
    conf.write_text("".join('%s "%s";\n' % item for item in [
        ("Dir::Etc::parts", "/nowhere"), ("Acquire::Retries", "0"),
        ("Acquire::http::Proxy", "http://127.0.0.1:9/"), ("Acquire::https::Proxy", "http://127.0.0.1:9/")]))
    done = subprocess.run(["bash", "scripts/ports"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**harness.environment({}), "APT_CONFIG": str(conf)}, timeout=120)
    assert done.returncode == NO_NETWORK, done.stderr.decode()
    assert "network cannot be reached" in done.stderr.decode()
    assert not (folder / "build" / "ports" / "source").exists()


SHELL = {
    "arithmetic": 'i=0; while [ $i -lt 5 ]; do i=$((i + 1)); echo $((i * i)); done',
    "pipe": 'echo one two three | { read a b; echo "$b"; }',
    "pipeline-status": 'false | true; echo $?; ! true; echo $?',
    "substitution": 'x=$(echo a; echo "b  c"); echo "$x" $x; echo ${x%c} ${#x} ${y:-default} ${y:+no}',
    "heredoc": 'x=5; while read line; do echo "<$line>"; done <<END\n$x and $((x + 1))\nEND',
    "functions": 'f() { local x=1; echo $# $2; return 3; }; f a "b c"; echo $?',
    "case": 'for w in abc 12 ""; do case $w in [a-z]*) echo word;; [0-9]*) echo number;; *) echo none;; esac; done',
    "trap": 'trap "echo caught" USR1; kill -USR1 $$; trap "echo bye" EXIT; trap',
    "background": '(exit 7) & wait $!; echo $?',
    "redirection": 'exec 3>&1; echo to three >&3; echo err 2>&1 >&2; { echo a; echo b >&2; } 2>&1',
    "signal-status": "dash -c 'kill -TERM $$'; echo $?",
    "set-e": '(set -e; false; echo never); echo $?; set -- a "b c"; echo "$#" "$2"; shift; echo $1',
    "field-splitting": 'IFS=:; p=/bin:/usr/bin; for d in $p; do echo "[$d]"; done; IFS=" "; echo *.no-such',
    "getopts": 'set -- -a -b value rest; while getopts ab: o; do echo $o $OPTARG; done; shift $((OPTIND - 1)); echo $1',
    "printf-test": 'printf "%05d|%s|%x\\n" 42 str 255; [ a != b ] && test 3 -gt 2 && echo yes; type cd; command -v echo',
    "syntax-error": 'if true; then',
    "not-found": 'no-such-command; echo $?',
    "files": 'mkdir -p d/e; echo a >d/x; echo b >>d/x; cp d/x d/e; cat d/e/x; rm -r d; ls d 2>/dev/null || echo gone',
    "capture-long": 'x=$(seq 1 20000); echo ${#x}; seq 1 20000 | tail -1 | { read y; echo $y; }',
    "ulimit-umask": 'ulimit -s 8192; ulimit -s; umask 027; umask',
}


@pytest.mark.parametrize("name", SHELL)
def test_dash(name, ports, tmp_path):
    """The same script, given as a file, prints and returns the same."""
    script = tmp_path / "script"
    script.write_text(SHELL[name] + "\n")
    done = subprocess.run(["/bin/dash", "script"], cwd=tmp_path, env={"PATH": "/bin"}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    result = Job("mkdir /tmp/t; cd /tmp/t; cp /bin/script .; dash script", programs=added(os.path.join(ports, "dash"), str(script))).run()
    assert (result.status, result.out) == (done.returncode, done.stdout.decode()), result


def test_dash_knows_the_signals(ports):
    """Its table is made on the host, which has other numbers for some: the names are Curfew's."""
    result = Job("dash -c 'kill -l 20; kill -l 30; kill -l 9'", programs=added(os.path.join(ports, "dash"))).run()
    assert (result.status, result.out) == (0, "CHLD\nUSR1\nKILL\n"), result
