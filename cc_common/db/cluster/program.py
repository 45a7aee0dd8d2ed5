"""Running PostgreSQL's programs, and the log that says why one failed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cc_common.db.cluster.account import Account

_LARGEST_LOG: Final = 10_000_000  # bytes
_FULL_BELOW: Final = 16_000_000  # bytes free: less than one segment of the write-ahead log


def run(command: Sequence[str], account: Account, folder: Path, keep: int | None = None) -> str | None:
    """None when all went well, else what it said. `keep` is a file descriptor that it and its children keep open.

    Apart from the terminal, so that Ctrl-C is ours to handle.
    """
    with tempfile.TemporaryFile("w+") as output:  # a pipe would be inherited by the server and never end
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
            pass_fds=() if keep is None else (keep,),
            check=False,
            **account.arguments(),
        )
        output.seek(0)
        return output.read().strip() if done.returncode else None


class Log:
    """The server's log; kept from growing for ever."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_from: int | None = None

    def turn(self) -> None:
        """A new start begins: what was logged before is no reason for what happens now."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size > _LARGEST_LOG:
            self.path.replace(self.path.with_suffix(".log.1"))
            size = 0
        self._read_from = size

    def explained(self, message: str) -> str:
        """`message`, the log's last words, and the way out if the disk is full."""
        lines = [message, *self._tail()]
        free = shutil.disk_usage(_existing(self.path)).free
        if free < _FULL_BELOW or "No space left" in "".join(lines):
            way_out = "free some space, or set CC_DATA_DIR to a folder on another disk, and start again."
            lines.append(f"The disk of {self.path.parent} is full ({free / 1e6:.0f} MB free): {way_out}")
        return "\n".join(lines)

    def _tail(self) -> list[str]:
        if self._read_from is None:
            return []
        try:
            with self.path.open(errors="replace") as file:
                file.seek(self._read_from)
                return file.read().splitlines()[-5:]
        except OSError:
            return []


def _existing(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())
