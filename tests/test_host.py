# SPDX-License-Identifier: BSD-2-Clause
"""Host unit tests (tests/host): kernel files without hardware in them, compiled for this machine."""
import os
import subprocess

import pytest

import harness

RUN = os.path.join(harness.ROOT, "tests", "host", "run")
NAMES = subprocess.run([RUN, "--list"], check=True, stdout=subprocess.PIPE).stdout.decode().split()


@pytest.mark.parametrize("name", NAMES)
def test_host(name):
    with harness.place("tests/host/run " + name):
        done = subprocess.run([RUN, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-6000:]
