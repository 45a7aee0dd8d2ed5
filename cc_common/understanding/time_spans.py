"""Windows between two moments: "between 2 and 5 pm", "from 1 to 5 November", "until 6 am"."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from cc_common.core.windows import DAY, MIDNIGHT, PlantTime, Window
from cc_common.understanding.moments import (
    DATE,
    DAY_NUMBER,
    GAP,
    MAYBE,
    MONTH,
    POINT,
    YEAR,
    TimePoint,
    day_of,
    read_clock,
    read_day,
    read_point,
)

_TO: Final = rf"(?:{GAP}(?:to|until|till|through|thru|up{GAP}to){GAP}|{MAYBE}[-\u2013\u2014]{MAYBE})"
_AND: Final = rf"(?:{GAP}and{GAP}|{_TO})"
_LEAD: Final = rf"(?:(?P<lead>\b{DATE})(?:'s)?,?{GAP})?"
_HOUR: Final = r"(?:2[0-3]|1\d|0?\d)(?:[:.][0-5]\d)?"
_HALF: Final = r"[ap]\.?\s?m\b\.?"
_TRAIL: Final = rf"(?:,?{GAP}(?:on{GAP})?(?P<trail>{DATE}))?"

BETWEEN: Final = re.compile(
    rf"{_LEAD}(?:\bbetween{GAP}(?P<first>{POINT}){_AND}|(?:\bfrom{GAP})?(?P<from>{POINT}){_TO})"
    rf"(?P<second>{POINT}|\b(?:right{GAP})?now\b)",
    re.I | re.A,
)
# The am or pm of the second time applies to both: "2 to 5 pm".
HOURS: Final = re.compile(
    rf"{_LEAD}(?:\bbetween{GAP}(?P<first>{_HOUR}){_AND}|(?:\bfrom{GAP}|(?<![\w.-]))(?P<from>{_HOUR}){_TO})"
    rf"(?P<second>{_HOUR}{MAYBE}{_HALF}){_TRAIL}",
    re.I | re.A,
)
# Hours without am or pm are clock times only beside a day.
HOURS_OF_DAY: Final = re.compile(
    rf"\b(?:between|from){GAP}(?P<first>{_HOUR})(?:{GAP}(?:and|to){GAP})(?P<second>{_HOUR}){GAP}(?:on{GAP})?(?P<trail>{DATE})",
    re.I | re.A,
)
DAYS_OF_MONTH: Final = re.compile(
    rf"\b(?:between{GAP}|from{GAP})?(?:(?P<first>{DAY_NUMBER}){_AND}(?P<last>{DAY_NUMBER}){GAP}(?:of{GAP})?(?P<month>{MONTH})"
    rf"|(?P<month2>{MONTH}){GAP}(?P<first2>{DAY_NUMBER}){_AND}(?P<last2>{DAY_NUMBER})\b(?!:|{MAYBE}[ap]m))"
    rf"(?:,?{GAP}(?P<year>{YEAR}))?",
    re.I | re.A,
)
SIDE: Final = re.compile(rf"(?<!day )\b(?P<side>after|before|until|till|up{GAP}to){GAP}(?P<point>{POINT})", re.I | re.A)


def span_between(found: re.Match[str], plant: PlantTime) -> Window | None:
    """From one point in time to another; an end day is included in full."""
    first = read_point(found["first"] or found["from"], plant)
    if first is None:
        return None
    lead = read_day(found["lead"], plant) if found["lead"] else None
    if found["second"].lower().endswith("now"):
        start = _moment(first, first.day or lead or plant.today, plant)
        return Window(start=start, end=plant.now) if start < plant.now else None
    second = read_point(found["second"], plant, not_before=first.day or lead)
    return _between(first, second, lead, plant) if second else None


def _between(first: TimePoint, second: TimePoint, lead: date | None, plant: PlantTime) -> Window | None:
    start_day = first.day or lead or second.day or plant.today
    end_day = second.day or first.day or lead or plant.today
    start, end = _moment(first, start_day, plant), _moment(second, end_day, plant, as_end=True)
    if end > start:
        return Window(start=start, end=end)
    if second.clock is None or first.moment or second.moment:
        return Window(start=end, end=start) if start > end else None
    return _over_midnight(first, second, (start_day, end_day), dated=bool(first.day or lead), plant=plant)


def _over_midnight(
    first: TimePoint, second: TimePoint, days: tuple[date, date], *, dated: bool, plant: PlantTime
) -> Window | None:
    """ "10 pm to 6 am" ends on the next day; without a day it is the latest such night; "... today" is its end."""
    start_day, end_day = days
    if second.day or (not dated and not plant.ahead and _moment(first, start_day, plant) >= plant.now):
        start_day -= DAY
    else:
        end_day += DAY
    start, end = _moment(first, start_day, plant), _moment(second, end_day, plant)
    return Window(start=start, end=end) if end > start else None


def _moment(point: TimePoint, day: date, plant: PlantTime, *, as_end: bool = False) -> datetime:
    if point.moment:
        return point.moment
    if point.clock is None:
        return plant.to_utc(day + DAY if as_end else day)
    return plant.to_utc(day, point.clock)


def hours(found: re.Match[str], plant: PlantTime) -> Window | None:
    """ "2 to 5 pm": the same half of the day, or the other one when the end would precede the start ("11 to 2 pm")."""
    second = found["second"].lower()
    half = re.sub(r"[^apm]", "", second)[-2:]
    first = found["first"] or found["from"]
    hour, last = int(re.split(r"[:.]", first)[0]), int(re.match(r"\d+", second)[0])  # type: ignore[index]  # by the pattern
    if hour > 12 or last > 12:
        return None
    if hour % 12 > last % 12:
        half = "am" if half == "pm" else "pm"
    return _clocks(f"{first} {half}", second, found, plant)


def hours_of_day(found: re.Match[str], plant: PlantTime) -> Window | None:
    """ "between 10 and 12 yesterday"."""
    clocks = (text if re.search(r"[:.]", text) else f"{text}:00" for text in (found["first"], found["second"]))
    first, second = (clock.replace(".", ":") for clock in clocks)
    return _clocks(first, second, found, plant)


def _clocks(first: str, second: str, found: re.Match[str], plant: PlantTime) -> Window | None:
    start, end = read_clock(first), read_clock(second)
    groups = found.groupdict()
    text = groups.get("lead") or groups.get("trail")
    day = read_day(text, plant) if text else None
    if start is None or end is None or (text and day is None):
        return None
    return _between(TimePoint(clock=start), TimePoint(clock=end), day, plant)


def days_of_month(found: re.Match[str], plant: PlantTime) -> Window | None:
    """ "1 to 5 November", both days included."""
    month, year = found["month"] or found["month2"], found["year"] or ""
    numbers = [re.sub(r"\D", "", found[a] or found[b]) for a, b in (("first", "first2"), ("last", "last2"))]
    first = read_day(f"{numbers[0]} {month} {year}", plant)
    last = day_of(first.year, first.month, int(numbers[1])) if first else None
    return plant.days(min(first, last), max(first, last)) if first and last else None


def open_ended_span(found: re.Match[str], plant: PlantTime) -> Window | None:
    """ "after 6 pm": until now or the day's end; "until 6 am": the day up to then. A day alone has no other end."""
    point = read_point(found["point"], plant)
    if point is None or (point.clock is None and point.moment is None):
        return None
    day = point.day or plant.today
    moment = _moment(point, day, plant)
    if found["side"].lower() == "after":
        end = plant.to_utc(moment.astimezone(plant.zone).date() + DAY)
        return Window(start=moment, end=min(end, plant.now) if moment < plant.now else end)
    start = plant.to_utc(moment.astimezone(plant.zone).date(), MIDNIGHT)
    return Window(start=start, end=moment) if start < moment else None
