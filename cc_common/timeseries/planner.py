"""Splits a window so that few rows answer it: whole plant days from the daily roll-up, whole hours left from the hourly
one, the edges from the readings themselves. The stretches follow each other without gap or overlap, so sums stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cc_common.errors import InvalidInput
from cc_common.timeseries.clock import PlantClock
from cc_common.window import Window, iso

Source = Literal["raw", "hourly", "daily"]
Sources = tuple[Source, ...]

FROM_DAYS: Final[Sources] = ("daily", "hourly", "raw")
FROM_HOURS: Final[Sources] = ("hourly", "raw")
FROM_ROWS: Final[Sources] = ("raw",)
_EARLIEST, _LATEST = 1970, 2100


@dataclass(frozen=True)
class Stretch:
    """Half-open [start, end) in UTC, read from one source."""

    source: Source
    start: datetime
    end: datetime


def check_years(window: Window) -> None:
    """InvalidInput for a window outside the years that any plant has readings of."""
    if window.start.year < _EARLIEST or window.end.year >= _LATEST:
        asked = f"[{iso(window.start)}, {iso(window.end)})"
        raise InvalidInput(f"A window lies between the years {_EARLIEST} and {_LATEST}, not {asked}.")


def split(clock: PlantClock, window: Window, sources: Sources = FROM_DAYS) -> tuple[Stretch, ...]:
    """The stretches of a window in order of time, at most five; `sources` from the coarsest allowed down to "raw"."""
    check_years(window)
    usable = sources if clock.has_whole_hours else tuple(s for s in sources if s != "hourly")
    return tuple(_split(clock, window.start, window.end, usable))


def _split(clock: PlantClock, start: datetime, end: datetime, sources: Sources) -> list[Stretch]:
    source, finer = sources[0], sources[1:]
    if start >= end:
        return []
    if source == "raw":
        return [Stretch("raw", start, end)]
    first, last = clock.days_inside(start, end) if source == "daily" else clock.hours_inside(start, end)
    if first >= last:
        return _split(clock, start, end, finer)
    return [*_split(clock, start, first, finer), Stretch(source, first, last), *_split(clock, last, end, finer)]
