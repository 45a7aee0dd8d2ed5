"""The readings of a block: one column a metric, or one reading a row with a column that names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cc_common.catalog.equipment import EquipmentType
from cc_common.importing.block import Block, Longs, column
from cc_common.importing.casting import Flags, Numbers, numbers
from cc_common.importing.catalogue import convert
from cc_common.importing.reading import Reading

Values = npt.NDArray[np.float64]
Fault = tuple[int, Flags, str]
_WHOLE_COLUMN: Final = -1


@dataclass(frozen=True, kw_only=True)
class Cells:
    """`read[i]` are the (n,) numbers of the i-th column. With tags there is one, and `tag` (n,) names each row's."""

    reading: Reading
    read: tuple[Numbers, ...]
    tag: Longs | None = None

    def faults(self) -> Iterator[Fault]:
        """The column at fault, which rows, and why."""
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
            target, there = _target(self.reading, kind, at), ~np.isnan(given)
            if target is None:
                strange[chosen[there]] = at
            else:
                place, factor, offset = target
                with np.errstate(over="ignore"):  # what becomes infinite is kept aside
                    values[chosen[there], place] = given[there] * factor + offset
        return values, strange

    def _by_column(self, rows: Longs) -> Iterator[tuple[int, Longs, Values]]:
        """A column, the places in `rows` where it says something, and what."""
        if self.tag is None:
            everywhere = np.arange(len(rows))
            yield from ((at, everywhere, found.value[rows]) for at, found in enumerate(self.read))
            return
        tags = self.tag[rows]
        for at in np.unique(tags):
            chosen = np.flatnonzero(tags == at)
            yield int(at), chosen, self.read[0].value[rows[chosen]]


def read_cells(block: Block, reading: Reading) -> Cells:
    """Every number of the block."""
    tag, source = reading.source.tag, reading.source
    names = reading.columns if tag is None else (tag.value,)
    read = tuple(numbers(column(block, n), decimal=source.decimal, nulls=source.null) for n in names)
    return Cells(reading=reading, read=read, tag=None if tag is None else _tags(block, tag.column, reading.columns))


def _tags(block: Block, name: str, known: tuple[str, ...]) -> Longs:
    cells = column(block, name).cast(pa.string()).dictionary_encode()
    places = {text: place for place, text in enumerate(known)}
    codes = np.array([*(places.get((text or "").strip(), -1) for text in cells.dictionary.to_pylist()), -1])
    found: Longs = codes[cells.indices.fill_null(len(codes) - 1).to_numpy()]
    return found


def _target(reading: Reading, kind: EquipmentType, at: int) -> tuple[int, float, float] | None:
    """Which metric of the type the column becomes, and how; None when it has none such."""
    given = reading.part(at)
    metric = kind.metric(given.metric)
    if metric is None:
        return None
    how = convert(given, metric)
    return kind.metrics.index(metric), how.factor, how.offset
