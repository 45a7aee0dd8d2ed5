"""Times reads and prints them with their aim, the concurrent time of SELECT 1, and their peer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from cc_common.db import Connection

Read = Callable[[], Any]
WARM_UP: Final = 15  # the driver prepares a statement at its fifth run, PostgreSQL caches its plan five runs later
MAX_S: Final = 3.0
FLOOR_RUNS: Final = 40


def times(read: Read, count: int) -> list[float]:
    """Milliseconds of each run, after warm-up; fewer than `count` where they take too long."""
    started = time.perf_counter()
    for _ in range(WARM_UP):
        read()
        if time.perf_counter() - started > MAX_S:
            break
    found: list[float] = []
    started = time.perf_counter()
    while len(found) < count and (len(found) < 2 or time.perf_counter() - started < MAX_S):
        before = time.perf_counter()
        read()
        found.append((time.perf_counter() - before) * 1000)
    return found


class Table:
    """Prints rows under a header. `held`: the connection for SELECT 1, the floor of each row."""

    def __init__(self, held: Connection) -> None:
        self._held = held
        print(f"{'milliseconds':44}{'p50':>9}{'p95':>9}{'aim p50':>9}{'SELECT 1':>10}{'DuckDB p50':>12}")

    def row(self, name: str, aim: float | None, found: list[float], peers: list[float] | None = None) -> None:
        """Prints one figure; SELECT 1 is timed with it, as other load affects both."""
        floor = times(lambda: self._held.execute("SELECT 1").fetchall(), FLOOR_RUNS)
        p95 = statistics.quantiles(found, n=20)[-1]
        theirs = f"{statistics.median(peers):12.3f}" if peers else ""
        numbers = f"{statistics.median(found):9.3f}{p95:9.3f}{aim or '':>9}{statistics.median(floor):10.3f}"
        print(f"{name:44}{numbers}{theirs}")
