"""Equipment types, their metrics and machines; the names of their roll-up tables and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "tally"]
Role = Literal[
    "power",  # zero while the machine is off
    "energy",  # a counter of electrical energy
    "load",  # how hard the machine works
    "speed",  # of its fan, pump or drive
    "output",  # what it spends its power on: a flow, a cooling load
    "ambient",  # a condition around the machine that it does not control
    "weather",
    "inlet_temperature",
    "outlet_temperature",
    "vibration",
    "bearing_temperature",
    "filter_pressure_drop",
    "fuel_level",
    "none",  # declared to have no role
]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One column of a type's tables.

    `kind`: gauge (averaged), counter (cumulative; use is last minus first), tally (summed).
    """

    name: str  # the column, named with its unit: power_consumption_kw
    label: str  # "power consumption"
    unit: str  # as written: "kW", "°C", "" for none
    unit_spoken: str  # "kilowatts"
    kind: Kind
    low: float | None  # alarm limits; None: no limit on that side
    high: float | None
    decimals: int  # decimals when spoken
    aliases: tuple[str, ...]  # other names: "power", "kw", "load"
    role: Role | None = None  # its function in the machine; None: guessed by unit and words


@dataclass(frozen=True, kw_only=True)
class EquipmentType:
    """A kind of machine. `metrics` in column order; the first is the default when none is named."""

    name: str  # chiller
    label: str  # "chiller"
    plural: str  # "chillers"
    aliases: tuple[str, ...]  # "CH", "chillers"
    metrics: tuple[Metric, ...]

    def metric(self, name: str) -> Metric | None:
        """The metric with that column name, or None."""
        return next((m for m in self.metrics if m.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """One machine. `id` is also the name of its table of readings."""

    id: str  # chiller_001
    type: str  # chiller
    number: int  # 1
    name: str  # "Chiller 1"
    location: str
    aliases: tuple[str, ...]  # "CH-1"


Grain = Literal["hourly", "daily"]


@dataclass(frozen=True, kw_only=True)
class RollupColumns:
    """The four columns of one metric in a roll-up."""

    min: str
    max: str
    sum: str
    count: str


def rollup_table(equipment_type: str, grain: Grain) -> str:
    """The table's name, such as rollup.chiller_hourly: one row a machine and plant hour (or day), `ts` its start."""
    return f"rollup.{equipment_type}_{grain}"


def rollup_columns(metric: str) -> RollupColumns:
    """The metric's columns in both roll-ups of its type."""
    return RollupColumns(min=f"{metric}_min", max=f"{metric}_max", sum=f"{metric}_sum", count=f"{metric}_count")


def all_rollup_columns(kind: EquipmentType) -> tuple[str, ...]:
    """Every column of the type's roll-ups, in the order of the statements, which may differ from the table's."""
    own = (rollup_columns(m.name) for m in kind.metrics)
    return ("equipment_id", "ts", "rows", *(name for c in own for name in (c.min, c.max, c.sum, c.count)))
