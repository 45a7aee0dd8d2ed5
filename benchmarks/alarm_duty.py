"""Whose running says that a machine should run, as the watcher learns it at each midnight; from hours in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from cc_common.alerts.duty import HISTORY, Duty, companies
from cc_common.anomalies.hours import Hours
from cc_common.catalog.running import power_of
from cc_common.simulator import PLANT
from cc_common.timeseries.clock import HOUR, PlantClock


@dataclass(kw_only=True)
class Habits:
    """The hours of each type's power; what was learned of them on a day is kept until the next."""

    powers: list[Hours] = field(default_factory=list)
    known: Duty = field(default_factory=Duty)

    def add(self, hours: Hours) -> None:
        """The hours of a type; one without a power has no duty."""
        if (power := power_of(hours.kind)) is not None:
            place = [hours.kind.metrics.index(power)]
            narrow = {name: np.take(getattr(hours, name), place, 1) for name in ("mean", "low", "high", "count")}
            self.powers.append(replace(hours, kind=replace(hours.kind, metrics=(power,)), **narrow))

    def on(self, now: datetime) -> Duty:
        """What is known on the plant day of that moment."""
        clock = PlantClock(PLANT.tz)
        day = clock.day(now)
        midnight = clock.at(day).astimezone(UTC)
        if midnight != self.known.since:
            past = [_before(hours, midnight) for hours in self.powers]
            found = {m: own for hours in past for m, own in companies(hours, PLANT.tz, day).items()}
            self.known = Duty(since=midnight, companies=found)
        return self.known


def _before(hours: Hours, midnight: datetime) -> Hours:
    end = (midnight - hours.at(0)) // HOUR
    return hours.between(max(end - HISTORY // HOUR, 0), end)
