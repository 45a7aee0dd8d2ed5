"""llama.cpp, compiled for this machine's processor: once, then a wheel in the cache outside the tree."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cc_common.operations.environment import machine, step
from cc_common.operations.environment.machine import VENV, processor


def wheel(pin: str) -> Path:
    """The wheel of `pin` (llama-cpp-python==...): from the cache, else built into it."""
    arguments = cmake_arguments(machine.compiler_flags())
    folder = machine.cache() / "wheels" / key(pin, arguments)
    with only_one(folder.with_name(f"{folder.name}.lock")):
        if not any(folder.glob("*.whl")):
            _build(pin, folder, arguments)
    return next(folder.glob("*.whl"))


def forget(built: Path) -> None:
    """Takes a wheel that does not work out of the cache."""
    shutil.rmtree(built.parent)


def key(pin: str, arguments: str) -> str:
    """The name of the cache folder: the version, and a digest of all that the machine code depends on."""
    parts = (pin, processor(), machine.compiler_version(), arguments)
    return f"{pin.replace('==', '-')}-{sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


def cmake_arguments(flags: str) -> str:
    """CMake's arguments: no image tools (a quarter of the build); the user's own CMAKE_ARGS come last and win."""
    ours = [f"-DCMAKE_{language}_FLAGS='{flags}'" for language in ("C", "CXX") if flags]
    return " ".join([*ours, "-DLLAVA_BUILD=OFF", os.environ.get("CMAKE_ARGS", "")]).strip()


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds the lock on that file; says so when it has to wait for another set-up. The system frees it at any death.

    Commands inherit it: a pip that outlives a killed set-up keeps the next one waiting until it has ended.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    try:
        line = step.Line("waiting for another set-up to end")
        while not _locked(descriptor):
            line.tick()
            time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _build(pin: str, folder: Path, arguments: str) -> None:
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)  # of a build that was killed; its lock is ours now
    (building / "tmp").mkdir(parents=True)
    (building / "wheel").mkdir()
    step.run(
        "llama.cpp, compiled for this processor",
        # Not pip's cache: it knows the version only, not the processor and the flags.
        [*pip(), "wheel", "-v", "--no-deps", "--no-cache-dir", "--wheel-dir", str(building / "wheel"), pin],
        log=folder.with_name(f"{folder.name}.log"),
        note=_ninja_step,
        environment={
            "CMAKE_ARGS": arguments,
            "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
            "TMPDIR": str(building / "tmp"),
        },
    )
    (building / "wheel").rename(folder)
    shutil.rmtree(building)


def pip() -> list[str]:
    """The start of a command of the environment's pip."""
    return [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def _ninja_step(line: str) -> str | None:
    found = re.match(r"\s*\[(\d+/\d+)\]", line)
    return f"step {found[1]}" if found else None
