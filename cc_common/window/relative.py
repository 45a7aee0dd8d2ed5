"""Windows relative to now: "last 24 hours", "next 3 days", "2 hours ago", and a bare "30 min"."""

from __future__ import annotations

import re
from typing import Final

from cc_common.window.durations import LENGTH, QUARTER_HOURS, Length, read_length
from cc_common.window.model import Window
from cc_common.window.plant_time import PlantTime
from cc_common.window.points import GAP, MAYBE

_IN: Final = rf"(?:\b(?:in|over|during|for|within|of|across){GAP})?(?:\bthe{GAP})?"
_BACK: Final = rf"(?:most{GAP}recent|last|past|previous|preceding|prior|trailing|recent)"
_ON: Final = r"(?:next|coming|upcoming|following)"
_SHORT: Final = rf"\d{{1,9}}{MAYBE}[hdwmy]\b"

# "last week" and "last month" are whole calendar units and not here; "past week" is the last seven days.
PAST: Final = re.compile(
    rf"{_IN}\b(?:{_BACK}{GAP}(?P<length>{LENGTH}|{QUARTER_HOURS}|{_SHORT}|(?:minute|hour|fortnight)\b(?:{GAP}and{GAP}a{GAP}half\b)?)"
    rf"|(?:past|trailing){GAP}(?P<unit>(?:day|week|month|quarter|year)\b)|last{GAP}(?P<last>(?:day|year)\b))",
    re.I | re.A,
)
COMING: Final = re.compile(
    rf"{_IN}\b{_ON}{GAP}(?P<length>{LENGTH}|{QUARTER_HOURS}|{_SHORT}|(?:minute|hour|day|year|fortnight)\b)"
    rf"|\b(?P<after>{LENGTH}){GAP}(?:ahead|forward|from{GAP}now|into{GAP}the{GAP}future)\b",
    re.I | re.A,
)
AGO: Final = re.compile(rf"\b(?P<length>{LENGTH}|{_SHORT}){GAP}(?:ago|back|earlier)\b", re.I | re.A)
BARE: Final = re.compile(
    rf"\b(?:over|for|in|within|during|across){GAP}(?:the{GAP})?(?P<length>{LENGTH})"
    rf"|\b(?P<given>(?!an?\b){LENGTH}|a{GAP}fortnight\b)",
    re.I | re.A,
)


def past(found: re.Match[str], plant: PlantTime) -> Window | None:
    """That long, up to now."""
    length = _length(found)
    return length.window(plant, ahead=False) if length else None


def coming(found: re.Match[str], plant: PlantTime) -> Window | None:
    """That long, from now on."""
    length = _length(found)
    return length.window(plant, ahead=True) if length else None


def bare(found: re.Match[str], plant: PlantTime) -> Window | None:
    """A length without a direction: up to now, unless the text speaks of the future."""
    length = _length(found)
    return length.window(plant, ahead=plant.ahead) if length else None


def ago(found: re.Match[str], plant: PlantTime) -> Window | None:
    """The minute some hours ago, or the whole day some days ago."""
    length = _length(found)
    if length is None:
        return None
    moment = length.shifted(plant, -1)
    if length.months or length.minutes % 1440 == 0:
        day = moment.astimezone(plant.zone).date()
        return plant.days(day, day)
    return plant.minute(moment)


def _length(found: re.Match[str]) -> Length | None:
    text = next(text for text in found.groupdict().values() if text)
    return read_length(text)
