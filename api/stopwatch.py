"""Times the parts of one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Milliseconds of each part, and in all since it was made."""

    def __init__(self) -> None:
        self._started = perf_counter()
        self._parts: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Times what runs inside; what runs under one name is added up."""
        started = perf_counter()
        yield
        self._parts[name] = self._parts.get(name, 0.0) + _since(started)

    def read(self) -> dict[str, float]:
        """The parts so far and `total`, in milliseconds."""
        return {**self._parts, "total": _since(self._started)}


def _since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)
