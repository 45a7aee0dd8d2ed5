"""Finds the time expressions of a text, specific rules first, and the step between readings ("hourly")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.core.errors import InvalidInput
from cc_common.core.windows import DAY, PlantTime, Window
from cc_common.understanding import calendar_windows, durations, time_spans
from cc_common.understanding.durations import NUMBER, UNIT, read_length
from cc_common.understanding.moments import GAP

_STEP: Final = re.compile(
    rf"\b(?:(?:every|each|per|by(?:{GAP}the)?(?!{GAP}[a-z]+s\b)){GAP}(?P<every>(?:{NUMBER}[\s-]{{0,3}})?{UNIT}|half{GAP}(?:an{GAP})?hour\b)"
    rf"|(?P<number>{NUMBER}[\s-]{{0,3}}{UNIT}){GAP}(?:interval|bucket|step|average|resolution|granularity|sample|bin)s?\b"
    rf"|(?P<part>half(?=[\s-])|quarter(?=-))[\s-]hourly\b|(?P<word>hour|dai|week|month|minute)ly\b"
    rf"|(?P<twice>hour|day|week|month|minute)(?:[\s-](?:by[\s-](?P=twice)\b|wise\b)|wise\b))",
    re.I | re.A,
)


def find_step(text: str) -> tuple[str, tuple[int, int]] | None:
    """The first step as an ISO 8601 duration (PT1H, P7D, ...) and its location in the text."""
    found = _STEP.search(text)
    length = read_length(_words(found)) if found else None
    return (length.label, found.span()) if found and length else None


def _words(found: re.Match[str]) -> str:
    word = (found["word"] or "").lower()
    part = f"{found['part']} hour" if found["part"] else ""
    return found["every"] or found["number"] or found["twice"] or part or ("day" if word == "dai" else word)


Span = tuple[int, int]
Reader = Callable[[re.Match[str], PlantTime], Window | None]


@dataclass(frozen=True, kw_only=True)
class FoundWindow:
    """A window and its location in the text, [start, end). `bare`: only a length, such as "5 min"."""

    window: Window
    span: Span
    bare: bool = False


@dataclass(frozen=True, kw_only=True)
class TimeExpressions:
    """The time expressions of a text, in order; `spans` also cover impossible dates and the words of the step."""

    windows: tuple[FoundWindow, ...]
    step: str | None
    spans: tuple[Span, ...]

    def without(self, text: str) -> str:
        """The text with its time expressions replaced by blanks."""
        return _without(text, self.spans, " ")


# Order matters: a range before its days, "last 3 weeks" before "last week", a bare "24 h" last.
_RULES: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = (
    (time_spans.BETWEEN, time_spans.span_between),
    (time_spans.HOURS, time_spans.hours),
    (time_spans.HOURS_OF_DAY, time_spans.hours_of_day),
    (time_spans.DAYS_OF_MONTH, time_spans.days_of_month),
    (calendar_windows.SINCE_MIDNIGHT, calendar_windows.since_midnight),
    (calendar_windows.DAY_OF_WEEK, calendar_windows.point_alone),
    (durations.AGO, durations.read_ago),
    (durations.PAST, durations.read_past),
    (durations.COMING, durations.read_coming),
    (calendar_windows.THIS, calendar_windows.current_unit),
    (calendar_windows.LAST, calendar_windows.adjacent_unit),
    (calendar_windows.PART_OF_DAY, calendar_windows.part_of_day),
    (calendar_windows.REST, calendar_windows.rest_of_day),
    (time_spans.SIDE, time_spans.open_ended_span),
    (calendar_windows.POINT_ALONE, calendar_windows.point_alone),
    (calendar_windows.IN_MONTH, calendar_windows.in_month),
    (calendar_windows.ON_THE, calendar_windows.day_of_month),
    (durations.BARE, durations.read_bare_length),
)
# Expressions without a direction ("24 hours", "Monday") refer to the future where the text does.
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
# Known words for the correction of typing errors.
TIME_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """minute minutes hour hours week weeks month months year years fortnight hourly daily weekly monthly
        today yesterday tomorrow midnight morning afternoon evening night tonight overnight monday tuesday
        wednesday thursday friday saturday sunday january february march april june july august september
        october november december previous between since""",
    )
)
_MAX_SINCE: Final = 24
_CLAIMED: Final = "\x00"


def find_windows(text: str, *, now: datetime, tz: str) -> tuple[FoundWindow, ...]:
    """Finds the windows that a text names, in order; days start at midnight in the zone `tz`.

    Never raises: impossible dates ("31 February") are omitted, lengths over a hundred years are capped.
    """
    return find_times(text, now=now, tz=tz).windows


def find_times(text: str, *, now: datetime, tz: str) -> TimeExpressions:
    """Finds windows, step and spans of a text; `now` is timezone-aware and ends lengths such as "last 24 hours"."""
    plant = PlantTime(now=now.astimezone(UTC), zone=ZoneInfo(tz), ahead=_AHEAD.search(text) is not None)
    step = find_step(text)
    claimed = [step[1]] if step else []
    rest = _without(text, claimed)
    found: list[FoundWindow] = []
    for pattern, reader in _RULES:
        matches = list(pattern.finditer(rest))
        windows = [(match.span(), _read(match, reader, plant)) for match in matches]
        claimed += [span for span, _ in windows]
        found += [
            FoundWindow(window=w, span=span, bare=reader is durations.read_bare_length) for span, w in windows if w
        ]
        rest = _without(rest, [span for span, _ in windows])
    return TimeExpressions(
        windows=tuple(sorted(found, key=lambda f: f.span)), step=step[0] if step else None, spans=tuple(sorted(claimed))
    )


def _without(text: str, spans_read: Iterable[Span], filled: str = _CLAIMED) -> str:
    for start, end in spans_read:
        text = text[:start] + filled * (end - start) + text[end:]
    return text


def _read(found: re.Match[str], reader: Reader, plant: PlantTime) -> Window | None:
    """The window of one expression, None for an impossible one; "since ..." and "... onwards" extend it until now."""
    try:
        window = reader(found, plant)
        return _since(window, plant) if window and _begins(found) else window
    except (ValueError, OverflowError, InvalidInput):
        return None


def _begins(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - _MAX_SINCE) : found.start()]
    onwards = _ONWARDS.match(found.string, found.end())
    return bool(_SINCE.search(before) or _STARTS_SINCE.match(found.group()) or onwards)


def _since(window: Window, plant: PlantTime) -> Window:
    """From the window's start until now; a clock time later than now refers to yesterday."""
    start = window.start
    if window.end == plant.now:
        return window
    if plant.now <= start < plant.now + timedelta(days=1):
        local = start.astimezone(plant.zone)
        start = plant.to_utc(local.date() - DAY, local.time())
    return Window(start=start, end=plant.now) if start < plant.now else window
