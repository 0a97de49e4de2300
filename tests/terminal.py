# SPDX-License-Identifier: BSD-2-Clause
"""An interactive session with the guest's shell, on a terminal of its own."""
import pexpect

import harness


class Shell:
    """Types and reads; `command` runs the machine, with these of its variables."""

    command = ["make", "run"]
    variables = {}

    def __init__(self, **variables):
        self.variables = {**self.variables, **variables}

    def __enter__(self):
        self.place = harness.place("make run")
        self.place.__enter__()
        self.child = pexpect.spawn(self.command[0], self.command[1:], cwd=harness.ROOT,
                                   env=harness.environment({**self.variables, "TERM": "vt100"}), timeout=60,
                                   encoding="utf-8", codec_errors="replace", dimensions=(24, 100))
        self.child.delaybeforesend = None
        self.child.expect_exact("$ ")
        return self

    def __exit__(self, *error):
        self.child.close(force=True)
        self.place.__exit__(*error)

    def line(self, text, answer):
        """Types a line; the answer must come, and the prompt after it."""
        self.child.send(text + "\r")
        self.child.expect_exact(answer)
        self.child.expect_exact("$ ")

    def end(self, status):
        """The machine ends, with this status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == status, (self.child.exitstatus, self.child.signalstatus)
