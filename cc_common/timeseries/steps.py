"""The steps of a curve: their names, the one that suits a window, and where a window's buckets begin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from cc_common.errors import InvalidInput
from cc_common.timeseries.clock import DAY, HOUR, PlantClock
from cc_common.timeseries.planner import FROM_DAYS, FROM_HOURS, FROM_ROWS, Sources, check_years
from cc_common.window import Window

MOST_POINTS: Final = 5000
SUITABLE_POINTS: Final = 370  # a year by day
QUARTER: Final = timedelta(minutes=15)  # zones' offsets are multiples of it, so quarters nest in all longer buckets


@dataclass(frozen=True)
class Step:
    """A bucket's width (nominal for days and more) and the coarsest source whose buckets nest in it."""

    name: str
    width: timedelta
    sources: Sources
    chosen: bool = True  # may be picked when the caller names none

    @property
    def grain(self) -> timedelta:
        """The width in which readings are gathered before they are folded into buckets."""
        return min(self.width, QUARTER)


_ALL: Final = (
    Step("PT1M", timedelta(minutes=1), FROM_ROWS),
    Step("PT5M", timedelta(minutes=5), FROM_ROWS),
    Step("PT15M", QUARTER, FROM_ROWS),
    Step("PT30M", 2 * QUARTER, FROM_ROWS, chosen=False),
    Step("PT1H", HOUR, FROM_HOURS),
    Step("PT6H", 6 * HOUR, FROM_HOURS),
    Step("P1D", DAY, FROM_DAYS),
    Step("P7D", 7 * DAY, FROM_DAYS),
    Step("P1M", 30 * DAY, FROM_DAYS),
)
STEPS: Final = tuple(step.name for step in _ALL)


def step_for(clock: PlantClock, window: Window, name: str | None) -> Step:
    """The step of that name, or the finest that suits the window; InvalidInput when it gives more than 5,000 points."""
    check_years(window)
    if name is None:
        return next((s for s in _ALL if s.chosen and _points(clock, window, s) <= SUITABLE_POINTS), _ALL[-1])
    step = next((s for s in _ALL if s.name == name), None)
    if step is None:
        raise InvalidInput(f"There is no step {name!r}; there are {', '.join(STEPS)}.")
    if _points(clock, window, step) > MOST_POINTS:
        fits = next((s.name for s in _ALL if _points(clock, window, s) <= MOST_POINTS), STEPS[-1])
        raise InvalidInput(f"A step of {name} gives more than {MOST_POINTS:,} points here; {fits} fits.")
    return step


def buckets(clock: PlantClock, window: Window, step: Step) -> Sequence[datetime]:
    """Where each bucket begins, in UTC, and last the moment the last one ends. Weeks begin on Mondays."""
    if step.width > HOUR:
        begins = _calendar(clock, step.name, clock.day(window.start), clock.day(window.end))
        return begins[bisect_right(begins, window.start) - 1 : bisect_left(begins, window.end) + 1]
    first = clock.floor(window.start, step.width)
    return [first + step.width * i for i in range(-((first - window.end) // step.width) + 1)]


@lru_cache(maxsize=64)
def _calendar(clock: PlantClock, name: str, first: date, last: date) -> Sequence[datetime]:
    """Beginnings from the bucket that holds the day `first` to the one after the day `last`."""
    match name:
        case "P1M":
            months = range(12 * first.year + first.month - 1, 12 * last.year + last.month + 1)
            return [clock.at(date(month // 12, month % 12 + 1, 1)) for month in months]
        case "P7D":
            monday = first - DAY * first.weekday()
            return [clock.at(monday + DAY * i) for i in range(0, (last - monday).days + 8, 7)]
        case _:
            hours = (0, 6, 12, 18) if name == "PT6H" else (0,)
            days = (first + DAY * i for i in range((last - first).days + 2))
            return [clock.at(day, hour) for day in days for hour in hours]


def _points(clock: PlantClock, window: Window, step: Step) -> int:
    """How many buckets the window touches; of days and longer ones, at most."""
    if step.width > HOUR:
        return (window.end - window.start) // step.width + 2
    return -((clock.floor(window.start, step.width) - window.end) // step.width)
