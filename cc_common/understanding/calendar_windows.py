"""Windows of calendar units: "this week", "last month", "yesterday evening", "in November"."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

from cc_common.core.windows import DAY, MINUTE, PlantTime, Window, month_bounds
from cc_common.understanding.moments import DATE, GAP, MONTH, POINT, QUARTER_HOUR, WEEKDAY, YEAR, read_day, read_point

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

THIS: Final = re.compile(
    rf"\b(?:(?:the{GAP})?(?P<which>this|current){GAP}(?P<unit>{QUARTER_HOUR}|hour|day|week|month|quarter|year|weekend)\b(?:'s)?"
    rf"|(?P<to_date>day|week|month|quarter|year)[\s-]to[\s-]date\b|(?P<short>wtd|mtd|ytd)\b"
    rf"|(?:over|during|on|at){GAP}(?:the{GAP})?(?P<weekend>weekend)\b)(?:{GAP}so{GAP}far\b)?",
    re.I | re.A,
)
LAST: Final = re.compile(
    rf"\b(?:the{GAP})?(?P<which>last|previous|preceding|next|coming|following){GAP}"
    rf"(?!{QUARTER_HOUR})(?P<unit>day|week|month|quarter|year|weekend)\b(?:'s)?",
    re.I | re.A,
)
# Parts of the day by the usual shifts of plants; the night shift starts at 22:00.
_PARTS: Final = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (22, 6)}
PART_OF_DAY: Final = re.compile(
    rf"\b(?:(?:on{GAP})?(?P<day>this|last|in{GAP}the|during{GAP}the|over{GAP}the|since|{DATE})(?:'s)?{GAP}(?:the{GAP})?"
    rf"(?:early{GAP}|late{GAP})?(?P<part>morning|afternoon|evening|night)|(?P<alone>tonight|overnight))\b(?:'s)?",
    re.I | re.A,
)
IN_MONTH: Final = re.compile(
    rf"\b(?:(?:in|during|for|of|since|over|throughout|(?P<last>last)){GAP}(?P<month>{MONTH})(?:[\s,]{{1,2}}(?P<year>{YEAR}))?"
    rf"|(?P<month2>{MONTH})[\s,]{{1,2}}(?P<year2>{YEAR})|(?:in|during|for|since){GAP}(?P<year3>{YEAR}))",
    re.I | re.A,
)
ON_THE: Final = re.compile(
    rf"\bon{GAP}the{GAP}(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)\b(?!{GAP}[a-z])", re.I | re.A
)
DAY_OF_WEEK: Final = re.compile(
    rf"\b(?:on{GAP})?(?P<point>{WEEKDAY}(?:'s)?{GAP}(?:of{GAP})?(?:last|this|next){GAP}week)\b", re.I | re.A
)
POINT_ALONE: Final = re.compile(rf"(?:\b(?:at|on|around|about){GAP})?(?P<point>{POINT})(?:'s)?", re.I | re.A)
SINCE_MIDNIGHT: Final = re.compile(rf"\bsince{GAP}midnight\b", re.I | re.A)
REST: Final = re.compile(rf"\b(?:the{GAP})?(?:rest|remainder){GAP}of{GAP}(?:the{GAP}day|today)\b", re.I | re.A)


def current_unit(found: re.Match[str], plant: PlantTime) -> Window | None:
    """The current quarter hour, hour, day, week, month, quarter or year up to now; a weekend in full."""
    short = {"wtd": "week", "mtd": "month", "ytd": "year"}.get((found["short"] or "").lower())
    unit = (found["unit"] or found["to_date"] or found["weekend"] or short or "").lower()
    today = plant.today
    if "hour" in unit:
        minute = 0 if unit == "hour" else plant.now.minute // 15 * 15
        start = plant.now.replace(minute=minute, second=0, microsecond=0)
        return Window(start=start, end=max(plant.now, start + MINUTE))
    match unit:
        case "day":
            return plant.until_now(today, "today")
        case "week":
            return plant.until_now(plant.monday, "this_week")
        case "month":
            return plant.until_now(today.replace(day=1), "this_month")
        case "quarter":
            return plant.until_now(date(today.year, (today.month - 1) // 3 * 3 + 1, 1))
        case "year":
            return plant.until_now(date(today.year, 1, 1))
    saturday = plant.monday - 2 * DAY if today.weekday() < 5 and not plant.ahead else plant.monday + 5 * DAY
    return plant.days(saturday, saturday + DAY)


def adjacent_unit(found: re.Match[str], plant: PlantTime) -> Window | None:
    """The whole calendar unit before or after the current one."""
    before = found["which"].lower() in ("last", "previous", "preceding")
    sign = -1 if before else 1
    match found["unit"].lower():
        case "day":
            return plant.days(plant.today + sign * DAY, plant.today + sign * DAY, "yesterday" if before else "tomorrow")
        case "week":
            monday = plant.monday + 7 * sign * DAY
            return plant.days(monday, monday + 6 * DAY, "last_week" if before else "next_week")
        case "month":
            return plant.days(
                *month_bounds(plant.today.year, plant.today.month + sign), "last_month" if before else None
            )
        case "quarter":
            first = (plant.today.month - 1) // 3 * 3 + 1 + 3 * sign
            return plant.days(month_bounds(plant.today.year, first)[0], month_bounds(plant.today.year, first + 2)[1])
        case "weekend":
            saturday = plant.monday + (5 if not before else -2) * DAY
            return plant.days(saturday, saturday + DAY)
    year = plant.today.year + sign
    return plant.days(date(year, 1, 1), date(year, 12, 31))


def part_of_day(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A morning, afternoon, evening or night; the current one ends now."""
    alone, named = (found["alone"] or "").lower(), (found["day"] or "").lower()
    part = "night" if alone else found["part"].lower()
    day: date | None = plant.today
    if alone == "overnight" or named == "last" or (named in ("over the", "during the", "since") and part == "night"):
        day = plant.today - DAY
    elif named and not re.match(r"(?:this|in|during|over|since)\b", named):
        day = read_day(named, plant)
    if day is None:
        return None
    first, end = _PARTS[part]
    until = plant.to_utc(day if end > first else day + DAY, time(end))
    start = plant.to_utc(day, time(first))
    return Window(start=start, end=min(until, plant.now) if start < plant.now else until)


