"""A plant's past at any size, from one command: the disk checked before, progress on the way, its size at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from math import ceil
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.errors import InvalidInput, SetupError
from cc_common.simulator.history import fill_history, first_minute, history_missing
from cc_common.simulator.progress import Progress
from cc_common.simulator.size import Size, size

BYTES_A_ROW: Final = 105  # with its index and its share of the roll-ups: docs/store.md
LOG_BYTES: Final = 2_300_000_000  # the write-ahead log's most, by max_wal_size and what is written during a checkpoint
DAYS_A_YEAR: Final = 365.25


def build(
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
    fill_history(database, catalog, days=days, seed=seed, until=until, progress=Progress(database))
    return size(database, catalog)


def days_of_years(years: int) -> int:
    """Whole days, leap days included: 3 years are 1,096 days."""
    return ceil(years * DAYS_A_YEAR)


def last_midnight(now: datetime, tz: str) -> datetime:
    """When the plant's day began: a build that is run again on the same day means the same minutes."""
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
