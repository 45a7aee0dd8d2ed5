"""Simulated hours of the machines of one type, as the detector and the models read them from the roll-ups."""

from __future__ import annotations

from cc_common.analytics.anomalies.hours import Hours
from cc_common.catalog.equipment import EquipmentType
from cc_common.simulator import PLANT
from cc_common.simulator.history import hourly_rollups


def simulated(kind: EquipmentType, seed: int, first_day: int, days: int) -> Hours:
    """All machines of the type over `days` UTC days from `first_day` (days since 1970)."""
    machines = tuple(m.id for m in PLANT.of_type(kind.name))
    return Hours.of_rollups(kind, machines, hourly_rollups(PLANT, seed, machines, first_day, days))
