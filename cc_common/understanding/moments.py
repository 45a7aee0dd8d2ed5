"""Moments in words: a day ("12 November", "last Monday"), a clock time ("3 pm", "14:30"), or both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from cc_common.core.windows import DAY, MIDNIGHT, PlantTime
from cc_common.understanding.tokens import TEENS, UNITS

# Gaps are bounded to keep matching linear on texts of blanks.
GAP: Final = r"\s{1,3}"
MAYBE: Final = r"\s{0,3}"
QUARTER_HOUR: Final = rf"quarters?(?:{GAP}of{GAP}an{GAP}hour|[\s-]{{1,3}}hours?)\b"  # not the quarter of a year
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
YEAR: Final = r"(?:19|20|21)\d\d\b"
DAY_NUMBER: Final = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
# "sat" also means supply air temperature, and "sun" the sun: as days they need a preceding word.
WEEKDAY: Final = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thu(?:rs?)?|fri"
    r"|(?:(?<=\bon )|(?<=\bsince ))(?:sat|sun))\b"
)
DATE: Final = (
    rf"(?:(?:the{GAP})?day{GAP}before{GAP}yesterday|(?:the{GAP})?day{GAP}after{GAP}tomorrow|yesterday|tomorrow|today"
    rf"|{YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}}\b|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{YEAR}|\d\d)\b"
    rf"|{DAY_NUMBER}(?:{MAYBE}|-|{GAP}of{GAP}){MONTH}(?:[\s,-]{{1,3}}{YEAR})?"
    rf"|{MONTH}{GAP}{DAY_NUMBER}\b(?!:|{MAYBE}[ap]\.?m\b)(?:,?{GAP}{YEAR})?"
    rf"|(?:(?:last|this|next|past|coming){GAP})?{WEEKDAY}(?:{GAP}(?:of{GAP})?(?:last|this|next){GAP}week\b)?)"
)
_HOURS: Final = UNITS | {word: value for word, value in TEENS.items() if value <= 12}
_HALF: Final = r"[ap]\.?\s?m\b\.?"
CLOCK: Final = (
    rf"(?:noon|midday|midnight|(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:{MAYBE}{_HALF}|{MAYBE}h(?:ou)?rs\b)?"
    rf"|(?:1[0-2]|0?\d)(?:\.[0-5]\d)?{MAYBE}{_HALF}|(?:{'|'.join(_HOURS)}){GAP}(?:{_HALF}|o'?clock)"
    rf"|(?:1[0-2]|0?\d){MAYBE}o'?clock|(?:[01]\d|2[0-3])[0-5]\d{MAYBE}h(?:ou)?rs\b)"
)
STAMP: Final = rf"{YEAR}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{{1,6}})?)?(?:Z\b|[+-]\d\d:?\d\d\b)"
POINT: Final = (
    rf"(?:{STAMP}|\b{DATE}(?:'s)?(?:(?:,?{GAP}(?:at{GAP}|around{GAP})?|T){CLOCK})?"
    rf"|\b{CLOCK}(?:,?{GAP}(?:on{GAP}|of{GAP})?{DATE})?)"
)

_DATE = re.compile(rf"\b{DATE}", re.I | re.A)
_CLOCK = re.compile(CLOCK, re.I | re.A)
_STAMP = re.compile(STAMP, re.I | re.A)
_NUMBERS = re.compile(r"\d+")
_MONTH = re.compile(rf"(?<![a-z]){MONTH}", re.I | re.A)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = {"before": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "after": 2}


@dataclass(frozen=True, kw_only=True)
class TimePoint:
    """A day, a clock time on some day, or both; `moment` when the text includes the time zone."""

    day: date | None = None
    clock: time | None = None
    moment: datetime | None = None


def read_point(text: str, plant: PlantTime, *, not_before: date | None = None) -> TimePoint | None:
    """Parses a text that matches POINT; None for a day or time that does not exist."""
    if _STAMP.match(text):
        return _read_stamp(text)
    dated = _DATE.search(text)
    rest = text[: dated.start()] + " " + text[dated.end() :] if dated else text
    timed = _CLOCK.search(rest)
    day = read_day(dated.group(), plant, not_before=not_before) if dated else None
    clock = read_clock(timed.group()) if timed else None
    impossible = (dated and day is None) or (timed and clock is None)
    return None if impossible else TimePoint(day=day, clock=clock)


def _read_stamp(text: str) -> TimePoint | None:
    try:
        return TimePoint(moment=datetime.fromisoformat(text.upper()))
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """Parses a text that matches CLOCK."""
    words = text.lower()
    if not words[0].isdigit():
        hour = next((value for word, value in _HOURS.items() if words.startswith(word)), 12)
        return MIDNIGHT if words == "midnight" else _clock(hour, 0, words)
    digits = [int(n) for n in _NUMBERS.findall(words)]
    if len(_NUMBERS.findall(words)[0]) == 4:
        digits = list(divmod(digits[0], 100))
    return _clock(digits[0], digits[1] if len(digits) > 1 else 0, words)


def _clock(hour: int, minute: int, words: str) -> time | None:
    half = re.search(r"([ap])\.?\s?m\b", words)
    if half:
        if not 1 <= hour <= 12:
            return time(hour, minute) if hour > 12 and half[1] == "p" else None
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    return time(hour, minute)


def read_day(text: str, plant: PlantTime, *, not_before: date | None = None) -> date | None:
    """Parses a text that matches DATE; without a year or week, the latest such day, or the first from `not_before`."""
    words = text.lower()
    named = next((days for word, days in _NAMED.items() if word in words), None)
    if named is not None:
        return plant.today + named * DAY
    month = _MONTH.search(words)
    numbers = [int(n) for n in _NUMBERS.findall(words)]
    if not numbers:
        return _weekday(words, plant, not_before)
    if month:
        number = _MONTHS.index(month.group()[:3]) + 1
        return _in_month(number, numbers[0], numbers[1:], plant, not_before)
    year, month_number, day = numbers if len(_NUMBERS.findall(words)[0]) == 4 else reversed(numbers)
    return day_of(year if year > 99 else 2000 + year, month_number, day)


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None when the calendar does not have it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _in_month(month: int, day: int, year: list[int], plant: PlantTime, not_before: date | None) -> date | None:
    if year:
        return day_of(year[0], month, day)
    this = plant.today.year
    years = (this - 1, this, this + 1) if not_before is None else (not_before.year, not_before.year + 1)
    days = [d for d in (day_of(y, month, day) for y in years) if d is not None]
    if not_before is not None or plant.ahead:
        return next((d for d in days if d >= (not_before or plant.today)), None)
    return next((d for d in reversed(days) if d <= plant.today), None)


def _weekday(words: str, plant: PlantTime, not_before: date | None) -> date:
    name = next(n for n in _WEEKDAYS if re.search(rf"\b{n}", words))
    wanted = _WEEKDAYS.index(name)
    week = re.search(r"\b(last|this|next)\s+week", words)
    if week:
        return plant.monday + timedelta(days=wanted + {"last": -7, "this": 0, "next": 7}[week[1]])
    if not_before is not None:
        return not_before + (wanted - not_before.weekday()) % 7 * DAY
    if words.startswith("this"):
        return plant.monday + wanted * DAY
    if words.startswith(("next", "coming")) or (plant.ahead and not words.startswith(("last", "past"))):
        return plant.today + ((wanted - plant.today.weekday() - 1) % 7 + 1) * DAY
    return plant.today - ((plant.today.weekday() - wanted - 1) % 7 + 1) * DAY
