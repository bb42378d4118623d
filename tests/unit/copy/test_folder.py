"""Who holds a run folder, and whether it still lives."""

from __future__ import annotations

import os
import subprocess

from ansible_collections.replatform.aws.plugins.module_utils._copy import folder


def test_a_killed_process_that_nobody_asked_for_is_not_alive() -> None:
    child = subprocess.Popen(["sleep", "60"])
    _parent, started = folder._stat(child.pid)
    assert folder.alive([(child.pid, started)])
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    assert not folder.alive([(child.pid, started)])
    child.wait()
