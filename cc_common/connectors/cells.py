"""The cells of a block as values: times in UTC, and readings by columns, by tags or of wide files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute as pc

from cc_common.catalog.equipment import EquipmentType, Kind
from cc_common.connectors.blocks import Block, Flags, Longs, Numbers, column_array, parse_numbers, try_cast
from cc_common.connectors.file_layout import FileLayout
from cc_common.connectors.mapped_catalog import column_conversion
from cc_common.timeseries.rows import MINUTE_US

# What Arrow reads as Python does; the rest is left to Python, which takes ten times as long.
_FAST: Final = frozenset("dmyYHMSIpbB")
_NONE: Final = np.iinfo(np.int64).min
_LATEST: Final = 4_102_444_800_000_000  # the year 2100


@dataclass(frozen=True, kw_only=True)
class SourceTimes:
    """Arrays (n,). `late` is later than `early` in the repeated hour of a clock change, else equal."""

    early: Longs
    late: Longs
    unreadable: Flags
    skipped: Flags  # in the hour that the clocks leave out
    outside: Flags  # before 1970, or in the future

    @property
    def none(self) -> Flags:
        """Which times are missing or invalid."""
        found: Flags = self.unreadable | self.skipped | self.outside
        return found

    def take(self, places: Longs) -> SourceTimes:
        """The times of these rows."""
        return SourceTimes(**{field.name: getattr(self, field.name)[places] for field in fields(self)})


def read_times(cells: Any, form: str, tz: str, *, now: datetime) -> SourceTimes:
    """Parses the times of a column; `tz` applies to times without an offset. Each distinct text is parsed once."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    coded = cells.dictionary_encode()
    given = coded.indices.fill_null(len(coded.dictionary)).to_numpy().astype(np.int64)
    early, late = (np.append(each, _NONE)[given] for each in _instants(coded.dictionary, form, tz))
    unreadable = early == _NONE
    until = int((now + timedelta(days=1)).timestamp()) * 1_000_000
    skipped = ~unreadable & (late - early == 1)
    return SourceTimes(
        early=early,
        late=late,
        unreadable=unreadable,
        skipped=skipped,
        outside=~unreadable & ~skipped & ((early < 0) | (late >= min(until, _LATEST))),
    )


def _instants(cells: Any, form: str, tz: str) -> tuple[Longs, Longs]:
    if form in ("unix", "unix_ms"):
        micros = _unix(cells, 1_000_000 if form == "unix" else 1_000)
        return micros, micros
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        aware = cells if pa.types.is_timestamp(cells.type) and cells.type.tz else pa.nulls(len(cells), _AWARE)
        naive = cells if not pa.types.is_timestamp(cells.type) or not cells.type.tz else pa.nulls(len(cells), _NAIVE)
    elif pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        naive, aware = _parse_text(pc.ascii_trim_whitespace(pc.cast(cells, pa.string())), form)
    else:
        naive, aware = pa.nulls(len(cells), _NAIVE), pa.nulls(len(cells), _AWARE)
    fixed = _micros(pc.cast(aware, _AWARE, safe=False))
    early, late = _local(pc.cast(naive, _NAIVE, safe=False), tz)
    return np.maximum(early, fixed), np.maximum(late, fixed)


_NAIVE: Final = pa.timestamp("us")
_AWARE: Final = pa.timestamp("us", "UTC")


def _parse_text(cells: Any, form: str) -> tuple[Any, Any]:
    """Times without an offset and times with one; null where the cell is of the other kind, or no time."""
    if form == "iso":
        naive = try_cast(cells, lambda part: pc.cast(part, _NAIVE))
        left = pc.if_else(pc.is_null(naive), cells, None)
        return naive, try_cast(left, lambda part: pc.cast(part, _AWARE))
    if set(re.findall(r"%(.)", form)) <= _FAST:
        return _parse_by_arrow(cells, form), pa.nulls(len(cells), _AWARE)
    read = [_parse_by_python(text, form) for text in cells.to_pylist()]
    naive = pa.array([None if each is None or each.tzinfo else each for each in read], _NAIVE)
    return naive, pa.array([each if each is not None and each.tzinfo else None for each in read], _AWARE)


def _parse_by_arrow(cells: Any, form: str) -> Any:
    """Parses by Arrow, which reads 31 February as 2 March; times at the start of a month are parsed again by Python."""
    read = pc.strptime(cells, format=form, unit="us", error_is_null=True)
    doubtful = np.flatnonzero(np.asarray(pc.fill_null(pc.less_equal(pc.day(read), 3), False)))
    wrong = np.zeros(len(cells), bool)
    wrong[doubtful] = [_parse_by_python(text, form) is None for text in cells.take(pa.array(doubtful)).to_pylist()]
    return pc.if_else(pa.array(wrong), None, read)


def _parse_by_python(text: str | None, form: str) -> datetime | None:
    try:
        return None if text is None else datetime.strptime(text, form)  # noqa: DTZ007  its zone is the source's
    except ValueError:
        return None


def _local(naive: Any, tz: str) -> tuple[Longs, Longs]:
    """Both readings of a local time; a skipped local time gets two readings one microsecond apart."""
    plain = pc.cast(naive, pa.int64())
    sane = pc.and_(pc.greater_equal(plain, -(10**14)), pc.less(plain, 2 * _LATEST))
    naive = pc.if_else(sane, naive, None)
    early = pc.assume_timezone(naive, tz, ambiguous="earliest", nonexistent="earliest")
    late = pc.assume_timezone(naive, tz, ambiguous="latest", nonexistent="latest")
    return _micros(early), _micros(late)


