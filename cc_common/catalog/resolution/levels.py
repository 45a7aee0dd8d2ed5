"""Levels that a metric is to reach: "above 80", "down to 4.5 bar", "run out", "its limit"."""

from __future__ import annotations

import re
from typing import Final, Literal

from cc_common.numerals import with_digits

Level = float | Literal["empty", "full", "limit"]

_TIME: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?)\b"
_NUMBER: Final = rf"(?P<number>-?\d+(?:\.\d+)?)(?![\w.]*\d)(?!\s*{_TIME})"
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}\b)")
_FIGURE: Final = (
    r"\b(?:reach(?:es|ing)?|hit(?:s|ting)?|touch(?:es)?|cross(?:es|ing)?|exceeds?|pass(?:es)?|above|below|under|over|beyond"
    r"|(?:drops?|falls?|gets?|goes|go|rises?|climbs?|sinks?|down|up|back)\s+to)"
    rf"\s+(?:the\s+|a\s+|level\s+of\s+)?{_NUMBER}"
)
_WORDS: Final = (
    r"(?P<empty>\b(?:runs?|ran|running)\s+(?:out|dry)\b|\b(?:be|get|go|goes)\s+(?:empty|dry|flat)\b|\b(?:depleted|exhausted)\b)"
    r"|(?P<full>\b(?:be|get)\s+(?:full|fully\s+charged)\b|\bfill(?:s|ed)?\s+up\b)"
    r"|(?P<limit>\b(?:its|the|alarm|trip|upper|lower|high|low)\s+(?:alarm\s+|trip\s+)?(?:limit|threshold)\b)"
)
_LEVEL: Final = re.compile(f"{_FIGURE}|{_WORDS}", re.I)


def find_levels(text: str) -> tuple[Level, ...]:
    """The levels a text names, in order; figures in whatever unit the metric has."""
    return tuple(dict.fromkeys(_level(found) for found in _LEVEL.finditer(_THOUSANDS.sub("", with_digits(text)))))


def _level(found: re.Match[str]) -> Level:
    if found["number"]:
        return float(found["number"])
    return "empty" if found["empty"] else "full" if found["full"] else "limit"
