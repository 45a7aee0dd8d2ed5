"""Measures of data quality: completeness, gaps, stuck sensors, readings outside their limits."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, EquipmentType, Grain, rollup_columns, rollup_table
from cc_common.catalog.store import repeat_for_columns
from cc_common.core.evidence import Evidence
from cc_common.core.windows import Window
from cc_common.db import queries
from cc_common.timeseries.model import Store
from cc_common.timeseries.statements import split_window


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A range of minutes [start, end) without a reading."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class StuckRun:
    """A run of `rows` readings in [start, end), all of the same value."""

    start: datetime
    end: datetime
    value: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class MetricQuality:
    """The quality of one metric in a window: `rows` of `expected` minutes have a reading; `gaps` are the rest."""

    metric: str
    unit: str
    expected: int
    rows: int
    gaps: tuple[Gap, ...]
    stuck: tuple[StuckRun, ...]
    below: int  # readings below the low alarm limit
    above: int  # readings above the high alarm limit
    evidence: Evidence  # of `rows`

    @property
    def completeness(self) -> float:
        """Share of the minutes with a reading, 0 to 1."""
        return self.rows / self.expected


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """The quality of one machine, exact from its rows, metrics in column order. `window` covers whole minutes."""

    equipment: str
    window: Window
    metrics: tuple[MetricQuality, ...]


@dataclass(frozen=True, kw_only=True)
class MachineQuality:
    """The quality of one machine in the overview; `expected` and `rows` count readings of all metrics."""

    equipment: str
    window: Window
    expected: int
    rows: int
    missing: tuple[str, ...]  # metrics without any reading
    stuck: tuple[str, ...]  # metrics flat for two consecutive whole hours
    out_of_range: tuple[str, ...]  # metrics with a reading outside a limit

    @property
    def completeness(self) -> float:
        """Share of the readings that are there, 0 to 1."""
        return self.rows / self.expected


def as_stored(limit: float | None) -> float | None:
    """Rounds a limit to the column type real, so that a reading of 0.85 is not above a limit of 0.85."""
    return None if limit is None else float(struct.unpack("f", struct.pack("f", limit))[0])


_SLOTS: Final = {"rows": "rows", "lows": "low", "highs": "high"}


@dataclass(frozen=True)
class Range:
    """The range of `rows` readings of one metric, from `low` to `high`; None without readings."""

    rows: int = 0
    low: float | None = None
    high: float | None = None

    def __add__(self, other: Range) -> Range:
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Range(self.rows + other.rows, min(lows, default=None), max(highs, default=None))


def read_ranges(
    store: Store, kind: EquipmentType, machines: Sequence[Equipment], window: Window
) -> dict[str, list[Range]]:
    """Reads the range of each metric, in column order, of these machines of one type."""
    ids = tuple(machine.id for machine in machines)
    found = {machine: [Range()] * len(kind.metrics) for machine in ids}
    for stretch in split_window(store.clock, window):
        text = _raw(kind, ids) if stretch.source == "raw" else _rolled_up(kind, stretch.source)
        for row in store.rows(text, {"machines": list(ids), "start": stretch.start, "end": stretch.end}):
            found[row.equipment_id] = [a + b for a, b in zip(found[row.equipment_id], _of(row), strict=True)]
    return found


def _of(row: Any) -> list[Range]:
    return [Range(rows or 0, low, high) for rows, low, high in zip(row.rows, row.lows, row.highs, strict=True)]


@lru_cache
def _rolled_up(kind: EquipmentType, grain: Grain) -> str:
    """Composes the statement over a roll-up; parameters: machines, start, end."""
    columns = [asdict(rollup_columns(m.name)) for m in kind.metrics]
    return _said("rolled_up", columns, rollup=rollup_table(kind.name, grain))


@lru_cache(maxsize=64)
def _raw(kind: EquipmentType, machines: tuple[str, ...]) -> str:
    columns = [{"metric": m.name} for m in kind.metrics]
    parts = (_said("raw", columns, table=machine) for machine in machines)
    return "\nUNION ALL\n".join(part.replace("/*machine*/ 0", str(at)) for at, part in enumerate(parts, 1))


def _said(source: str, columns: Sequence[dict[str, str]], **table: str) -> str:
    sql = queries("quality")
    phrases = {slot: sql[f"{source}_{phrase}"] for slot, phrase in _SLOTS.items()}
    return repeat_for_columns(sql[f"{source}_ranges"], phrases, columns, **table).as_string()
