"""The stamp: written last, it says for which pins, Python and processor .venv was made and found to work."""

from __future__ import annotations

import platform
import sys
from hashlib import sha256
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = PROJECT / "requirements.txt"
VENV = PROJECT / ".venv"
STAMP = VENV / "ready"
CPUINFO = Path("/proc/cpuinfo")


def is_ready() -> bool:
    """Whether .venv is complete for today's pins, this Python and this processor."""
    try:
        return STAMP.read_text() == wanted() and (VENV / "bin" / "python").exists()
    except OSError:
        return False


def wanted() -> str:
    """What the stamp must say: one line of hexadecimal digits."""
    parts = (REQUIREMENTS.read_text(), ".".join(map(str, sys.version_info[:2])), sys.base_prefix, processor())
    return sha256("\0".join(parts).encode()).hexdigest() + "\n"


def processor() -> str:
    """Model and instruction sets of the first processor, for llama.cpp is compiled for exactly those."""
    try:
        lines = CPUINFO.read_text().split("\n\n", 1)[0].splitlines()
    except OSError:
        return platform.machine()
    return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU ")))
