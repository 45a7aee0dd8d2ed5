"""Child processes of the launcher: started, restarted with growing pauses, stopped; orphans are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from cc_common.core.settings import PROJECT
from cc_common.operations.terminal import print_line

FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 30.0
STABLE_S: Final = 60.0  # after this uptime the pause before a restart is reset
GRACE_S: Final = 8.0


class Child:
    """`python -m MODULE ...` in a session of its own, so that only the launcher receives the terminal's Ctrl-C."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name, self.log = name, log
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._due_at = 0.0
        self._pause_s = FIRST_PAUSE_S / 2  # doubled at each exit

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Starts the process; its output is appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        tether = [
            sys.executable,
            "-m",
            "cc_common.operations.die_with_parent",
            str(os.getpid()),
            *self._command,
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                tether, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=PROJECT, start_new_session=True
            )
        self._started_at, self._due_at = time.monotonic(), 0.0

    def keep_up(self) -> None:
        """Restarts the process when it has exited and its pause is over."""
        if self._process is None or self._process.poll() is None:
            return
        if not self._due_at:
            self._schedule()
        elif time.monotonic() >= self._due_at:
            self.start()
            print_line(self.name, f"started again, process {self.pid}")

    def _schedule(self) -> None:
        lived_s = time.monotonic() - self._started_at
        self._pause_s = FIRST_PAUSE_S if lived_s > STABLE_S else min(2 * self._pause_s, MAX_PAUSE_S)
        self._due_at = time.monotonic() + self._pause_s
        self.kill()  # kills its remaining children
        print_line(self.name, f"ended ({self._how()}); starts again in {self._pause_s:.0f} s. Log: {self.log}")
        print_line("", last_line(self.log))

    def _how(self) -> str:
        status = self._process.returncode if self._process else 0
        return signal.Signals(-status).name if status < 0 else f"status {status}"

    def terminate(self) -> None:
        """Sends SIGTERM."""
        if self._process and self.pid:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Waits for its exit until that monotonic time, then kills it and its children."""
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, until - time.monotonic()))
            self.kill()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Kills the process and its session immediately."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def stop(children: Sequence[Child]) -> None:
    """Stops all children together, within GRACE_S."""
    for child in children:
        child.terminate()
    until = time.monotonic() + GRACE_S
    for child in children:
        child.wait(until)


def last_line(log: Path) -> str:
    """The last line of a log."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def remember(folder: Path, children: Sequence[Child]) -> None:
    """Records each child's process id and start time."""
    running = [psutil.Process(child.pid) for child in children if child.pid]
    _note(folder).write_text(json.dumps([(process.pid, process.create_time()) for process in running]))


def end_orphans(folder: Path) -> None:
    """Waits for the children of an earlier launcher to exit, and kills the remaining ones."""
    if not (left := _left(folder)):
        return
    print_line("leftovers", f"ending {len(left)} processes of an earlier run")
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=GRACE_S)[1]:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _left(folder: Path) -> list[psutil.Process]:
    try:
        noted = json.loads(_note(folder).read_text())
    except (OSError, ValueError):
        return []
    return [process for pid, began in noted if (process := _same(pid, began))]


def _same(pid: int, began: float) -> psutil.Process | None:
    """The process, unless its id belongs to another one since."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == began else None
    except psutil.NoSuchProcess:
        return None


def _note(folder: Path) -> Path:
    return folder / "children.json"
