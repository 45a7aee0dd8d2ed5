"""Levels that a metric is to reach, and from which side: "above 80", "down to 4.5 bar", "run out", "its limit"."""

from __future__ import annotations

import re
from typing import Final, Literal

from cc_common.numerals import with_digits

Level = float | Literal["empty", "full", "limit"]
Side = Literal["above", "below"]

_TIME: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?)\b"
_NUMBER: Final = rf"(?P<number>-?\d+(?:\.\d+)?)(?![\w.]*\d)(?!\s*{_TIME})"
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}\b)")
_FIGURE: Final = (
    r"\b(?:reach(?:es|ing)?|hit(?:s|ting)?|touch(?:es)?|cross(?:es|ing)?|exceeds?|pass(?:es)?|above|below|under|over|beyond"
    r"|(?:drops?|falls?|gets?|goes|go|rises?|climbs?|sinks?|down|up|back)\s+to)"
    rf"\s+(?:the\s+|a\s+|level\s+of\s+)?{_NUMBER}"
)
# How long a tank lasts: "how long will the fuel last", "how many days of diesel are left".
LASTING: Final = (
    r"\bhow (?:long|many (?:hours|days|weeks|months))\b(?=.*\b(?:fuel|diesel|tank)\b)(?!.*\b(?:did|was|were|had)\b)"
    rf".*?\b(?:lasts?(?!\s+(?:\d|few|couple|night|time|quarter|{_TIME}))|left|remain(?:s|ing)?)\b"
)
_WORDS: Final = (
    rf"(?P<empty>{LASTING}|\b(?:runs?|ran|running)\s+(?:out|dry)\b|\b(?:be|get|go|goes)\s+(?:empty|dry|flat)\b|\b(?:depleted|exhausted)\b)"
    r"|(?P<full>\b(?:be|get)\s+(?:full|fully\s+charged)\b|\bfill(?:s|ed)?\s+up\b)"
    r"|(?P<limit>\b(?:its|the|alarm|trip|upper|lower|high|low)\s+(?:alarm\s+|trip\s+)?(?:limit|threshold)\b)"
)
_LEVEL: Final = re.compile(f"{_FIGURE}|{_WORDS}", re.I)
_ABOVE: Final = re.compile(r"\b(?:exceeds?|above|over|beyond|(?:rises?|climbs?|up)\s+to)\b", re.I)
_BELOW: Final = re.compile(r"\b(?:below|under|(?:drops?|falls?|sinks?|down)\s+to)\b", re.I)
_BESIDE: Final = re.compile(r"\b(?:exceeds?|above|over|beyond|below|under)\s+$", re.I)  # "exceed" its limit
_STAYING: Final = re.compile(r"\b(?:stay|remain|keep|hold)(?:s|ing)?\s+(?:\w+\s+){0,2}$", re.I)


def find_levels(text: str) -> tuple[Level, ...]:
    """The levels a text names, in order; figures in whatever unit the metric has."""
    return tuple(dict.fromkeys(_level(found) for found in _LEVEL.finditer(_plain(text))))


def side_of(text: str, level: Level) -> Side | None:
    """The side of the level that is asked about; None for "reach". Who asks whether it stays asks for the other."""
    plain = _plain(text)
    found = next((match for match in _LEVEL.finditer(plain) if _level(match) == level), None)
    if found is None:
        return None
    if level in ("empty", "full"):
        return "below" if level == "empty" else "above"
    before = plain[: found.start()]
    beside = _BESIDE.search(before) if level == "limit" else None
    said = beside[0] if beside else found[0]
    above, below = bool(_ABOVE.search(said)), bool(_BELOW.search(said))
    if above == below:
        return None
    return "above" if above != bool(_STAYING.search(before[: beside.start()] if beside else before)) else "below"


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", with_digits(text))


def _level(found: re.Match[str]) -> Level:
    if found["number"]:
        return float(found["number"])
    return "empty" if found["empty"] else "full" if found["full"] else "limit"
