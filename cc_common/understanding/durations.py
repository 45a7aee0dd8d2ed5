"""Durations in words ("24 hours", "a fortnight") and windows relative to now ("last 24 hours", "2 hours ago")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cc_common.core.windows import PlantTime, Window, add_months
from cc_common.understanding.moments import GAP, MAYBE, QUARTER_HOUR
from cc_common.understanding.tokens import NUMBER_WORDS, number_of

_WORD: Final = rf"(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
NUMBER: Final = rf"(?:\d{{1,40}}(?:\.\d{{1,3}})?|{_WORD}(?:[\s-]{{1,3}}(?:and{GAP})?{_WORD}){{0,4}})"
UNIT: Final = (
    rf"(?:{QUARTER_HOUR}|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|quarters?|years?|yrs?"
    r"|shifts?|seconds?|secs?)\b"
)
_AND: Final = r"[\s-]{1,3}and[\s-]{1,3}"
# Between a whole number and its unit: "two and a half hours", "one and three quarter hours".
_FRACTION: Final = rf"{_AND}(?:(?:a[\s-]{{1,3}})?(?:half|quarter)|three[\s-]{{1,3}}quarters?)"
COUNT: Final = (
    rf"(?:{NUMBER}{_FRACTION}(?=[\s-]{{0,3}}{UNIT})|{NUMBER}"
    rf"|(?:a{GAP})?(?:couple(?:{GAP}of)?|few)|half(?:{GAP}an?)?|an?)"
)
_COMPACT: Final = rf"\d{{1,9}}(?:(?:min|hr|d)\b|{MAYBE}h\b)"
LENGTH: Final = (
    rf"(?:{_COMPACT}|{COUNT}[\s-]{{0,3}}{UNIT}"
    rf"(?:{GAP}and{GAP}a{GAP}half|{GAP}(?:and{GAP})?{NUMBER}{MAYBE}(?:minutes?|mins?)\b)?)"
)

_LENGTH = re.compile(
    rf"(?P<count>{COUNT})?[\s-]{{0,3}}(?P<unit>{UNIT}|h|d|w|m|y)(?P<half>.*\bhalf)?(?:.*?(?P<more>{NUMBER}){MAYBE}min\w*)?",
    re.I | re.A,
)
_MIXED = re.compile(rf"(?P<whole>{NUMBER})(?P<fraction>{_FRACTION})", re.I | re.A)
_VAGUE: Final = {"a": 1.0, "an": 1.0, "half": 0.5, "couple": 2.0, "few": 3.0}
# Unit by its first letters -> minutes, or months.
_MINUTES: Final = {"mi": 1, "h": 60, "d": 1440, "w": 10080, "f": 20160, "m": 1}
_MONTHS: Final = {"mo": 1, "q": 3, "y": 12}
MAX_YEARS: Final = 100  # "the last 9999 years" is the last hundred: more than any plant has kept


@dataclass(frozen=True, kw_only=True)
class Length:
    """A duration in minutes or in calendar months, with the ISO 8601 label in the unit of the question."""

    minutes: int = 0
    months: int = 0
    label: str

    def window(self, plant: PlantTime, *, ahead: bool) -> Window:
        """The window of this length until or from now; days and months keep the local time across clock changes."""
        then = self.shifted(plant, 1 if ahead else -1)
        start, end = (plant.now, then) if ahead else (then, plant.now)
        return Window(start=start, end=end, label=self.label)

    def shifted(self, plant: PlantTime, sign: Literal[-1, 1]) -> datetime:
        """Now, shifted by this length."""
        if self.months:
            return add_months(plant.local, sign * self.months)
        if self.minutes % 1440 == 0:
            return plant.local + sign * timedelta(minutes=self.minutes)
        return plant.now + sign * timedelta(minutes=self.minutes)


def read_length(text: str) -> Length | None:
    """Parses a length such as "2 hours" or "week" (one); None without a length, or for an unsupported unit."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        return None
    count = _count(found["count"])
    if count is None:
        return None
    unit = found["unit"].lower()
    more = number_of(found["more"]) if found["more"] else 0
    return _length(count + (0.5 if found["half"] else 0), unit, more or 0)


def _count(text: str | None) -> float | None:
    if text is None:
        return 1.0
    if mixed := _MIXED.fullmatch(text):
        whole = number_of(mixed["whole"])
        return None if whole is None else whole + _fraction(mixed["fraction"].lower())
    words = text.lower().split()
    vague = [_VAGUE[word] for word in words if word in _VAGUE]
    if vague:
        return vague[-1] if words[0] != "half" else 0.5
    try:
        return float(text)
    except ValueError:
        number = number_of(text)
        return None if number is None else float(number)


