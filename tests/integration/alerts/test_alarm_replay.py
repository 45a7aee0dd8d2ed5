"""The replay behind the alarm figures passes its own checks, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from cc_common.core.settings import PROJECT


def test_the_alarm_replay_passes_its_own_checks() -> None:
    program = [sys.executable, "-m", "benchmarks.alarm_replay_check"]
    done = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert done.stdout.count("PASS") == 6 and "FAIL" not in done.stdout
