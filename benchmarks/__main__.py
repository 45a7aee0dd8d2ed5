"""Runs every benchmark in turn on the running system, or on one that is started and stopped for it.

python -m benchmarks [name ...]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.running_system import running
from cc_common.core.settings import PROJECT, Settings, load_settings
from cc_common.model_registry.versions import MODELS, base_gguf

HERE: Final = Path(__file__).resolve().parent
NAMES: Final = ("timeseries", "loading", "tier1", "engine", "questions")
ALSO: Final = ("serving",)  # by name only: takes a minute and a half


def main() -> int:
    """Runs the named benchmarks; returns the highest exit status."""
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
    """Runs one benchmark in a process of its own; returns its exit status."""
    print(f"\n== {name} ==", flush=True)
    arguments = ["--gguf", str(_served(settings))] if name == "engine" else []
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=False).returncode


def _served(settings: Settings) -> Path:
    """The starter if it is built, else the base."""
    return next(iter(sorted((settings.data_dir / MODELS).glob("*.gguf"))), base_gguf(settings))


if __name__ == "__main__":
    sys.exit(main())
