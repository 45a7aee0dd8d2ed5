"""Cells: the readings of a block, by columns, by tags or of wide files; readings of one minute are merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cc_common.catalog.equipment import EquipmentType, Kind
from cc_common.connectors.blocks import Block, Flags, Longs, Numbers, column, numbers
from cc_common.connectors.file_layout import FileLayout
from cc_common.connectors.mapped_catalog import column_conversion
from cc_common.timeseries.rows import MINUTE_US

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
    read = tuple(numbers(column(block, n), decimal=source.decimal, nulls=source.null) for n in names)
    return Cells(
        reading=reading, read=read, tag=None if tag is None else _tag_codes(block, tag.column, reading.columns)
    )


def _tag_codes(block: Block, name: str, known: tuple[str, ...]) -> Longs:
    cells = column(block, name).cast(pa.string()).dictionary_encode()
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
