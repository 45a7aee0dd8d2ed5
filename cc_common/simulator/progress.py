"""How far a long build is: rows, rows a second, the time left, the database's size."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Final

from cc_common.db import Database, queries

_TTY_EVERY_S: Final = 2.0
_PLAIN_EVERY_S: Final = 10.0


class Progress:
    """One line, rewritten in a terminal; elsewhere a line now and then."""

    def __init__(self, database: Database) -> None:
        self._database, self._tty = database, sys.stdout.isatty()
        self._began = self._told_at = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` rows are committed."""
        now = time.monotonic()
        if now - self._told_at < (_TTY_EVERY_S if self._tty else _PLAIN_EVERY_S) and done < total:
            return
        self._told_at = now
        line = f"{told(done, total, now - self._began)}, {self._bytes() / 1e9:.1f} GB"
        ends = "\n" if done >= total or not self._tty else ""
        sys.stdout.write(f"\r\x1b[K{line}{ends}" if self._tty else f"{line}{ends}")
        sys.stdout.flush()

    def _bytes(self) -> int:
        with self._database.connection() as connection:
            row = connection.execute(queries("simulator")["database_bytes"]).fetchone()
        return int(row.bytes) if row else 0


def told(done: int, total: int, elapsed_s: float) -> str:
    """Such as "1,000 of 4,000 rows (25.0%), 500 a second, 0:00:06 left"."""
    rate = done / max(elapsed_s, 1e-9)
    left = timedelta(seconds=round((total - done) / rate)) if done else "?"
    return f"{done:,} of {total:,} rows ({done / total:.1%}), {rate:,.0f} a second, {left} left"
