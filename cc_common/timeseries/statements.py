"""Texts of the statements, put together from sql/queries/timeseries.sql and kept: composing costs more than running.

A statement over a window has one part for each stretch of the planner, so its text depends on their sources alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from cc_common.catalog.rollups import Grain, rollup_columns, rollup_table
from cc_common.db import compose, queries
from cc_common.evidence import Statistic
from cc_common.timeseries.planner import Sources, Stretch

KEPT: Final = 4096  # texts; a plant has about ten for each metric that is asked for

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
    """What the statistics of a window come from; parameters: bounds, machines."""
    return _with_parts(plain("totals"), tables, equipment_type, column, sources)


@lru_cache(maxsize=KEPT)
def ends(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """Count, first and newest reading of a window; parameters: bounds, machines, start, end."""
    looks = _of_each("ends_of", tables, column)
    counted = _with_parts(plain("ends"), tables, equipment_type, column, sources)
    return counted.replace("/* looks */", _union(looks))


@lru_cache(maxsize=KEPT)
def edges(tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    """The same of a window with raw edges; first and newest reading are null where those hold none."""
    n = rollup_columns(column).count
    parts = [
        _bounded(_text("counted_part", rollup=rollup_table(equipment_type, source), n=n), place)
        for place, source in enumerate(sources)
        if source != "raw"
    ]
    parts += [_bounded(part, 0) for part in _of_each("opening_part", tables, column)]
    parts += [_bounded(part, len(sources) - 1) for part in _of_each("closing_part", tables, column)]
    return plain("edges").replace("/* parts */", _union(parts))


@lru_cache(maxsize=KEPT)
def grains(table: str, equipment_type: str, column: str, statistic: Statistic, sources: Sources, raw: Raw) -> str:
    """What a curve is folded from; parameters: bounds, machine, grain."""
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
    """A statement that names no table, without its comments: the driver reads the whole text each time."""
    return _COMMENT.sub("", queries("timeseries")[name]).strip()


def _with_parts(head: str, tables: Tables, equipment_type: str, column: str, sources: Sources) -> str:
    parts = []
    for place, source in enumerate(sources):
        of_source = (
            _of_each("raw_part", tables, column) if source == "raw" else [_rolled_up(equipment_type, column, source)]
        )
        parts += [_bounded(part, place) for part in of_source]
    return head.replace("/* parts */", _union(parts))


def _of_each(name: str, tables: Tables, column: str) -> list[str]:
    """That part for each machine, with its place."""
    parts = (_text(name, table=table, column=column) for table in tables)
    return [part.replace("/*machine*/ 0", str(place)) for place, part in enumerate(parts, 1)]


def _rolled_up(equipment_type: str, column: str, grain: Grain) -> str:
    its = rollup_columns(column)
    table = rollup_table(equipment_type, grain)
    return _text("rollup_part", rollup=table, low=its.min, high=its.max, total=its.sum, n=its.count)


def _text(name: str, **identifiers: str) -> str:
    return compose(plain(name), **identifiers).as_string()


def _bounded(part: str, place: int) -> str:
    return part.replace("%(start)s", f"%(start{place})s").replace("%(end)s", f"%(end{place})s")


def _union(parts: Iterable[str]) -> str:
    return "\nUNION ALL\n".join(parts)
