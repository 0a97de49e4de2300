# SPDX-License-Identifier: BSD-2-Clause
"""The programs of user/bin on this machine: built with the sanitizers, run in folders of their own."""
import functools
import os
import subprocess

import harness

OUT = os.path.join(harness.ROOT, "build", "host", "programs")


@functools.lru_cache(maxsize=None)
def build():
    """Builds them; returns the folder."""
    with harness.place("make -f tests/host/programs.mk"):
        done = subprocess.run(["make", "-j2", "-f", "tests/host/programs.mk"], cwd=harness.ROOT, env=harness.environment({}),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    return OUT


def environment(folder, shell, **more):
    """With `sh` meaning that shell; all of ASCII, errors that the sanitizers find with a status of their own."""
    binaries = os.path.join(folder, "bin")
    os.makedirs(binaries, exist_ok=True)
    link = os.path.join(binaries, "sh")
    if not os.path.lexists(link):
        os.symlink(shell, link)
    return {"PATH": binaries + ":/usr/bin:/bin", "LC_ALL": "C", "HOME": "/", "ASAN_OPTIONS": "detect_leaks=0:exitcode=99",
            "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99", **more}


def run(command, cwd, stdin=b"", env=None, timeout=60):
    """The result of a command: status, standard output, standard error."""
    done = subprocess.run(command, cwd=cwd, input=stdin, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    return done.returncode, done.stdout, done.stderr
