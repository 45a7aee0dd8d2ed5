"""Count, least and greatest of every metric of many machines: a statement for each stretch of the planner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.rollups import Grain, rollup_columns, rollup_table
from cc_common.catalog.statements import repeated
from cc_common.db import queries
from cc_common.timeseries.planner import split
from cc_common.timeseries.store import Store
from cc_common.window import Window

_SLOTS: Final = {"rows": "rows", "lows": "low", "highs": "high"}


@dataclass(frozen=True)
class Range:
    """`rows` readings of one metric, from `low` to `high`; None without any."""

    rows: int = 0
    low: float | None = None
    high: float | None = None

    def __add__(self, other: Range) -> Range:
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Range(self.rows + other.rows, min(lows, default=None), max(highs, default=None))


def ranges(store: Store, kind: EquipmentType, machines: Sequence[Equipment], window: Window) -> dict[str, list[Range]]:
    """For each of these machines of one type, the range of each metric in column order."""
    ids = tuple(machine.id for machine in machines)
    found = {machine: [Range()] * len(kind.metrics) for machine in ids}
    for stretch in split(store.clock, window):
        text = _raw(kind, ids) if stretch.source == "raw" else _rolled_up(kind, stretch.source)
        for row in store.rows(text, {"machines": list(ids), "start": stretch.start, "end": stretch.end}):
            found[row.equipment_id] = [a + b for a, b in zip(found[row.equipment_id], _of(row), strict=True)]
    return found


def _of(row: Any) -> list[Range]:
    return [Range(rows or 0, low, high) for rows, low, high in zip(row.rows, row.lows, row.highs, strict=True)]


@lru_cache
def _rolled_up(kind: EquipmentType, grain: Grain) -> str:
    """The statement over a roll-up; parameters: machines, start, end."""
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
    return repeated(sql[f"{source}_ranges"], phrases, columns, **table).as_string()
