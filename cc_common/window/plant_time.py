"""The plant's clock and calendar: whole days, weeks and months in its zone, whatever the clocks do at night."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.window.model import Window

MIDNIGHT: Final = time(0)
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class PlantTime:
    """`now` on the plant's clock; `ahead` when the text speaks of the future, for expressions that do not say."""

    now: datetime
    zone: ZoneInfo
    ahead: bool = False

    @property
    def local(self) -> datetime:
        """Now in the plant's zone."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The plant's date."""
        return self.local.date()

    @property
    def monday(self) -> date:
        """The first day of the plant's week."""
        return self.today - self.today.weekday() * DAY

    def at(self, day: date, clock: time = MIDNIGHT) -> datetime:
        """That moment of the plant's clock, in UTC."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def days(self, first: date, last: date, label: str | None = None) -> Window:
        """Whole days, both included."""
        return Window(start=self.at(first), end=self.at(last + DAY), label=label)

    def until_now(self, first: date, label: str | None = None) -> Window:
        """From the midnight that starts `first` to now; at that very midnight, its first minute."""
        start = self.at(first)
        return Window(start=start, end=max(self.now, start + MINUTE), label=label)

    def minute(self, moment: datetime) -> Window:
        """The one minute a reading of that moment would fall in."""
        return Window(start=moment, end=moment + MINUTE)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and clock `months` later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def month_of(year: int, month: int) -> tuple[date, date]:
    """First and last day; `month` may run below 1 or above 12 into the years around."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
