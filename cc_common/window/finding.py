"""Finds the expressions of time in a text: specific rules first, and what one has read no other reads again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.errors import InvalidInput
from cc_common.window import calendar_words, relative, spans
from cc_common.window.model import Window
from cc_common.window.plant_time import DAY, PlantTime
from cc_common.window.points import GAP
from cc_common.window.steps import find_step

Span = tuple[int, int]
Reader = Callable[[re.Match[str], PlantTime], Window | None]


@dataclass(frozen=True, kw_only=True)
class FoundWindow:
    """A window and where the text says it, [start, end). `bare`: only a length, such as "5 min"."""

    window: Window
    span: Span
    bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Times:
    """All that a text says about time, in order; `spans` also covers impossible dates and the words of the step."""

    windows: tuple[FoundWindow, ...]
    step: str | None
    spans: tuple[Span, ...]

    def without(self, text: str) -> str:
        """The text they were found in, blanks in place of what was said about time."""
        return _without(text, self.spans, " ")


# A range goes before the days inside it, "last 3 weeks" before "last week", a bare "24 h" to the very end.
_RULES: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = (
    (spans.BETWEEN, spans.between),
    (spans.HOURS, spans.hours),
    (spans.HOURS_OF_DAY, spans.hours_of_day),
    (spans.DAYS_OF_MONTH, spans.days_of_month),
    (calendar_words.SINCE_MIDNIGHT, calendar_words.since_midnight),
    (calendar_words.DAY_OF_WEEK, calendar_words.point_alone),
    (relative.AGO, relative.ago),
    (relative.PAST, relative.past),
    (relative.COMING, relative.coming),
    (calendar_words.THIS, calendar_words.this),
    (calendar_words.LAST, calendar_words.last),
    (calendar_words.PART_OF_DAY, calendar_words.part_of_day),
    (calendar_words.REST, calendar_words.rest_of_day),
    (spans.SIDE, spans.side),
    (calendar_words.POINT_ALONE, calendar_words.point_alone),
    (calendar_words.IN_MONTH, calendar_words.in_month),
    (calendar_words.ON_THE, calendar_words.on_the),
    (relative.BARE, relative.bare),
)
# Expressions without a direction of their own ("24 hours", "Monday") look ahead where the text does.
_AHEAD: Final = re.compile(
    r"\b(?:forecast\w*|predict\w*|project(?:ed|ion)s?|outlook|will|ahead|upcoming|coming|expect\w*|anticipate\w*)\b",
    re.I | re.A,
)
_SINCE: Final = re.compile(rf"\b(?:since|starting(?:{GAP}from)?){GAP}(?:the{GAP})?$", re.I | re.A)
_STARTS_SINCE: Final = re.compile(r"since\b", re.I | re.A)
_ONWARDS: Final = re.compile(
    rf"{GAP}(?:onwards?\b|(?:to|till|until|up{GAP}to){GAP}(?:right{GAP})?(?:now|date|(?:the{GAP})?present)\b)",
    re.I | re.A,
)
# For correcting typos before a text is read.
TIME_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """minute minutes hour hours week weeks month months year years fortnight hourly daily weekly monthly
        today yesterday tomorrow midnight morning afternoon evening night tonight overnight monday tuesday
        wednesday thursday friday saturday sunday january february march april june july august september
        october november december previous between since""",
    )
)
_LONGEST_SINCE: Final = 24
_CLAIMED: Final = "\x00"


def find_windows(text: str, *, now: datetime, tz: str) -> tuple[FoundWindow, ...]:
    """The windows that a text names, in order; days are cut in the zone `tz`.

    Never raises: impossible dates ("31 February") are left out, lengths over a hundred years count as a hundred.
    """
    return find_times(text, now=now, tz=tz).windows


def find_times(text: str, *, now: datetime, tz: str) -> Times:
    """Windows, step and spans of a text; `now` is aware, and lengths such as "last 24 hours" end there."""
    plant = PlantTime(now=now.astimezone(UTC), zone=ZoneInfo(tz), ahead=_AHEAD.search(text) is not None)
    step = find_step(text)
    claimed = [step[1]] if step else []
    rest = _without(text, claimed)
    found: list[FoundWindow] = []
    for pattern, reader in _RULES:
        matches = list(pattern.finditer(rest))
        windows = [(match.span(), _read(match, reader, plant)) for match in matches]
        claimed += [span for span, _ in windows]
        found += [FoundWindow(window=w, span=span, bare=reader is relative.bare) for span, w in windows if w]
        rest = _without(rest, [span for span, _ in windows])
    return Times(
        windows=tuple(sorted(found, key=lambda f: f.span)), step=step[0] if step else None, spans=tuple(sorted(claimed))
    )


def _without(text: str, spans_read: Iterable[Span], filled: str = _CLAIMED) -> str:
    for start, end in spans_read:
        text = text[:start] + filled * (end - start) + text[end:]
    return text


def _read(found: re.Match[str], reader: Reader, plant: PlantTime) -> Window | None:
    """The window of one expression, None for an impossible one; "since ..." and "... onwards" stretch it to now."""
    try:
        window = reader(found, plant)
        return _since(window, plant) if window and _begins(found) else window
    except (ValueError, OverflowError, InvalidInput):
        return None


def _begins(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - _LONGEST_SINCE) : found.start()]
    onwards = _ONWARDS.match(found.string, found.end())
    return bool(_SINCE.search(before) or _STARTS_SINCE.match(found.group()) or onwards)


def _since(window: Window, plant: PlantTime) -> Window:
    """From the window's start to now; a clock time still to come today was yesterday's."""
    start = window.start
    if window.end == plant.now:
        return window
    if plant.now <= start < plant.now + timedelta(days=1):
        local = start.astimezone(plant.zone)
        start = plant.at(local.date() - DAY, local.time())
    return Window(start=start, end=plant.now) if start < plant.now else window