def _unix(cells: Any, factor: int) -> Longs:
    seconds = try_cast(cells, lambda part: pc.cast(part, pa.float64()))
    value = seconds.to_numpy(zero_copy_only=False).astype(np.float64) * factor
    sane = np.isfinite(value) & (np.abs(value) < 2 * _LATEST)
    return np.where(sane, np.where(sane, value, 0).astype(np.int64), _NONE)


def _micros(moments: Any) -> Longs:
    found: npt.NDArray[np.int64] = pc.cast(moments, pa.int64()).fill_null(_NONE).to_numpy()
    return found


Values = npt.NDArray[np.float64]
Fault = tuple[int, Flags, str]
_WHOLE_COLUMN: Final = -1


@dataclass(frozen=True, kw_only=True)
class Cells:
    """`read[i]`: (n,) numbers of the i-th column. With tags there is one column, and `tag` (n,) is each row's tag."""

    reading: FileLayout
    read: tuple[Numbers, ...]
    tag: Longs | None = None

    def faults(self) -> Iterator[Fault]:
        """The column, rows and reason of each fault."""
        if self.tag is not None:
            yield _WHOLE_COLUMN, self.tag < 0, "unknown metric"
        for at, found in enumerate(self.read):
            place = _WHOLE_COLUMN if self.tag is not None else at
            yield place, found.unreadable, "unreadable number"
            yield place, found.infinite, "not a finite number"

    def of_machine(self, rows: Longs, kind: EquipmentType) -> tuple[Values, Longs]:
        """The (rows, metrics) values in the type's units, and the column whose reading the type has no metric for."""
        values = np.full((len(rows), len(kind.metrics)), np.nan)
        strange = np.full(len(rows), -1)
        for at, chosen, given in self._by_column(rows):
            target, there = _metric_column(self.reading, kind, at), ~np.isnan(given)
            if target is None:
                strange[chosen[there]] = at
            else:
                place, factor, offset = target
                with np.errstate(over="ignore"):  # what becomes infinite is kept aside
                    values[chosen[there], place] = given[there] * factor + offset
        return values, strange

    def _by_column(self, rows: Longs) -> Iterator[tuple[int, Longs, Values]]:
        """Each column with the positions in `rows` where it has values, and the values."""
        if self.tag is None:
            everywhere = np.arange(len(rows))
            yield from ((at, everywhere, found.value[rows]) for at, found in enumerate(self.read))
            return
        tags = self.tag[rows]
        for at in np.unique(tags):
            chosen = np.flatnonzero(tags == at)
            yield int(at), chosen, self.read[0].value[rows[chosen]]


def read_cells(block: Block, reading: FileLayout) -> Cells:
    """Reads every number of a block."""
    tag, source = reading.source.tag, reading.source
    names = reading.columns if tag is None else (tag.value,)
    read = tuple(parse_numbers(column_array(block, n), decimal=source.decimal, nulls=source.null) for n in names)
    return Cells(
        reading=reading, read=read, tag=None if tag is None else _tag_codes(block, tag.column, reading.columns)
    )


def _tag_codes(block: Block, name: str, known: tuple[str, ...]) -> Longs:
    cells = column_array(block, name).cast(pa.string()).dictionary_encode()
    places = {text: place for place, text in enumerate(known)}
    codes = np.array([*(places.get((text or "").strip(), -1) for text in cells.dictionary.to_pylist()), -1])
    found: Longs = codes[cells.indices.fill_null(len(codes) - 1).to_numpy()]
    return found


def _metric_column(reading: FileLayout, kind: EquipmentType, at: int) -> tuple[int, float, float] | None:
    """The metric of the type that the column becomes, and the conversion; None when the type has no such metric."""
    given = reading.part(at)
    metric = kind.metric(given.metric)
    if metric is None:
        return None
    how = column_conversion(given, metric)
    return kind.metrics.index(metric), how.factor, how.offset


MinuteValues = npt.NDArray[np.float64]
Rule = Literal["average", "sum", "last"]


def merge_minutes(
    ts: Longs, values: MinuteValues, kinds: tuple[Kind, ...], within_minute: Literal["average", "last"]
) -> tuple[Longs, MinuteValues, int]:
    """Minutes in order, their values (minutes, metrics), and how many rows were of a moment that was there already.

    `ts` (n,) microseconds, `values` (n, metrics) in the order of the file; null gives way to any reading. Averaged: a
    gauge's mean, a counter's last, a tally's sum.
    """
    moments, values = _merge(ts, values, ["last"] * len(kinds))
    doubled = len(ts) - len(moments)
    meaning: dict[Kind, Rule] = {"gauge": "average", "counter": "last", "tally": "sum"}
    rules: list[Rule] = [meaning[kind] if within_minute == "average" else "last" for kind in kinds]
    minutes, values = _merge(moments - moments % MINUTE_US, values, rules)
    return minutes, values, doubled


def _merge(keys: Longs, values: MinuteValues, rules: list[Rule]) -> tuple[Longs, MinuteValues]:
    if len(keys) > 1 and (keys[1:] <= keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys, values = keys[order], values[order]
    edges = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    if len(edges) == len(keys):
        return keys, values
    folded = [_merge_column(values[:, at], edges, rule) for at, rule in enumerate(rules)]
    return keys[edges], np.stack(folded, axis=1)


def _merge_column(value: MinuteValues, edges: npt.NDArray[np.intp], rule: Rule) -> MinuteValues:
    given = ~np.isnan(value)
    count = np.add.reduceat(given, edges, dtype=np.int64)
    if rule == "last":
        newest = np.maximum.reduceat(np.where(given, np.arange(len(value)), -1), edges)
        return np.where(count > 0, value[newest], np.nan)
    total = np.add.reduceat(np.where(given, value, 0.0), edges)
    return np.where(count > 0, total / np.maximum(count, 1) if rule == "average" else total, np.nan)