def in_month(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A whole month or year; without a year, the latest such month that has begun (or the next one)."""
    if found["year3"]:
        year = int(found["year3"])
        return plant.days(date(year, 1, 1), date(year, 12, 31))
    month = _MONTHS.index((found["month"] or found["month2"]).lower()[:3]) + 1
    named, today = found["year"] or found["year2"], plant.today
    if named:
        return plant.days(*month_bounds(int(named), month))
    begun = month <= today.month - (1 if found["last"] else 0)
    year = today.year + (int(month < today.month) if plant.ahead else int(begun) - 1)
    return plant.days(*month_bounds(year, month))


def day_of_month(found: re.Match[str], plant: PlantTime) -> Window | None:
    """ "on the 12th": the latest 12th."""
    for back in range(12):
        first, end = month_bounds(plant.today.year, plant.today.month - back)
        day = first + (int(found["day"]) - 1) * DAY
        if day <= end and day <= plant.today:
            return plant.days(day, day)
    return None


def point_alone(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A whole day, or the minute of a clock time (of today when no day is named)."""
    point = read_point(found["point"], plant)
    if point is None:
        return None
    if point.moment:
        return plant.minute(point.moment)
    day = point.day or plant.today
    if point.clock is not None:
        return plant.minute(plant.to_utc(day, point.clock))
    label = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - plant.today).days)
    spoken = re.match(r"(?:today|yesterday|tomorrow)\b", found["point"], re.I)
    if spoken and label == "today":
        return plant.until_now(day, label)
    return plant.days(day, day, label if spoken else None)


def since_midnight(found: re.Match[str], plant: PlantTime) -> Window:
    """Today from midnight until now."""
    return plant.until_now(plant.today, "today")


def rest_of_day(found: re.Match[str], plant: PlantTime) -> Window:
    """From now until midnight."""
    return Window(start=plant.now, end=plant.to_utc(plant.today + DAY))
