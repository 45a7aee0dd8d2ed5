"""Inspects this machine: compilers, cache, disk; the stamp of the pins, Python and processor of .venv."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from cc_common.core.errors import SetupError

PROJECT = Path(__file__).resolve().parents[3]
REQUIREMENTS = PROJECT / "requirements.txt"
VENV = PROJECT / ".venv"
STAMP = VENV / "ready"
CPUINFO = Path("/proc/cpuinfo")


def is_ready() -> bool:
    """Tells whether .venv is complete for the current pins, this Python and this processor."""
    try:
        return STAMP.read_text() == wanted_stamp() and (VENV / "bin" / "python").exists()
    except OSError:
        return False


def wanted_stamp() -> str:
    """The expected stamp: one line of hexadecimal digits."""
    parts = (REQUIREMENTS.read_text(), ".".join(map(str, sys.version_info[:2])), sys.base_prefix, processor())
    return sha256("\0".join(parts).encode()).hexdigest() + "\n"


def processor() -> str:
    """Model and instruction sets of the first processor, because llama.cpp is compiled for exactly those."""
    try:
        lines = CPUINFO.read_text().split("\n\n", 1)[0].splitlines()
    except OSError:
        return platform.machine()
    return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU ")))


NEEDED_GB = 4
# Virtual machines may announce AMX and fault on its first instruction; small models gain nothing from it.
WITHOUT_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"


def cache() -> Path:
    """The cache folder for results per machine: CC_CACHE_DIR, else command-center in the user's cache."""
    if chosen := os.environ.get("CC_CACHE_DIR"):
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "command-center"


def check_venv_module() -> None:
    """SetupError when this Python cannot create environments (Debian has a separate package for it)."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupError(f"This Python cannot make environments. Debian and Ubuntu: sudo apt install {package}")


def check_disk() -> None:
    """SetupError when the project's or the cache's disk is nearly full, or the cache cannot be created."""
    try:
        cache().mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SetupError(
            f"The cache folder cannot be made: {exc}. Another place: CC_CACHE_DIR=/a/folder make env"
        ) from exc
    for folder in (PROJECT, cache()):
        free = shutil.disk_usage(folder).free / 1e9
        if free < NEEDED_GB:
            raise SetupError(
                f"The disk of {folder} has {free:.1f} GB free, and the set-up needs about {NEEDED_GB} GB.\n"
                "Free some space and try again. The cache can lie elsewhere: CC_CACHE_DIR=/a/folder make env"
            )


def compiler_flags() -> str:
    """Flags of this compiler against faulty AMX ("" where it has none); SetupError without a working compiler."""
    if _compiles(WITHOUT_AMX.split()):
        return WITHOUT_AMX
    if _compiles([]):
        return ""
    raise SetupError(
        "There is no working C and C++ compiler, and llama.cpp is compiled for this machine's processor.\n"
        "Debian and Ubuntu: sudo apt install build-essential cmake. Fedora: sudo dnf install gcc-c++ cmake"
    )


def compiler_version() -> str:
    """The first line of the C++ compiler's version."""
    said = subprocess.run([*_compilers()[1], "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


def _compilers() -> tuple[list[str], list[str]]:
    """The C and the C++ compiler that CMake selects: CC and CXX, else the usual names."""
    return _chosen("CC", ("cc", "gcc", "clang")), _chosen("CXX", ("c++", "g++", "clang++"))


def _chosen(variable: str, names: tuple[str, ...]) -> list[str]:
    return os.environ[variable].split() if os.environ.get(variable) else [next(filter(shutil.which, names), names[0])]


def _compiles(flags: list[str]) -> bool:
    """Tells whether both compilers build a program that includes their standard library's headers."""
    c, cxx = _compilers()
    with tempfile.TemporaryDirectory() as folder:
        return all(
            _makes_program([*compiler, *flags], Path(folder) / f"probe{suffix}", header)
            for compiler, suffix, header in ((c, ".c", "stdio.h"), (cxx, ".cpp", "string"))
        )


def _makes_program(compiler: list[str], source: Path, header: str) -> bool:
    source.write_text(f"#include <{header}>\nint main(void) {{ return 0; }}\n")
    try:
        done = subprocess.run([*compiler, str(source), "-o", f"{source}.out"], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0
