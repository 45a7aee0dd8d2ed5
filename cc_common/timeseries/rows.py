"""Rows to write: checks, one row a minute; their plant hours and days; PostgreSQL's binary COPY format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from cc_common.core.errors import InvalidInput

MINUTE: Final = timedelta(minutes=1)
MINUTE_US: Final = 60_000_000
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US


@dataclass(frozen=True)
class Rows:
    """`ts`: int64 microseconds since 1970 UTC, whole minutes; `values`: float32 (n, metrics), NaN for null."""

    ts: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ts)


def sort_rows(rows: Rows, metrics: int) -> Rows:
    """Sorts rows by time; the last of several for one minute wins. InvalidInput for rows that no table accepts."""
    if rows.values.shape != (len(rows), metrics):
        raise InvalidInput(f"{len(rows)} rows of {metrics} metrics were expected, not {rows.values.shape}.")
    if np.isinf(rows.values).any():
        raise InvalidInput("A reading is infinite.")
    if (rows.ts % MINUTE_US).any():
        raise InvalidInput("A reading is not on a whole minute.")
    if len(rows) < 2 or (rows.ts[1:] > rows.ts[:-1]).all():
        return rows
    order = np.argsort(rows.ts, kind="stable")
    ts = rows.ts[order]
    newest = order[np.append(ts[1:] != ts[:-1], True)]
    return Rows(rows.ts[newest], rows.values[newest])


# UTC offsets of time zones change on a quarter hour at the finest.
_QUARTER_US: Final = HOUR_US // 4
_EPOCH: Final = date(1970, 1, 1).toordinal()

Micros = npt.NDArray[np.int64]


def clock_micros(ts: Micros, tz: str) -> Micros:
    """Converts times to the plant's local time; sorted int64 microseconds since 1970, UTC in, local out."""
    return ts + _offsets(ts, tz)


def hour_starts(ts: Micros, tz: str) -> Micros:
    """The start of each time's plant hour."""
    return ts - clock_micros(ts, tz) % HOUR_US


def day_starts(ts: Micros, tz: str) -> Micros:
    """The start of each time's plant day."""
    days = clock_micros(ts, tz) // DAY_US
    first = int(days[0])
    return _midnights(first, int(days[-1]) + 1, tz)[days - first]


def _offsets(ts: Micros, tz: str) -> Micros:
    """The UTC offset of the plant's local time, for each time."""
    quarters = ts // _QUARTER_US
    first = int(quarters[0])
    return _offset_table(first, int(quarters[-1]) + 1, tz)[quarters - first]


@lru_cache(maxsize=16)
def _offset_table(first: int, end: int, tz: str) -> Micros:
    zone = ZoneInfo(tz)
    moments = (datetime.fromtimestamp(quarter * 900, zone) for quarter in range(first, end))
    return np.array([_micros(moment) for moment in moments], np.int64)


@lru_cache(maxsize=16)
def _midnights(first: int, end: int, tz: str) -> Micros:
    return np.array([day * DAY_US - _midnight_offset(day, tz) for day in range(first, end)], np.int64)


def _midnight_offset(day: int, tz: str) -> int:
    """The offset of a midnight like PostgreSQL's: the later of an ambiguous one, the shifted time of a skipped one."""
    midnight = datetime.combine(date.fromordinal(_EPOCH + day), time(0), ZoneInfo(tz))
    return min(_micros(midnight), _micros(midnight.replace(fold=1)))


def _micros(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta(0)) // timedelta(microseconds=1)


# PostgreSQL's timestamps count from 2000, these from 1970.
EPOCH_2000_US: Final = 946_684_800_000_000
_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"


def copy_data(columns: Sequence[npt.NDArray[Any]]) -> bytes:
    """Builds a complete COPY stream from equally long columns of one fixed width each; NaN becomes null."""
    rows = np.empty(len(columns[0]), _layout(columns))
    rows["fields"] = len(columns)
    for number, column in enumerate(columns):
        rows[f"size_{number}"] = column.itemsize
        rows[f"value_{number}"] = column
    return b"".join((_HEADER, _drop_nulls(rows, columns), _TRAILER))


def timestamps(ts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Converts microseconds since 1970 to PostgreSQL timestamps."""
    return ts - EPOCH_2000_US


def _layout(columns: Sequence[npt.NDArray[Any]]) -> np.dtype[np.void]:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for number, column in enumerate(columns):
        fields += [(f"size_{number}", ">i4"), (f"value_{number}", column.dtype.newbyteorder(">"))]
    return np.dtype(fields)


def _drop_nulls(rows: npt.NDArray[np.void], columns: Sequence[npt.NDArray[Any]]) -> bytes:
    """Removes the bytes of nulls: a null has the size -1 and no data, so its row is shorter."""
    kept = None
    for number, column in enumerate(columns):
        if column.dtype.kind != "f" or not (null := np.isnan(column)).any():
            continue
        kept = np.ones((len(rows), rows.itemsize), bool) if kept is None else kept
        rows[f"size_{number}"][null] = -1
        start = _offset(rows, f"value_{number}")
        kept[null, start : start + column.itemsize] = False
    return rows.tobytes() if kept is None else rows.view(np.uint8).reshape(kept.shape)[kept].tobytes()


def _offset(rows: npt.NDArray[np.void], name: str) -> int:
    fields = rows.dtype.fields
    return int(fields[name][1]) if fields else 0
