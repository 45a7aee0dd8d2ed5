"""Locks between processes that the kernel frees when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LOOK_EVERY_S: Final = 0.05


class FileLock:
    """A lock on a file, made where it is missing. Only read access is needed, so another user's file serves too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shared: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object shares the lock."""
        return self._shared is not None

    @contextmanager
    def exclusive(self, *, patience_s: float | None = None) -> Iterator[int]:
        """The lock for one holder, as its file descriptor; waits for ever, or raises TimeoutError.

        A process that inherits the descriptor goes on holding the lock.
        """
        descriptor = self._open()
        try:
            _wait(descriptor, patience_s)
            yield descriptor
        finally:
            os.close(descriptor)

    def share(self) -> None:
        """Holds the lock together with others until `release`."""
        if self._shared is None:
            self._shared = self._open()
            fcntl.flock(self._shared, fcntl.LOCK_SH)

    def is_ours_alone(self) -> bool:
        """Whether nobody else shares the lock; keeps newcomers out if so."""
        return self._shared is not None and _try(self._shared)

    def release(self) -> None:
        """Ends `share`."""
        if self._shared is not None:
            os.close(self._shared)
            self._shared = None

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _wait(descriptor: int, patience_s: float | None) -> None:
    if patience_s is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    deadline = time.monotonic() + patience_s
    while not _try(descriptor):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_LOOK_EVERY_S)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
