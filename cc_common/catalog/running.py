"""Whether a machine runs, as far as the catalogue can tell: by its power."""

from __future__ import annotations

from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric

_POWERS: Final = ("kW", "kVA")


def power_of(kind: EquipmentType) -> Metric | None:
    """The metric that is zero while a machine of that type is off: its first power; None where it has none."""
    return next((m for m in kind.metrics if m.kind == "gauge" and m.unit in _POWERS), None)
