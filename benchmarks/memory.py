"""Resident memory of the running system's processes."""

from __future__ import annotations

import re
from typing import Final

import psutil

_OURS: Final = re.compile(r"gunicorn|-m cc_common run")


def resident(port: int) -> dict[str, float]:
    """MB by process: the one that listens on the port, its parents and their children; the launcher first."""
    top = psutil.Process(
        next(c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.pid)
    )
    while (parent := top.parent()) is not None and _OURS.search(" ".join(parent.cmdline())):
        top = parent
    return {f"{_label(p)} ({p.pid})": p.memory_info().rss / 1e6 for p in [top, *top.children(recursive=True)]}


def _label(process: psutil.Process) -> str:
    words = process.cmdline()
    return " ".join(words[words.index("-m") :] if "-m" in words else words)[:50].strip()
