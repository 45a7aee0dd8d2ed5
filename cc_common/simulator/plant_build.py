"""Builds a simulated past of any size: checks the disk before, shows progress, reports the size at the end."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time
from math import ceil
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.catalog.equipment import EquipmentType, rollup_table
from cc_common.catalog.store import GRAINS, Catalog
from cc_common.core.errors import InvalidInput, SetupError
from cc_common.db import Connection, Database, compose, queries
from cc_common.simulator.history import fill_history, first_minute, history_missing


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes on disk of a plant's readings."""

    rows: int
    heap: int
    indexes: int
    rollups: int  # with their indexes

    @property
    def total(self) -> int:
        """All of it."""
        return self.heap + self.indexes + self.rollups

    def __str__(self) -> str:
        parts = {"heap": self.heap, "indexes": self.indexes, "roll-ups": self.rollups, "in all": self.total}
        told = ", ".join(f"{name} {size / 1e9:.2f} GB" for name, size in parts.items())
        return f"{self.rows:,} rows: {told}; {self.total / max(self.rows, 1):.1f} bytes a row"


def disk_size(database: Database, catalog: Catalog) -> Size:
    """The bytes on disk of the plant's readings."""
    sql = queries("simulator")
    rollups = [rollup_table(kind.name, grain) for kind in catalog.types for grain in GRAINS]
    with database.connection() as connection:
        own = connection.execute(sql["sizes"], {"tables": [e.id for e in catalog.equipment]}).fetchone()
        rolled = connection.execute(sql["sizes"], {"tables": rollups}).fetchone()
        rows = sum(_rows_of(connection, kind) for kind in catalog.types)
    if own is None or rolled is None:
        raise SetupError("The database tells no sizes.")
    return Size(rows=rows, heap=own.heap, indexes=own.indexes, rollups=rolled.heap + rolled.indexes)


def _rows_of(connection: Connection, kind: EquipmentType) -> int:
    query = compose(queries("simulator")["rows_of_type"], daily=rollup_table(kind.name, "daily"))
    found = connection.execute(query).fetchone()
    return int(found.rows) if found else 0


_TTY_EVERY_S: Final = 2.0
_PLAIN_EVERY_S: Final = 10.0


class BuildProgress:
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
        line = f"{progress_text(done, total, now - self._began)}, {self._bytes() / 1e9:.1f} GB"
        ends = "\n" if done >= total or not self._tty else ""
        sys.stdout.write(f"\r\x1b[K{line}{ends}" if self._tty else f"{line}{ends}")
        sys.stdout.flush()

    def _bytes(self) -> int:
        with self._database.connection() as connection:
            row = connection.execute(queries("simulator")["database_bytes"]).fetchone()
        return int(row.bytes) if row else 0


def progress_text(done: int, total: int, elapsed_s: float) -> str:
    """Such as "1,000 of 4,000 rows (25.0%), 500 a second, 0:00:06 left"."""
    rate = done / max(elapsed_s, 1e-9)
    left = timedelta(seconds=round((total - done) / rate)) if done else "?"
    return f"{done:,} of {total:,} rows ({done / total:.1%}), {rate:,.0f} a second, {left} left"


BYTES_A_ROW: Final = 105  # with its index and its share of the roll-ups: docs/measurements/store.md
LOG_BYTES: Final = 2_300_000_000  # the write-ahead log's most, by max_wal_size and what is written during a checkpoint
DAYS_A_YEAR: Final = 365.25


def build_history(
    database: Database,
    catalog: Catalog,
    *,
    days: int,
    seed: int,
    until: datetime,
    folder: Path | None,
    say: Callable[[str], None],
) -> Size:
    """Write what is missing of `days` days before `until`, saying how far it is. Killed and run again, it goes on.

    `folder`: where the readings lie, when that is on this machine. SetupError when its disk is too small.
    """
    _check_days(days, until)
    missing = history_missing(database, catalog, days=days, until=until)
    if folder is not None:
        check_room(folder, missing)
    wanted = days * 24 * 60 * len(catalog.equipment)
    say(f"{days} days up to {until:%Y-%m-%d %H:%M %Z}: {wanted:,} rows, {missing:,} of them to write")
    fill_history(database, catalog, days=days, seed=seed, until=until, progress=BuildProgress(database))
    return disk_size(database, catalog)


def days_of_years(years: int) -> int:
    """Whole days, leap days included: 3 years are 1,096 days."""
    return ceil(years * DAYS_A_YEAR)


def last_midnight(now: datetime, tz: str) -> datetime:
    """The plant's last midnight, so that a build repeated on the same day writes the same minutes."""
    zone = ZoneInfo(tz)
    return datetime.combine(now.astimezone(zone).date(), clock_time(0), zone)


def bytes_needed(rows: int) -> int:
    """What so many rows take on disk until they are written, the write-ahead log included."""
    return rows * BYTES_A_ROW + min(rows * BYTES_A_ROW, LOG_BYTES)


def check_room(folder: Path, rows: int) -> None:
    """SetupError unless the folder's disk has room for so many rows more."""
    needed, free = bytes_needed(rows), shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"{rows:,} rows need {needed:,} bytes ({needed / 1e9:.1f} GB), and the disk of {folder} has {free:,} "
            f"({free / 1e9:.1f} GB) free.\n"
            "Free some space, ask for fewer years, or set CC_DATA_DIR to a folder elsewhere."
        )


def _check_days(days: int, until: datetime) -> None:
    if first_minute(days, until) + timedelta(days=days) > until:
        most = (until - first_minute(days, until)).days
        raise InvalidInput(f"The plant was commissioned {most:,} days before {until:%Y-%m-%d}; {days:,} are not there.")
