"""Composes the readers' statements of sql/queries/timeseries.sql; splits windows into days, hours and rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from cc_common.catalog.equipment import rollup_columns, rollup_table
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Statistic
from cc_common.core.windows import PlantClock, Window, iso
from cc_common.db import compose, queries

Source = Literal["raw", "hourly", "daily"]
Sources = tuple[Source, ...]

FROM_DAYS: Final[Sources] = ("daily", "hourly", "raw")
FROM_HOURS: Final[Sources] = ("hourly", "raw")
FROM_ROWS: Final[Sources] = ("raw",)
_EARLIEST, _LATEST = 1970, 2100


@dataclass(frozen=True)
class Stretch:
    """A half-open interval [start, end) in UTC, read from one source."""

    source: Source
    start: datetime
    end: datetime


def check_years(window: Window) -> None:
    """InvalidInput for a window outside the supported years."""
    if window.start.year < _EARLIEST or window.end.year >= _LATEST:
        asked = f"[{iso(window.start)}, {iso(window.end)})"
        raise InvalidInput(f"A window lies between the years {_EARLIEST} and {_LATEST}, not {asked}.")


def split_window(clock: PlantClock, window: Window, sources: Sources = FROM_DAYS) -> tuple[Stretch, ...]:
    """Splits a window into stretches in order of time, at most five; `sources`: the coarsest allowed down to "raw"."""
    check_years(window)
    usable = sources if clock.has_whole_hours else tuple(s for s in sources if s != "hourly")
    return tuple(_split(clock, window.start, window.end, usable))


def _split(clock: PlantClock, start: datetime, end: datetime, sources: Sources) -> list[Stretch]:
    source, finer = sources[0], sources[1:]
    if start >= end:
        return []
    if source == "raw":
        return [Stretch("raw", start, end)]
    first, last = clock.days_inside(start, end) if source == "daily" else clock.hours_inside(start, end)
    if first >= last:
        return _split(clock, start, end, finer)
    return [*_split(clock, start, first, finer), Stretch(source, first, last), *_split(clock, last, end, finer)]


KEPT: Final = 4096  # statements; a plant needs about ten for each metric

_COMMENT: Final = re.compile(r"^--.*\n", re.MULTILINE)

Tables = tuple[str, ...]
Raw = Literal["raw_rows", "raw_grains"]


def bounds(stretches: Iterable[Stretch]) -> dict[str, datetime]:
    """The parameters start0, end0, start1, ... of a statement's parts."""
    found = {}
    for place, stretch in enumerate(stretches):
        found[f"start{place}"], found[f"end{place}"] = stretch.start, stretch.end
    return found


@lru_cache(maxsize=KEPT)
def totals(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """The totals of a window's statistics; parameters: bounds, machines."""
    its = rollup_columns(column)
    names = {"low": its.min, "high": its.max, "total": its.sum, "n": its.count}
    parts = _rolled_up("rolled_up", equipment_type, sources, **names)
    if readings := _raw("reading", tables, column, sources):
        parts.append(plain("readings").replace("/* readings */", _union(readings)))
    return plain("totals").replace("/* parts */", _union(parts))


@lru_cache(maxsize=KEPT)
def ends(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """Count, first and newest reading of a window; parameters: bounds, machines, start, end."""
    counted = _rolled_up("counted", equipment_type, sources, n=rollup_columns(column).count)
    parts = [*counted, *_raw("counted_rows", tables, column, sources)]
    looks = _union(_of_each("ends_of", tables, column))
    return plain("ends").replace("/* parts */", _union(parts)).replace("/* looks */", looks)


@lru_cache(maxsize=KEPT)
def edges(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """Like `ends`, for a window with raw edges; first and newest reading are null where the edges have none."""
    counted = _rolled_up("counted", equipment_type, sources, n=rollup_columns(column).count)
    marks = {
        "opening": [_bounded(part, 0) for part in _of_each("opening", tables, column)],
        "closing": [_bounded(part, len(sources) - 1) for part in _of_each("closing", tables, column)],
        "counted": counted,
    }
    text = plain("edges")
    for mark, parts in marks.items():
        text = text.replace(f"/* {mark} */", _union(parts))
    return text


@lru_cache(maxsize=KEPT)
def marks(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """First and newest reading in the raw edges of a window, null without readings; parameters: bounds."""
    oldest = _union(_bounded(part, 0) for part in _of_each("oldest", tables, column))
    newest = _union(_bounded(part, len(sources) - 1) for part in _of_each("newest", tables, column))
    return plain("marks").replace("/* oldest */", oldest).replace("/* newest */", newest)


@lru_cache(maxsize=KEPT)
def grains(table: str, equipment_type: str, column: str, statistic: Statistic, sources: Sources, raw: Raw) -> str:
    """The aggregates of a curve; parameters: bounds, machine, grain."""
    fold, its = (statistic if statistic in ("min", "max") else "sum"), rollup_columns(column)
    value = {"min": its.min, "max": its.max, "sum": its.sum}[fold]
    parts = [
        _text(raw, table=table, column=column, fold=fold)
        if source == "raw"
        else _text("rollup_grains", rollup=rollup_table(equipment_type, source), value=value, n=its.count)
        for source in sources
    ]
    return plain("grains").replace("/* parts */", _union(_bounded(part, place) for place, part in enumerate(parts)))


@lru_cache(maxsize=KEPT)
def bucket_ends(table: str, column: str) -> str:
    """First and newest reading of each span; parameters: starts, ends."""
    return _text("bucket_ends", table=table, column=column)


@lru_cache(maxsize=KEPT)
def data_range(table: str) -> str:
    """First and last row of a machine; no parameters."""
    return _text("data_range", table=table)


@lru_cache
def plain(name: str) -> str:
    """A statement without table names, comments removed: the driver reads the whole text at each run."""
    return _COMMENT.sub("", queries("timeseries")[name]).strip()


def _rolled_up(name: str, equipment_type: str, sources: Sources, **columns: str) -> list[str]:
    """The named part for each roll-up stretch."""
    return [
        _bounded(_text(name, rollup=rollup_table(equipment_type, source), **columns), place)
        for place, source in enumerate(sources)
        if source != "raw"
    ]


def _raw(name: str, tables: Tables, column: str, sources: Sources) -> list[str]:
    """The named part for each machine of each raw stretch."""
    raw = [place for place, source in enumerate(sources) if source == "raw"]
    return [_bounded(part, place) for place in raw for part in _of_each(name, tables, column)]


def _of_each(name: str, tables: Tables, column: str) -> list[str]:
    """The named part for each machine, with its index."""
    parts = (_text(name, table=table, column=column) for table in tables)
    return [part.replace("/*machine*/ 0", str(place)) for place, part in enumerate(parts, 1)]


def _text(name: str, **identifiers: str) -> str:
    return compose(plain(name), **identifiers).as_string()


def _bounded(part: str, place: int) -> str:
    return part.replace("%(start)s", f"%(start{place})s").replace("%(end)s", f"%(end{place})s")


def _union(parts: Iterable[str]) -> str:
    return "\nUNION ALL\n".join(parts)
