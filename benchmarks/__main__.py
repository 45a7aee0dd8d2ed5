"""Every benchmark in turn, on the system that runs; where none runs, it is started first and stopped afterwards.

python -m benchmarks [name ...]
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cc_common.base_model import MODELS, base_gguf
from cc_common.config import PROJECT, Settings, load_settings

HERE: Final = Path(__file__).resolve().parent
NAMES: Final = ("timeseries", "loading", "tier1", "engine", "questions")
ALSO: Final = ("serving",)  # by name only: a minute and a half
PATIENCE_S: Final = 900


def main() -> int:
    """Runs the named benchmarks; the worst exit status of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(NAMES + ALSO)} (default: all but the last)"
    )
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES + ALSO):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES + ALSO)}")
    settings = load_settings()
    with running(settings):
        print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        return max(run(name, settings) for name in names)


def run(name: str, settings: Settings) -> int:
    """One benchmark in a process of its own; its exit status."""
    print(f"\n== {name} ==", flush=True)
    arguments = ["--gguf", str(_served(settings))] if name == "engine" else []
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=False).returncode


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """The system, started for the while when it does not run."""
    if _answers(settings):
        yield
        return
    launcher = subprocess.Popen([sys.executable, "-m", "cc_common.system"], cwd=PROJECT)
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
            raise SystemExit("The system did not become ready; its own words are above.")
        time.sleep(0.5)


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _served(settings: Settings) -> Path:
    """The starter when it is built, else the base."""
    return next(iter(sorted((settings.data_dir / MODELS).glob("*.gguf"))), base_gguf(settings))


if __name__ == "__main__":
    sys.exit(main())
