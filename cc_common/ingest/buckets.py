"""The plant's hours and days as PostgreSQL's date_trunc(field, ts, zone) cuts them, for whole arrays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from cc_common.ingest.rows import DAY_US, HOUR_US

# Zones change their offset on the quarter hour at the finest.
_QUARTER_US: Final = HOUR_US // 4
_EPOCH: Final = date(1970, 1, 1).toordinal()

Micros = npt.NDArray[np.int64]


def clock_micros(ts: Micros, tz: str) -> Micros:
    """The plant's clock at each moment, as if it were UTC; `ts` sorted microseconds since 1970, UTC."""
    return ts + _offsets(ts, tz)


def hour_starts(ts: Micros, tz: str) -> Micros:
    """The start of each moment's plant hour."""
    return ts - clock_micros(ts, tz) % HOUR_US


def day_starts(ts: Micros, tz: str) -> Micros:
    """The start of each moment's plant day."""
    days = clock_micros(ts, tz) // DAY_US
    first = int(days[0])
    return _midnights(first, int(days[-1]) + 1, tz)[days - first]


def _offsets(ts: Micros, tz: str) -> Micros:
    """What to add to UTC for the plant's clock."""
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
    """Of a midnight that comes twice PostgreSQL means the later; of one skipped, the moment it would have been."""
    midnight = datetime.combine(date.fromordinal(_EPOCH + day), time(0), ZoneInfo(tz))
    return min(_micros(midnight), _micros(midnight.replace(fold=1)))


def _micros(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta(0)) // timedelta(microseconds=1)
