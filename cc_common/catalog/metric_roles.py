"""Roles of metrics: which metric of a type is its power, its load, its inlet and outlet temperature, its fuel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.store import Catalog

_POWERS: Final = ("kW", "kVA")


def power_of(kind: EquipmentType) -> Metric | None:
    """The metric that is zero while a machine of that type is off: its first power; None where it has none."""
    return next((m for m in kind.metrics if m.kind == "gauge" and m.unit in _POWERS), None)


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """Names of metrics: `load` is how hard the machine works, `beside` what it cannot help."""

    load: str | None
    beside: tuple[str, ...] = ()


KNOWN: Final[Mapping[str, Drivers]] = {
    "chiller": Drivers(load="cooling_load_tr", beside=("cw_supply_temp_c",)),
    "cooling_tower": Drivers(load="makeup_water_m3h", beside=("wet_bulb_temp_c",)),
    "pump": Drivers(load="speed_pct"),
    "ahu": Drivers(load="fan_speed_pct"),
    "air_compressor": Drivers(load="load_pct"),
    "boiler": Drivers(load="steam_flow_kgh"),
    "transformer": Drivers(load="load_kva"),
    "diesel_generator": Drivers(load="power_output_kw"),
    "ups": Drivers(load="load_pct"),
    "energy_meter": Drivers(load="active_power_kw"),
    "lift": Drivers(load="trips_count", beside=("machine_room_temp_c",)),
}
WEATHER: Final = ("outdoor_temp_c", "ambient_temp_c", "wet_bulb_temp_c")  # the first that the plant has


def drivers_of(kind: EquipmentType) -> Drivers:
    """Of what the type has."""
    names = {m.name for m in kind.metrics}
    known = KNOWN.get(kind.name)
    if known and known.load in names:
        return Drivers(load=known.load, beside=tuple(b for b in known.beside if b in names))
    power = power_of(kind)
    return Drivers(load=power.name if power else None)


def weather_of(catalog: Catalog) -> tuple[EquipmentType, Metric] | None:
    """The type that measures the weather, and what of it."""
    for name in WEATHER:
        for kind in catalog.types:
            if (metric := kind.metric(name)) is not None and catalog.of_type(kind.name):
                return kind, metric
    return None


@dataclass(frozen=True, kw_only=True)
class LoadMetrics:
    """What a machine's power is spent on, and what else moves that power."""

    power: str
    output: str
    beside: tuple[str, ...] = ()


WORK: Final[Mapping[str, LoadMetrics]] = {
    "chiller": LoadMetrics(power="power_consumption_kw", output="cooling_load_tr", beside=("cw_supply_temp_c",)),
    "pump": LoadMetrics(power="power_consumption_kw", output="flow_m3h"),
    "ahu": LoadMetrics(power="fan_power_kw", output="airflow_m3h"),
    "air_compressor": LoadMetrics(power="power_consumption_kw", output="air_flow_m3h"),
}
WEAR: Final = ("vibration_mm_s", "bearing_temp_c")
FILTER, SPEED = "filter_dp_pa", "fan_speed_pct"  # the drop over a filter goes with the square of the fan's speed
FUEL: Final = "fuel_level_pct"


def work_of(kind: EquipmentType) -> LoadMetrics | None:
    """None where the type has no such metrics."""
    work = WORK.get(kind.name)
    names = {m.name for m in kind.metrics}
    return work if work and names >= {work.power, work.output, *work.beside} else None


def worn_of(kind: EquipmentType) -> tuple[Metric, ...]:
    """The metrics that wear shows in, with a limit."""
    return tuple(m for m in kind.metrics if m.name in WEAR and m.high is not None)


def filter_of(kind: EquipmentType) -> Metric | None:
    """The drop over a filter, where it has a limit and the fan's speed is known."""
    found = kind.metric(FILTER)
    return found if found and found.high is not None and kind.metric(SPEED) else None


def needed(kind: EquipmentType) -> tuple[Metric, ...]:
    """Every metric that hours have to be read of, in column order; the power first says whether the machine is on."""
    work, power = work_of(kind), power_of(kind)
    names = {m.name for m in worn_of(kind)}
    names |= {work.power, work.output, *work.beside} if work else set()
    names |= {FILTER, SPEED} if filter_of(kind) else set()
    names |= {power.name} if power and names else set()
    return tuple(m for m in kind.metrics if m.name in names)
