"""Where a type's roll-ups are kept, and what their columns are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cc_common.catalog.equipment import EquipmentType

Grain = Literal["hourly", "daily"]


@dataclass(frozen=True, kw_only=True)
class RollupColumns:
    """The four columns of one metric in a roll-up."""

    min: str
    max: str
    sum: str
    count: str


def rollup_table(equipment_type: str, grain: Grain) -> str:
    """rollup.chiller_hourly: one row a machine and plant hour (or day), `ts` its start."""
    return f"rollup.{equipment_type}_{grain}"


def rollup_columns(metric: str) -> RollupColumns:
    """The metric's columns in both roll-ups of its type."""
    return RollupColumns(min=f"{metric}_min", max=f"{metric}_max", sum=f"{metric}_sum", count=f"{metric}_count")


def all_rollup_columns(kind: EquipmentType) -> tuple[str, ...]:
    """Every column of the type's roll-ups, in the order statements name them; the table's own is another."""
    own = (rollup_columns(m.name) for m in kind.metrics)
    return ("equipment_id", "ts", "rows", *(name for c in own for name in (c.min, c.max, c.sum, c.count)))
