# SPDX-License-Identifier: BSD-2-Clause
"""Programs of user/bin on this machine, against the machine's own, on generated inputs."""
import os
import random
import shlex
import signal
import subprocess

import pytest

import programs

BINARIES = "/usr/bin"


def text(seed, lines=60):
    """Lines of few words, so that many are equal or share a part."""
    chosen = random.Random(seed)
    words = ["apple", "Apple", "bob", "a.b", "10", "9", "-3", "007", "2.5", "2.50", "x y", "", "tab\tbed", "zz", "a*c", "[x]", "end"]
    end = chosen.choice(["\n", ""])
    return "\n".join(" ".join(chosen.choice(words) for _ in range(chosen.randrange(5))) for _ in range(lines)).encode() + end.encode()


def both(command, folder, stdin=b"", names=("ours", "theirs")):
    """Status and output of our program and the machine's, each in a folder of its own."""
    results = []
    for name in names:
        path = os.path.join(programs.build() if name == "ours" else BINARIES, command[0])
        env = programs.environment(str(folder), "/bin/dash")
        status, out, err = programs.run([path, *command[1:]], folder / name, stdin=stdin, env=env)
        assert status != 99, err.decode(errors="replace")
        assert (status == 0) or err or command[0] in ("grep", "cmp"), "no word of what is wrong"
        results.append((status, out))
    return results


@pytest.fixture
def folder(tmp_path):
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        for seed, file in enumerate(("a", "b", "c")):
            (tmp_path / name / file).write_bytes(text(seed))
        (tmp_path / name / "empty").write_bytes(b"")
        (tmp_path / name / "bytes").write_bytes(random.Random(5).randbytes(5000))
    return tmp_path


