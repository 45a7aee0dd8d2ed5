"""What explains each type's other metrics: its load, and what else moves them. docs/machines.md.

A type that is not named here is driven by its power, if it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.running import power_of
from cc_common.catalog.store import Catalog


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
