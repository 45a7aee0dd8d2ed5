"""What must hold before anything is started: a free port, a folder to write in, and no other launcher in it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cc_common.config import Settings
from cc_common.errors import SetupError

NEEDED_GB: Final = 1.0
LAST_RUN_ENDS_S: Final = 5.0


def check_data_dir(folder: Path, needed_gb: float = NEEDED_GB) -> None:
    """SetupError when the folder cannot be written or its disk is nearly full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as exc:
        raise SetupError(f"The data folder cannot be written: {exc}. Another one: CC_DATA_DIR=/a/folder") from exc
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed_gb:
        raise SetupError(
            f"The disk of {folder} has {free:.1f} GB free, and {needed_gb:.1f} GB are needed.\n"
            "Free some space, ask for fewer days (CC_PLANT_DAYS), or set CC_DATA_DIR to a folder elsewhere."
        )


def check_port(settings: Settings) -> None:
    """SetupError when the API's address cannot be had."""
    check_port_of(settings.host, settings.port, "CC_PORT")


def check_port_of(host: str, port: int, setting: str) -> None:
    """SetupError, naming the setting that helps, when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            why = "is in use by another program"
        else:
            why = f"cannot be had ({exc.strerror or exc})"
        raise SetupError(
            f"Port {port} on {host} {why}. Another one: {setting}={port + 1} in front of the command"
        ) from exc


@contextmanager
def only_launcher(folder: Path) -> Iterator[None]:
    """Holds the data folder; SetupError with the process id of the launcher that has it."""
    with (folder / "launcher.lock").open("a+") as lock:
        if not _locked(lock.fileno()):
            lock.seek(0)
            raise SetupError(
                f"The Command Center already runs in {folder} (process {lock.read().strip()}).\n"
                "Stop it with Ctrl-C there; or run a second one: CC_DATA_DIR=/a/folder CC_PORT=8101 make run"
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _locked(descriptor: int) -> bool:
    """Whether the lock was free or became so soon: a launcher that has just been stopped may still be ending."""
    until = time.monotonic() + LAST_RUN_ENDS_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