def tree(folder):
    """What is in a folder: modes, and contents or names."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in folders:
            path = os.path.join(root, name)
            found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, None)
        for name in files:
            path = os.path.join(root, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, os.stat(path).st_nlink, f.read())
    return found


FILTERS = """
head|head -n 3|head -n 0|head -c 17|head -5|head -n 1000|head a b|head -n 2 a empty b|head nofile a
tail|tail -n 3|tail -n 0|tail -c 17|tail -5|tail -n +5|tail -c +20|tail -n 2 a b|tail -c 100000|tail nofile a|tail -c 1000 bytes
wc -l|wc -w|wc -c|wc -l nofile
sort|sort -n|sort -r|sort -u|sort -nr|sort -f|sort -fu|sort -nu|sort -k 2|sort -k2,2|sort -k 2n -k 1r|sort -b -k 2|sort -t . -k 2|sort -k 1.2,1.3
sort -t " " -k 2,2n|sort a b|sort -c|sort nofile|sort -k 2b,2 -k 3r|sort -o out a b|sort -u -k 1,1|sort -rk 2,2|sort -t a -k 2 -n
grep a|grep -v a|grep -n bob|grep -c bob|grep -i APPLE|grep -l bob a b|grep -q bob|grep -q nothing|grep nothing|grep -E "ap+le|zz$"|grep -F a.b|grep a.b
grep -x bob|grep -e bob -e zz|grep -E "^(-3|10)"|grep "[0-9]"|grep -F "[x]"|grep -F "*"|grep "a\\*c"|grep -c "" a b|grep -h bob a b|grep -H bob a
grep -r bob .|grep -w a|grep -iF APPLE|grep -vc a|grep "\\(a\\)pp"|grep -s bob nofile|grep bob nofile a|grep "^$"|grep -n -e ""|grep -ixF BOB|grep -wv end|grep -f a b
uniq|uniq -c|uniq -d|uniq -u|cut -c 1-3|cut -c 2|cut -f 2|cut -d " " -f 2|cut -d " " -f 1,3-|cut -d " " -f -2 -s|cut -b 3-|cut -c 1,5 a b
tr a-z A-Z|tr -d aeiou|tr -s p|tr -cd 0-9|tr "[:lower:]" "[:upper:]"|tr " " "\\n"|tr -s "\\n"|tr abc x|tr -c "a-z\\n" _|tr "\\141" b|tr -sc a-z "\\n"|tr -ds a p
tee t1 t2|tee -a a|cat a b|cat|cat - a|seq 5|seq 3 7|seq 10 -3 1|seq 5 1|basename /a/b/c|basename a/b.c .c|basename /|basename a/|basename .c .c
dirname /a/b/c|dirname a|dirname /a|dirname a/b/|dirname /|dirname //a//b//|env -i A=1 B=2 /usr/bin/env|env -i|env -i nosuch
dd count=2 bs=16 status=none|dd bs=7 status=none|dd ibs=10 obs=3 status=none|dd if=bytes of=o bs=1000 count=3 skip=1 status=none|dd if=a of=b conv=notrunc bs=10 count=1 status=none
dd if=a of=b seek=2 bs=4 count=2 status=none|dd if=bytes bs=1k count=1 status=none|dd if=nofile|dd if=a bs=64 count=1 conv=sync ibs=4096 obs=4096 status=none
dd if=a of=b seek=2 bs=4 count=2 conv=notrunc status=none|dd if=a of=new seek=3 bs=100 status=none
cp a d|cp a b|cp nofile d|cp -r . sub|cp a empty sub|mkdir d|mkdir d d|mkdir -p d/e/f d|mkdir d/e|mkdir -m 700 d|mkdir -m 751 d/../g|mkdir -p a|mkdir a
mv a z|mv a b|mv nofile z|mv a b nofolder|ln a z|ln a b|ln -f a b|ln nofile z|touch new a|touch -c none|rm a b|rm nofile|rm -f nofile|rm -f|rmdir a|rmdir nofile
chmod 600 a|chmod u+x,go-r a|chmod a=r a b|chmod nofile|chmod 644 nofile
"""
COMMANDS = [command for line in FILTERS.strip().splitlines() for command in line.split("|") if command]
# What belongs to the next `|` of a pattern in quotes.
WHOLE = []
for part in COMMANDS:
    if WHOLE and WHOLE[-1].count('"') % 2:
        WHOLE[-1] += "|" + part
    else:
        WHOLE.append(part)


def words(command):
    return shlex.split(command)


@pytest.mark.parametrize("command", WHOLE)
def test_same(command, folder):
    (ours_status, ours), (status, theirs) = both(words(command), folder, stdin=text(99))
    if words(command)[:2] == ["grep", "-r"]:  # the order is the folder's
        ours, theirs = sorted(ours.splitlines()), sorted(theirs.splitlines())
    assert ours == theirs
    assert (ours_status == 0) == (status == 0) and (words(command)[0] not in ("grep", "env") or ours_status == status)
    assert tree(folder / "ours") == tree(folder / "theirs")


@pytest.mark.parametrize("seed", range(30))
def test_same_on_random(seed, folder):
    """Random options of the filters on random text."""
    chosen = random.Random(seed)
    filters = [["sort", *chosen.sample(["-n", "-r", "-u", "-f", "-b", "-k2", "-k1,1n", "-k2,3r", "-t.", "-k1.2"], chosen.randrange(4))],
               ["grep", *chosen.sample(["-v", "-n", "-i", "-c", "-x", "-w"], chosen.randrange(3)), chosen.choice(["a", "b.", "^[0-9]*$", "e$", "x y"])],
               ["head", "-n", str(chosen.randrange(70))], ["tail", "-n", chosen.choice(["", "+"]) + str(chosen.randrange(70))],
               ["tail", "-c", str(chosen.randrange(900))], ["uniq", *chosen.sample(["-c", "-d", "-u"], chosen.randrange(2))],
               ["cut", "-d", " ", "-f", "%d-%d" % (chosen.randrange(1, 3), chosen.randrange(3, 5))]]
    for command in filters:
        ours, theirs = both(command, folder, stdin=text(seed + 1000, 80))
        assert ours == theirs, command


SEQUENCES = [
    [["mkdir", "d"], ["cp", "a", "b", "d"], ["cp", "-r", "d", "e"], ["mv", "d/a", "e/c"], ["rm", "d/b"], ["rmdir", "d"], ["rm", "-r", "e"]],
    [["mkdir", "-p", "x/y/z"], ["cp", "-r", "x", "w"], ["cp", "-r", "x", "w"], ["touch", "w/x/new"], ["rm", "-rf", "w", "none"]],
    [["ln", "a", "l"], ["cp", "c", "l"], ["cat", "a"], ["rm", "l"], ["mv", "-f", "a", "c"], ["mkdir", "s"], ["mv", "b", "c", "s/"], ["mv", "s", "t"]],
    [["cp", "-p", "a", "p"], ["cp", "p", "p"], ["mkdir", "q"], ["mv", "q", "q/r"], ["cp", "-r", "q", "q"], ["rm", "q"], ["rm", "-r", "q"]],
    [["touch", "."], ["rm", "."], ["mkdir", "f"], ["touch", "f/g"], ["rmdir", "f"], ["cp", "f", "h"], ["rm", "-r", "f/"], ["cp", "a", "a/b"]],
]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=range(len(SEQUENCES)))
def test_files_move(sequence, folder):
    for command in sequence:
        (ours_status, ours), (status, theirs) = both(command, folder)
        if command == ["cp", "-r", "q", "q"]:
            # Into itself: ours makes nothing, coreutils leave an empty folder.
            assert ours_status != 0 and status != 0
            subprocess.run(["rm", "-rf", "q/q"], cwd=folder / "theirs", check=True)
            subprocess.run(["rm", "-rf", "q/q"], cwd=folder / "ours", check=True)
            continue
        assert (ours_status == 0, ours) == (status == 0, theirs), command
        assert tree(folder / "ours") == tree(folder / "theirs"), command


def test_times_are_kept(folder):
    os.utime(folder / "ours" / "a", (1000, 2000))
    assert programs.run([os.path.join(programs.build(), "cp"), "-p", "a", "p"], folder / "ours")[0] == 0
    assert os.stat(folder / "ours" / "p").st_mtime == 2000


@pytest.mark.parametrize("answer, gone", [(b"y\n", True), (b"n\n", False), (b"", False)])
def test_questions(answer, gone, folder):
    def ours(*command):
        return programs.run([os.path.join(programs.build(), command[0]), *command[1:]], folder / "ours", stdin=answer)[0]
    before = (folder / "ours" / "b").read_bytes()
    ours("rm", "-i", "c")
    assert os.path.exists(folder / "ours" / "c") != gone
    ours("cp", "-i", "a", "b")
    assert ((folder / "ours" / "b").read_bytes() != before) == gone
    ours("mv", "-i", "a", "b")
    assert os.path.exists(folder / "ours" / "a") != gone


@pytest.mark.parametrize("command", ["cat a", "head a", "tail a", "wc a", "grep a a", "sort a", "uniq a", "cut -c 1 a", "tr a b", "seq 9",
                                     "tee x", "basename a", "dirname a", "env -i A=1", "df", "yes", "dd if=a", "echo x", "printenv",
                                     "pwd", "hexdump a", "ls", "ls -l a", "kill -l", "sh -c 'echo x'", "sh -c 'printf x'"])
def test_nothing_lost_in_silence(command, folder):
    """A full disk is told: by the status, and by a line."""
    env = programs.environment(str(folder), os.path.join(programs.build(), "sh"))
    path = os.path.join(programs.build(), words(command)[0])
    with open("/dev/full", "wb") as full:
        done = subprocess.run([path, *words(command)[1:]], cwd=folder / "ours", stdout=full, stderr=subprocess.PIPE, input=b"abc\n",
                              env=env, timeout=60)
    assert done.returncode not in (0, 99), done.stderr
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("command", ["cp a", "mv a", "rm", "mkdir", "rmdir", "ln a", "touch", "grep", "head -n x", "tail -n x", "sort -k 0",
                                     "wc -z", "dd foo=1", "dd bs=0", "cut", "tr", "seq", "basename", "dirname", "kill", "chmod 9 a"])
def test_usage(command, folder):
    status, out, err = programs.run([os.path.join(programs.build(), words(command)[0]), *words(command)[1:]], folder / "ours")
    assert status in (1, 2) and out == b"" and b"usage: " in err


def test_no_symbolic_links(folder):
    status, _, err = programs.run([os.path.join(programs.build(), "ln"), "-s", "a", "z"], folder / "ours")
    assert status == 1 and b"symbolic" in err


def test_df(folder):
    status, out, _ = programs.run([os.path.join(programs.build(), "df"), "."], folder / "ours")
    fields = out.decode().splitlines()[1].split()
    assert status == 0 and int(fields[0]) >= int(fields[1]) and fields[4] == "."


def test_kill(folder):
    child = subprocess.Popen(["sleep", "100"])
    assert programs.run([os.path.join(programs.build(), "kill"), "-s", "USR1", str(child.pid)], folder)[0] == 0
    assert child.wait(10) == -10
    assert programs.run([os.path.join(programs.build(), "kill"), "-l"], folder)[1].count(b"\n") > 15
    assert programs.run([os.path.join(programs.build(), "kill"), "-NOSUCH", "1"], folder)[0] == 2


@pytest.mark.parametrize("option", ["-STOP", "-SIGTSTP", "-s ttin", "-%d" % signal.SIGTTOU])
def test_kill_does_not_stop(option, folder):
    """Neither the program nor the shell's own sends them; both say why."""
    child = subprocess.Popen(["sleep", "100"])
    for line in ([os.path.join(programs.build(), "kill"), *words(option), str(child.pid)],
                 [os.path.join(programs.build(), "sh"), "-c", "kill %s %d" % (option, child.pid)]):
        status, out, err = programs.run(line, folder)
        assert status == 1 and out == b"" and err.endswith(b": stop signals are not supported\n") and b"kill: " in err, err
    child.terminate()
    assert child.wait(10) == -15  # a stopped one would wait for ever


def test_cd_says_its_name(folder):
    status, out, err = programs.run([os.path.join(programs.build(), "sh"), "-c", "cd /no/such"], folder)
    assert (status, out, err) == (1, b"", b"sh: cd: /no/such: No such file or directory\n")
