"""The plant's clock: where its hours and days begin, as instants in UTC; the same cuts as date_trunc(unit, ts, tz)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  wall time of the plant, whatever its zone
_YEARS: Final = range(1970, 2101)  # the years a window may lie in


@dataclass(frozen=True)
class PlantClock:
    """Wall time of one IANA zone."""

    tz: str

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone's rules."""
        return ZoneInfo(self.tz)

    @cached_property
    def has_whole_hours(self) -> bool:
        """False where the clock was ever put forward by part of an hour: such an hour's bucket is no hour of time."""
        noons = (datetime(year, month, 1, 12, tzinfo=self.zone) for year in _YEARS for month in (1, 4, 7, 10))
        return len({(noon.utcoffset() or DAY) % HOUR for noon in noons}) == 1

    def floor(self, moment: datetime, step: timedelta) -> datetime:
        """The last multiple of `step` (at most an hour) on the wall clock that is not after `moment`."""
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return moment - (wall - _EPOCH) % step

    def day(self, moment: datetime) -> date:
        """The plant's date at that moment."""
        return moment.astimezone(self.zone).date()

    def at(self, day: date, hour: int = 0) -> datetime:
        """The first moment of that hour of the day, in UTC; of a skipped midnight, when the clock was put forward."""
        return datetime.combine(day, time(hour), tzinfo=self.zone).astimezone(UTC)

    def hours_inside(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The span of the whole hours inside [start, end); reversed or empty when there is none."""
        first = self.floor(start, HOUR)
        return (first if first == start else first + HOUR), self.floor(end, HOUR)

    def days_inside(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The span of the whole days inside [start, end); reversed or empty when there is none."""
        day = self.day(start)
        first = self.at(day)
        return (first if first == start else self.at(day + DAY)), self.at(self.day(end))
