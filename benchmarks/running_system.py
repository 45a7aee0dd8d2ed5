"""The system under benchmark: the running one, or one started temporarily."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cc_common.core.settings import PROJECT, Settings

PATIENCE_S: Final = 900


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Yields the running system, or starts one and stops it afterwards."""
    if _answers(settings):
        yield
        return
    launcher = subprocess.Popen([sys.executable, "-m", "cc_common", "run"], cwd=PROJECT)
    try:
        _wait(launcher, settings)
        yield
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.wait(60)


def _wait(launcher: subprocess.Popen[bytes], settings: Settings) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not _answers(settings):
        if launcher.poll() is not None or time.monotonic() > ends:
            raise SystemExit("The system did not become ready; its output is above.")
        time.sleep(0.5)


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False