def _fraction(words: str) -> float:
    if "half" in words:
        return 0.5
    return 0.75 if "three" in words else 0.25


def _length(count: float, unit: str, more: int) -> Length | None:
    if unit.startswith("q") and "hour" in unit:
        return _length(15 * count, "minutes", more)
    months = next((size for start, size in _MONTHS.items() if unit.startswith(start)), 0)
    if months:
        return _in_months(min(round(count * months), MAX_YEARS * 12), years=unit.startswith("y"))
    size = next((size for start, size in _MINUTES.items() if unit.startswith(start)), 0)
    minutes = min(round(count * size) + more, MAX_YEARS * 365 * 1440)
    if minutes <= 0:
        return None
    return Length(minutes=minutes, label=_label(minutes, size))


def _in_months(months: int, *, years: bool) -> Length | None:
    if months <= 0:
        return None
    whole_years = years and months % 12 == 0
    return Length(months=months, label=f"P{months // 12}Y" if whole_years else f"P{months}M")


def _label(minutes: int, size: int) -> str:
    """Formats an ISO 8601 label in the unit of the question; a fractional count uses the next smaller unit."""
    if size >= 1440 and minutes % 1440 == 0:
        return f"P{minutes // 1440}D"
    if size >= 60 and minutes % 60 == 0:
        return f"PT{minutes // 60}H"
    return f"PT{minutes}M"


_IN: Final = rf"(?:\b(?:in|over|during|for|within|of|across){GAP})?(?:\bthe{GAP})?"
_BACK: Final = rf"(?:most{GAP}recent|last|past|previous|preceding|prior|trailing|recent)"
_ON: Final = r"(?:next|coming|upcoming|following)"
_SHORT: Final = rf"\d{{1,9}}{MAYBE}[hdwmy]\b"

# "last week" and "last month" are calendar units (calendar_windows); "past week" is the last seven days.
PAST: Final = re.compile(
    rf"{_IN}\b(?:{_BACK}{GAP}(?P<length>{LENGTH}|{QUARTER_HOUR}|{_SHORT}|(?:minute|hour|fortnight)\b(?:{GAP}and{GAP}a{GAP}half\b)?)"
    rf"|(?:past|trailing){GAP}(?P<unit>(?:day|week|month|quarter|year)\b)|last{GAP}(?P<last>(?:day|year)\b))",
    re.I | re.A,
)
COMING: Final = re.compile(
    rf"{_IN}\b{_ON}{GAP}(?P<length>{LENGTH}|{QUARTER_HOUR}|{_SHORT}|(?:minute|hour|day|year|fortnight)\b)"
    rf"|\b(?P<after>{LENGTH}){GAP}(?:ahead|forward|from{GAP}now|into{GAP}the{GAP}future)\b",
    re.I | re.A,
)
AGO: Final = re.compile(rf"\b(?P<length>{LENGTH}|{QUARTER_HOUR}|{_SHORT}){GAP}(?:ago|back|earlier)\b", re.I | re.A)
BARE: Final = re.compile(
    rf"\b(?:over|for|in|within|during|across){GAP}(?:the{GAP})?(?P<length>{LENGTH})"
    rf"|\b(?P<given>(?!an?\b){LENGTH}|a{GAP}fortnight\b)",
    re.I | re.A,
)


def read_past(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A window of that length that ends now."""
    length = _length_of(found)
    return length.window(plant, ahead=False) if length else None


def read_coming(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A window of that length that starts now."""
    length = _length_of(found)
    return length.window(plant, ahead=True) if length else None


def read_bare_length(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A length without a direction: a window that ends now, or starts now where the text asks about the future."""
    length = _length_of(found)
    return length.window(plant, ahead=plant.ahead) if length else None


def read_ago(found: re.Match[str], plant: PlantTime) -> Window | None:
    """The minute that many hours ago, or the whole day that many days ago."""
    length = _length_of(found)
    if length is None:
        return None
    moment = length.shifted(plant, -1)
    if length.months or length.minutes % 1440 == 0:
        day = moment.astimezone(plant.zone).date()
        return plant.days(day, day)
    return plant.minute(moment)


def _length_of(found: re.Match[str]) -> Length | None:
    text = next(text for text in found.groupdict().values() if text)
    return read_length(text)
