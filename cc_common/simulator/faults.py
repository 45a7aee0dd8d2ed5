"""Faults: which machine has what, from when to when. About a dozen begin in the whole plant each week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from cc_common.simulator.chance import MINUTES_A_DAY, key, uniform
from cc_common.simulator.site import KNOT

FaultKind = Literal["fouling", "bearing_wear", "sensor_stuck", "refrigerant_leak", "power_loss"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAILY_RATE: Final = 14 / 7 / 363
LONGEST_DAYS: Final = 5
# Shortest and longest, in hours; a fault that creeps in is at its worst at its end.
_HOURS: Final[dict[FaultKind, tuple[float, float]]] = {
    "fouling": (36, 120),
    "bearing_wear": (24, 96),
    "sensor_stuck": (3, 24),
    "refrigerant_leak": (18, 72),
    "power_loss": (0.5, 2.5),
}
_POSSIBLE: Final[dict[str, tuple[FaultKind, ...]]] = {
    "chiller": ("fouling", "bearing_wear", "refrigerant_leak", "refrigerant_leak", "sensor_stuck", "power_loss"),
    "cooling_tower": ("fouling", "bearing_wear", "sensor_stuck", "power_loss"),
    "pump": ("bearing_wear", "bearing_wear", "fouling", "sensor_stuck", "power_loss"),
    "ahu": ("fouling", "sensor_stuck", "power_loss"),
    "air_compressor": ("fouling", "bearing_wear", "sensor_stuck", "power_loss"),
    "boiler": ("fouling", "sensor_stuck", "power_loss"),
    "transformer": ("fouling", "sensor_stuck", "power_loss"),
    "diesel_generator": ("sensor_stuck",),
    "ups": ("sensor_stuck", "power_loss"),
    "energy_meter": ("sensor_stuck", "power_loss"),
    "fire_pump": ("sensor_stuck", "power_loss"),
    "lift": ("bearing_wear", "sensor_stuck", "power_loss"),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault of one machine over [start, end), minutes since 1970 on the knots; severity 0.5 to 1."""

    equipment_id: str
    kind: FaultKind
    start: int
    end: int
    severity: float
    choice: float  # in [0, 1): which sensor is stuck

    @property
    def label(self) -> dict[str, str | float | datetime]:
        """Its row in fault_label."""
        starts_at, ends_at = (_EPOCH + timedelta(minutes=at) for at in (self.start, self.end))
        own: dict[str, str | float] = {"equipment_id": self.equipment_id, "kind": self.kind, "severity": self.severity}
        return {**own, "starts_at": starts_at, "ends_at": ends_at}


@lru_cache(maxsize=4096)
def faults(seed: int, equipment_type: str, equipment_id: str, first_day: int, days: int) -> tuple[Fault, ...]:
    """The machine's faults that touch those UTC days, in order; never two at once."""
    candidates = np.arange(first_day - 2 * LONGEST_DAYS, first_day + days)
    struck = candidates[uniform(key(seed, equipment_id, "fault"), candidates) < DAILY_RATE]
    alone = struck[np.diff(struck, prepend=-LONGEST_DAYS - 1) > LONGEST_DAYS]
    found = (_fault(seed, equipment_type, equipment_id, int(day)) for day in alone)
    return tuple(fault for fault in found if fault.end > first_day * MINUTES_A_DAY)


def _fault(seed: int, equipment_type: str, equipment_id: str, day: int) -> Fault:
    which, when, long, bad, choice = uniform(key(seed, equipment_id, "fault", day), np.arange(5)).tolist()
    possible = _POSSIBLE[equipment_type]
    kind = possible[int(which * len(possible))]
    shortest, longest = _HOURS[kind]
    start = day * MINUTES_A_DAY + int(when * MINUTES_A_DAY) // KNOT * KNOT
    length = int(60 * (shortest + long * (longest - shortest))) // KNOT * KNOT
    severity = round(0.5 + 0.5 * bad, 2)
    return Fault(
        equipment_id=equipment_id, kind=kind, start=start, end=start + length, severity=severity, choice=choice
    )


def of_kind(found: tuple[Fault, ...], kind: FaultKind) -> Iterator[Fault]:
    """Only the faults of one kind."""
    return (fault for fault in found if fault.kind == kind)
