"""Wording of numbers, quantities, limits, times and windows, in answers and in contexts; in the plant's time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.core.windows import Window

_UNITS: Final = {"M": "month", "D": "day", "Y": "year"}
_CLOCK: Final = {"H": "hour", "M": "minute"}
_ISO: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def number(figure: Figure, catalog: Catalog) -> str:
    """Formats a value: rounded to the metric's decimals, with thousands separators; a count as an integer."""
    decimals = 0 if figure.statistic == "count" else catalog.metric(figure.equipment, figure.metric).decimals
    rounded = round(figure.value, decimals) + 0.0  # never "-0.0"
    return f"{rounded:,.{decimals}f}"


def quantity(figure: Figure, catalog: Catalog, *, spoken: bool) -> str:
    """The number with its unit, as written ("94.7 kW") or as spoken ("94.7 kilowatts")."""
    metric = catalog.metric(figure.equipment, figure.metric)
    unit = "" if figure.statistic == "count" else metric.unit_spoken if spoken else metric.unit
    return f"{number(figure, catalog)} {unit}".strip()


def limit_text(metric: Metric, limit: float, *, spoken: bool = False) -> str:
    """A limit of the catalogue with its unit: "limit of 4.5 mm/s"."""
    return f"limit of {limit:,.6g} {metric.unit_spoken if spoken else metric.unit}".rstrip()


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time in the plant's time zone: without the date when it is today."""
    local = at.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%H:%M} on {local.day} {local:%b %Y}"


def period(window: Window | None, zone: ZoneInfo, now: datetime) -> str:
    """A window in words: "over the last 24 hours", "yesterday", "from 10:00 to 12:00"; "now" for none."""
    if window is None:
        return "now"
    found = re.fullmatch(r"P(T?)(\d+)([MHDY])", window.label or "")
    if found:
        clock, count, unit = found.groups()
        word = (_CLOCK if clock else _UNITS)[unit]
        side = "next" if window.start >= now else "last"
        return f"over the {side} {word}" if count == "1" else f"over the {side} {count} {word}s"
    if window.label:
        return window.label.replace("_", " ")
    return span(window.start, window.end, zone, now)


def span(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An interval: "from 10:00 to 12:40", "from 22:00 on 3 Mar 2026 to 04:00 today"."""
    days = [at.astimezone(zone).date() for at in (start, end)]
    is_today = [days[0] != days[1] and day == now.astimezone(zone).date() for day in days]
    first, last = (f"{moment(at, zone, now)}{' today' * own}" for at, own in zip((start, end), is_today, strict=True))
    return f"from {first} to {last}"


def in_plant_time(text: str, zone: ZoneInfo, now: datetime) -> str:
    """Replaces the ISO times (UTC) in `text` by times in the plant's time zone."""
    return _ISO.sub(lambda found: moment(datetime.fromisoformat(found[0]), zone, now), text)


def subject(figure: Figure, catalog: Catalog) -> str:
    """ "Chiller 1 power consumption"."""
    metric = catalog.metric(figure.equipment, figure.metric)
    return f"{catalog.get(figure.equipment).name} {metric.label}"


def join_names(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def words_without_numbers(text: str) -> str:
    """Free text in one line; "" where it contains digits, which have no evidence."""
    return "" if any(c.isdigit() for c in text) else " ".join(text.replace("_", " ").split())
