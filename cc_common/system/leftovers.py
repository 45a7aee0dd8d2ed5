"""Children of a launcher that was killed: remembered in the data folder, and ended by the next one."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from cc_common.system.child import GRACE_S, Child
from cc_common.system.terminal import say


def remember(folder: Path, children: Sequence[Child]) -> None:
    """Notes each child's process id and start time."""
    running = [psutil.Process(child.pid) for child in children if child.pid]
    _note(folder).write_text(json.dumps([(process.pid, process.create_time()) for process in running]))


def end_leftovers(folder: Path) -> None:
    """Waits for what an earlier launcher left, which is ending already, and kills what does not."""
    if not (left := _left(folder)):
        return
    say("leftovers", f"ending {len(left)} processes of an earlier run")
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
    """That process, unless its id has gone to another since."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == began else None
    except psutil.NoSuchProcess:
        return None


def _note(folder: Path) -> Path:
    return folder / "children.json"
