"""Windows of time, and the plant's clock and calendar: hours, days, weeks and months of its time zone in UTC."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.core.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Window:
    """Half-open [start, end), aware datetimes in UTC; `label` as in the API (PT24H, P7D, today, ...) or None."""

    start: datetime
    end: datetime
    label: str | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput("A window needs times with a time zone.")
        if self.end <= self.start:
            raise InvalidInput(f"The window ends ({iso(self.end)}) before it starts ({iso(self.start)}), or is empty.")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, whole seconds unless there are fractions."""
    if moment.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


MIDNIGHT: Final = time(0)
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class PlantTime:
    """`now` in the plant's time zone; `ahead`: the text refers to the future, for expressions without a direction."""

    now: datetime
    zone: ZoneInfo
    ahead: bool = False

    @property
    def local(self) -> datetime:
        """The local time now in the plant's time zone."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The plant's date today."""
        return self.local.date()

    @property
    def monday(self) -> date:
        """The first day of the plant's week."""
        return self.today - self.today.weekday() * DAY

    def to_utc(self, day: date, clock: time = MIDNIGHT) -> datetime:
        """Converts local time of the plant to UTC."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def days(self, first: date, last: date, label: str | None = None) -> Window:
        """Whole days, both included."""
        return Window(start=self.to_utc(first), end=self.to_utc(last + DAY), label=label)

    def until_now(self, first: date, label: str | None = None) -> Window:
        """From the midnight at the start of `first` until now; when now is that midnight, its first minute."""
        start = self.to_utc(first)
        return Window(start=start, end=max(self.now, start + MINUTE), label=label)

    def minute(self, moment: datetime) -> Window:
        """The minute that contains that time."""
        return Window(start=moment, end=moment + MINUTE)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and clock time `months` later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def month_bounds(year: int, month: int) -> tuple[date, date]:
    """First and last day of a month; a `month` below 1 or above 12 counts into the neighbouring years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


HOUR: Final = timedelta(hours=1)
ONE_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  wall time of the plant, whatever its zone
_YEARS: Final = range(1970, 2101)  # the years allowed in a window


@dataclass(frozen=True)
class PlantClock:
    """Local time of one IANA time zone."""

    tz: str

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.tz)

    @cached_property
    def has_whole_hours(self) -> bool:
        """False where the clock was ever set forward by part of an hour, which shortens an hour's bucket."""
        noons = (datetime(year, month, 1, 12, tzinfo=self.zone) for year in _YEARS for month in (1, 4, 7, 10))
        return len({(noon.utcoffset() or ONE_DAY) % HOUR for noon in noons}) == 1

    def floor(self, moment: datetime, step: timedelta) -> datetime:
        """The last multiple of `step` (at most an hour) of local time that is not after `moment`."""
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return moment - (wall - _EPOCH) % step

    def day(self, moment: datetime) -> date:
        """The plant's date at that time."""
        return moment.astimezone(self.zone).date()

    def to_utc(self, day: date, hour: int = 0) -> datetime:
        """The first instant of that hour of the day, in UTC; for a midnight skipped by a clock change, the change."""
        return datetime.combine(day, time(hour), tzinfo=self.zone).astimezone(UTC)

    def hours_inside(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The range of the whole hours inside [start, end); reversed or empty when there is none."""
        first = self.floor(start, HOUR)
        return (first if first == start else first + HOUR), self.floor(end, HOUR)

    def days_inside(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The range of the whole days inside [start, end); reversed or empty when there is none."""
        day = self.day(start)
        first = self.to_utc(day)
        return (first if first == start else self.to_utc(day + ONE_DAY)), self.to_utc(self.day(end))
