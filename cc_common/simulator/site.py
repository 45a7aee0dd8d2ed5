"""What all machines share: the clock, the weather, the people, and how much of everything they ask for.

Slow things are worked out at knots ten minutes apart and drawn as straight lines between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.ingest.buckets import clock_micros
from cc_common.ingest.rows import DAY_US, HOUR_US, MINUTE_US
from cc_common.simulator.chance import MINUTES_A_DAY, Ints, key, wander

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
        """How full the campus is, 0 to about 1."""
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
        return wander(key(self.seed, "site", name), self.minutes, period)


@lru_cache(maxsize=8)
def site(seed: int, tz: str, first_day: int, days: int) -> Site:
    """The plant over those days, worked out once for all its machines."""
    return Site(seed, tz, first_day, days)
