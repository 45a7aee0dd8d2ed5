"""What the plant has: equipment types, their metrics, and each machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "tally"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One column of a type's tables.

    `kind`: gauge (averaged), counter (running; use is last minus first), tally (summed).
    """

    name: str  # the column, named with its unit: power_consumption_kw
    label: str  # "power consumption"
    unit: str  # as written: "kW", "°C", "" when there is none
    unit_spoken: str  # "kilowatts"
    kind: Kind
    low: float | None  # alarm limits; None: no limit on that side
    high: float | None
    decimals: int  # digits after the point when spoken
    aliases: tuple[str, ...]  # other words for it: "power", "kw", "load"


@dataclass(frozen=True, kw_only=True)
class EquipmentType:
    """A kind of machine. `metrics` in column order; the first is the one meant when none is named."""

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
