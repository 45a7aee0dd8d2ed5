"""A machine's signals over whole days: physics by type, then what sensors and lines do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.simulator import physics_electrical, physics_thermal
from cc_common.simulator.machine import Machine
from cc_common.simulator.site import MINUTES_A_DAY, Fault, Floats, faults_of_kind, key, site, uniform
from cc_common.timeseries.rows import MINUTE_US, Rows

PHYSICS: Final[dict[str, Callable[[Machine], None]]] = {
    "chiller": physics_thermal.chiller,
    "cooling_tower": physics_thermal.cooling_tower,
    "pump": physics_thermal.pump,
    "ahu": physics_thermal.ahu,
    "air_compressor": physics_thermal.air_compressor,
    "boiler": physics_thermal.boiler,
    "transformer": physics_electrical.transformer,
    "diesel_generator": physics_electrical.diesel_generator,
    "ups": physics_electrical.ups,
    "energy_meter": physics_electrical.energy_meter,
    "fire_pump": physics_thermal.fire_pump,
    "lift": physics_thermal.lift,
}


# On one day in four a machine's line is silent for 2 to 15 minutes.
_GAP_CHANCE: Final = 0.25


def signals(catalog: Catalog, seed: int, equipment_id: str, first_day: int, days: int) -> Rows:
    """The machine's rows of `days` whole UTC days from `first_day` (days since 1970): the same however they are cut."""
    machine = _simulated(catalog, seed, catalog.get(equipment_id), first_day, days)
    values = np.stack([machine.readings[m.name] for m in machine.kind.metrics])
    for fault in faults_of_kind(machine.faults, "sensor_stuck"):
        _stick(values, catalog, machine, fault)
    for start, end in _gaps(seed, equipment_id, first_day, days):
        values[:, start:end] = np.nan
    minutes = first_day * MINUTES_A_DAY + np.arange(days * MINUTES_A_DAY, dtype=np.int64)
    return Rows(minutes * MINUTE_US, values.T)


def _simulated(catalog: Catalog, seed: int, equipment: Equipment, first_day: int, days: int) -> Machine:
    kind = catalog.type(equipment.type)
    machine = Machine(equipment=equipment, kind=kind, site=site(seed, catalog.tz, first_day, days))
    PHYSICS[kind.name](machine)
    return machine


def _stick(values: Floats, catalog: Catalog, machine: Machine, fault: Fault) -> None:
    """Freeze one sensor at what it read when it stuck, which may lie before these days."""
    column = _stuck_column(machine.kind, fault)
    day, minute = divmod(fault.start, MINUTES_A_DAY)
    origin = _simulated(catalog, machine.site.seed, machine.equipment, day, 1)
    first = machine.site.first_day * MINUTES_A_DAY
    frozen = origin.readings[machine.kind.metrics[column].name][minute]
    values[column, max(fault.start - first, 0) : max(fault.end - first, 0)] = frozen


def _stuck_column(kind: EquipmentType, fault: Fault) -> int:
    """A gauge: registers and tallies do not stick."""
    gauges = [at for at, metric in enumerate(kind.metrics) if metric.kind == "gauge"]
    return gauges[int(fault.choice * len(gauges))]


def _gaps(seed: int, equipment_id: str, first_day: int, days: int) -> Iterator[tuple[int, int]]:
    """Minutes [start, end) without readings, counted from the first day."""
    each = np.arange(first_day, first_day + days)
    happens, when, long = (uniform(key(seed, equipment_id, "gap", part), each) for part in range(3))
    for day in np.flatnonzero(happens < _GAP_CHANCE):
        length = 2 + int(14 * long[day])
        start = int(day) * MINUTES_A_DAY + int(when[day] * (MINUTES_A_DAY - length))
        yield start, start + length
