"""What all simulated machines share: seeded random numbers, clock, weather, occupancy, demand, labelled faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from cc_common.timeseries.rows import DAY_US, HOUR_US, MINUTE_US, clock_micros

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MINUTES_A_DAY: Final = 1440


def random_key(seed: int, *names: str | int) -> int:
    """64 bits from a seed and names."""
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def uniform(of: int, at: Ints) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each of the integers `at`: SplitMix64, https://prng.di.unimi.it/splitmix64.c"""
    z = at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.array([of], np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def constant_trait(of: int, low: float, high: float) -> float:
    """A constant number between low and high."""
    return low + (high - low) * float(uniform(of, np.zeros(1, np.int64))[0])


def slow_walk(of: int, minutes: Ints, period: int) -> npt.NDArray[np.float64]:
    """A slow walk in [-1, 1] that turns every `period` minutes, seen at `minutes` since 1970."""
    first = int(minutes[0]) // period
    turns = 2 * uniform(of, np.arange(first, int(minutes[-1]) // period + 2)) - 1
    at, past = np.divmod(minutes, period)
    walk: npt.NDArray[np.float64] = turns[at - first] + (turns[at - first + 1] - turns[at - first]) * (past / period)
    return walk


def white_noise(of: int, first_day: int, days: int, channels: int) -> Floats:
    """Standard normal noise (channels, days * 1440), each UTC day from its own Philox stream."""
    noise = np.empty((channels, days, MINUTES_A_DAY), np.float32)
    for day in range(days):
        stream = np.random.Generator(np.random.Philox(key=np.array([of, first_day + day], np.uint64)))
        noise[:, day] = stream.standard_normal((channels, MINUTES_A_DAY), np.float32)
    return noise.reshape(channels, -1)


KNOT: Final = 10  # minutes between knots
KNOTS_A_DAY: Final = MINUTES_A_DAY // KNOT

Knots = npt.NDArray[np.float64]

# People on the campus by hour of a working day, and how much of that comes on each weekday from Monday.
_HOURS: Final = (0, 5, 7, 9, 11, 13, 14, 16, 18, 20, 22, 24)
_PEOPLE: Final = (0.08, 0.06, 0.25, 0.9, 1.0, 0.8, 0.95, 1.0, 0.7, 0.3, 0.12, 0.08)
_WEEKDAYS: Final = np.array([1.0, 1.0, 1.0, 1.0, 0.96, 0.5, 0.22])


@dataclass(frozen=True)
class Site:
    """The plant over `days` whole UTC days from `first_day` (since 1970); arrays at the knots, the last included."""

    seed: int
    tz: str
    first_day: int
    days: int

    @cached_property
    def minutes(self) -> Ints:
        """Minutes since 1970 of every knot."""
        first = self.first_day * MINUTES_A_DAY
        return np.arange(first, first + self.days * MINUTES_A_DAY + 1, KNOT)

    @cached_property
    def local(self) -> Ints:
        """The plant's clock at every knot, microseconds."""
        return clock_micros(self.minutes * MINUTE_US, self.tz)

    @cached_property
    def hour(self) -> Knots:
        """Hour of the plant's day, 0 to 24."""
        return np.asarray((self.local % DAY_US) / HOUR_US, np.float64)

    @cached_property
    def day(self) -> Ints:
        """The plant's date in days since 1970, a Thursday."""
        return self.local // DAY_US

    @cached_property
    def people(self) -> Knots:
        """Occupancy of the campus, 0 to about 1."""
        share = _WEEKDAYS[(self.day + 3) % 7]
        return np.asarray(np.interp(self.hour, _HOURS, _PEOPLE) * share * (1 + 0.06 * self.wander("people", 180)))

    @cached_property
    def outdoor_c(self) -> Knots:
        """Outdoor temperature: the year, the day, and weather passing through."""
        season = 4.5 * np.cos(2 * np.pi * (self.minutes / MINUTES_A_DAY - 140) / 365.25)
        daily = 4.5 * np.cos(2 * np.pi * (self.hour - 15) / 24)
        return 27 + season + daily + 2.5 * self.wander("weather", 4320) + 0.7 * self.wander("clouds", 240)

    @cached_property
    def humidity_pct(self) -> Knots:
        """Outdoor relative humidity: low when the day is hot."""
        daily = -12 * np.cos(2 * np.pi * (self.hour - 15) / 24)
        return np.clip(62 + daily + 16 * self.wander("moisture", 2880), 18, 98)

    @cached_property
    def wet_bulb_c(self) -> Knots:
        """Wet-bulb temperature from the other two: Stull 2011, doi:10.1175/JAMC-D-11-0143.1."""
        t, rh = self.outdoor_c, self.humidity_pct
        return (
            t * np.arctan(0.151977 * np.sqrt(rh + 8.313659))
            + np.arctan(t + rh)
            - np.arctan(rh - 1.676331)
            + 0.00391838 * rh**1.5 * np.arctan(0.023101 * rh)
            - 4.686035
        )

    @cached_property
    def cooling(self) -> Knots:
        """Cooling asked for, 0 to 1 of what is installed: people and weather."""
        weather = np.clip((self.wet_bulb_c - 12) / 16, 0, 1.2)
        return np.clip(0.26 + 0.4 * self.people * (0.4 + 0.6 * weather) + 0.32 * weather, 0.1, 0.97)

    @cached_property
    def mains_v(self) -> Knots:
        """Line voltage: sags a little when the campus is busy."""
        return 416 - 5 * self.people + 3.5 * self.wander("mains", 90)

    def wander(self, name: str, period: int) -> Knots:
        """A slow walk in [-1, 1] all machines see alike."""
        return slow_walk(random_key(self.seed, "site", name), self.minutes, period)


@lru_cache(maxsize=8)
def site_of_days(seed: int, tz: str, first_day: int, days: int) -> Site:
    """The site over those days, cached for all its machines."""
    return Site(seed, tz, first_day, days)


FaultKind = Literal["fouling", "bearing_wear", "sensor_stuck", "refrigerant_leak", "power_loss"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAILY_RATE: Final = 14 / 7 / 363
MAX_DAYS: Final = 5
# Shortest and longest, in hours; a fault that creeps in is at its worst at its end.
_FAULT_HOURS: Final[dict[FaultKind, tuple[float, float]]] = {
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
def faults_of_machine(
    seed: int, equipment_type: str, equipment_id: str, first_day: int, days: int
) -> tuple[Fault, ...]:
    """The machine's faults that touch those UTC days, in order; never two at once."""
    candidates = np.arange(first_day - 2 * MAX_DAYS, first_day + days)
    struck = candidates[uniform(random_key(seed, equipment_id, "fault"), candidates) < DAILY_RATE]
    alone = struck[np.diff(struck, prepend=-MAX_DAYS - 1) > MAX_DAYS]
    found = (_fault(seed, equipment_type, equipment_id, int(day)) for day in alone)
    return tuple(fault for fault in found if fault.end > first_day * MINUTES_A_DAY)


def _fault(seed: int, equipment_type: str, equipment_id: str, day: int) -> Fault:
    which, when, long, bad, choice = uniform(random_key(seed, equipment_id, "fault", day), np.arange(5)).tolist()
    possible = _POSSIBLE[equipment_type]
    kind = possible[int(which * len(possible))]
    shortest, longest = _FAULT_HOURS[kind]
    start = day * MINUTES_A_DAY + int(when * MINUTES_A_DAY) // KNOT * KNOT
    length = int(60 * (shortest + long * (longest - shortest))) // KNOT * KNOT
    severity = round(0.5 + 0.5 * bad, 2)
    return Fault(
        equipment_id=equipment_id, kind=kind, start=start, end=start + length, severity=severity, choice=choice
    )


def faults_of_kind(found: tuple[Fault, ...], kind: FaultKind) -> Iterator[Fault]:
    """Only the faults of one kind."""
    return (fault for fault in found if fault.kind == kind)
