"""The simulated plant: 363 machines of 12 types, their locations and their aliases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.simulator.plant_types import (
    AHU,
    AIR_COMPRESSOR,
    BOILER,
    CHILLER,
    COOLING_TOWER,
    DIESEL_GENERATOR,
    ENERGY_METER,
    FIRE_PUMP,
    LIFT,
    PUMP,
    TRANSFORMER,
    UPS,
)


@dataclass(frozen=True, kw_only=True)
class _Fleet:
    type: EquipmentType
    count: int
    name: str  # "Chiller" of "Chiller 1"
    places: tuple[str, ...]  # taken in turn, as evenly as the count allows


FLEETS: Final = (
    _Fleet(type=CHILLER, count=24, name="Chiller", places=tuple(f"Chiller Plant {p}, Basement 1" for p in "ABCDEF")),
    _Fleet(type=COOLING_TOWER, count=18, name="Cooling Tower", places=tuple(f"Plant {p} Roof" for p in "ABCDEF")),
    _Fleet(type=PUMP, count=54, name="Pump", places=tuple(f"Pump Room {p}, Basement 1" for p in "ABCDEF")),
    _Fleet(
        type=AHU,
        count=80,
        name="AHU",
        places=tuple(f"Tower {t}, Level {level} AHU Room" for t in "ABCD" for level in range(1, 21)),
    ),
    _Fleet(type=AIR_COMPRESSOR, count=12, name="Air Compressor", places=("Utility Block East", "Utility Block West")),
    _Fleet(type=BOILER, count=9, name="Boiler", places=("Boiler House 1", "Boiler House 2", "Laundry Block")),
    _Fleet(type=TRANSFORMER, count=16, name="Transformer", places=tuple(f"Substation {n}" for n in range(1, 9))),
    _Fleet(type=DIESEL_GENERATOR, count=12, name="Diesel Generator", places=("Generator Yard 1", "Generator Yard 2")),
    _Fleet(type=UPS, count=20, name="UPS", places=tuple(f"Tower {t}, UPS Room" for t in "ABCD")),
    _Fleet(
        type=ENERGY_METER,
        count=90,
        name="Energy Meter",
        places=("Main LT Room", *(f"Tower {t}, Level {level} Riser" for t in "ABCD" for level in range(1, 21))),
    ),
    _Fleet(type=FIRE_PUMP, count=8, name="Fire Pump", places=("Fire Pump House North", "Fire Pump House South")),
    _Fleet(type=LIFT, count=20, name="Lift", places=tuple(f"Tower {t} Core" for t in "ABCD")),
)
# Names that follow from no type and number.
NICKNAMES: Final = {
    "energy_meter_001": ("main incomer", "main incomer meter"),
    "lift_020": ("fireman's lift", "firemans lift"),
}


def _machines(fleet: _Fleet) -> Iterator[Equipment]:
    for n in range(1, fleet.count + 1):
        name = f"{fleet.type.name}_{n:03d}"
        yield Equipment(
            id=name,
            type=fleet.type.name,
            number=n,
            name=f"{fleet.name} {n}",
            location=fleet.places[(n - 1) * len(fleet.places) // fleet.count],
            aliases=NICKNAMES.get(name, ()),
        )


PLANT: Final = Catalog(
    plant_name="Riverside Campus",
    tz="Asia/Kolkata",
    types=tuple(fleet.type for fleet in FLEETS),
    equipment=tuple(machine for fleet in FLEETS for machine in _machines(fleet)),
)


def plant_in(tz: str) -> Catalog:
    """The same plant in another time zone."""
    return replace(PLANT, tz=tz)
