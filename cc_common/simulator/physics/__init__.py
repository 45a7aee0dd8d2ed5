"""How each type of machine behaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cc_common.simulator.machine import Machine
from cc_common.simulator.physics import cooling, electrical, utilities

PHYSICS: Final[dict[str, Callable[[Machine], None]]] = {
    "chiller": cooling.chiller,
    "cooling_tower": cooling.cooling_tower,
    "pump": cooling.pump,
    "ahu": cooling.ahu,
    "air_compressor": utilities.air_compressor,
    "boiler": utilities.boiler,
    "transformer": electrical.transformer,
    "diesel_generator": electrical.diesel_generator,
    "ups": electrical.ups,
    "energy_meter": electrical.energy_meter,
    "fire_pump": utilities.fire_pump,
    "lift": utilities.lift,
}
