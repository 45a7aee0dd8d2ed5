"""One simulated machine over whole days: its parameters, its faults, its sensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.simulator.site import (
    KNOT,
    MINUTES_A_DAY,
    Fault,
    FaultKind,
    Floats,
    Ints,
    Knots,
    Site,
    constant_trait,
    faults_of_kind,
    faults_of_machine,
    random_key,
    slow_walk,
    white_noise,
)

Minutes = npt.NDArray[np.floating[Any]]

_STEPS = np.arange(KNOT, dtype=np.float32) / np.float32(KNOT)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the physics of a type works with. Knots are ten minutes apart, readings one minute."""

    equipment: Equipment
    kind: EquipmentType
    site: Site
    readings: dict[str, Floats] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """1 for the first of its type."""
        return self.equipment.number

    @property
    def minutes(self) -> int:
        """How many minutes the site's days have."""
        return self.site.days * MINUTES_A_DAY

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Its faults that touch these days."""
        return faults_of_machine(self.site.seed, self.kind.name, self.equipment.id, self.site.first_day, self.site.days)

    def own(self, trait: str, low: float, high: float) -> float:
        """A constant parameter of this machine between low and high."""
        return constant_trait(random_key(self.site.seed, self.equipment.id, trait), low, high)

    def wander(self, name: str, period: int) -> Knots:
        """A slow walk in [-1, 1], turning every `period` minutes."""
        return slow_walk(random_key(self.site.seed, self.equipment.id, name), self.site.minutes, period)

    def creeping(self, kind: FaultKind) -> Knots:
        """The severity of a fault at each knot: 0 without, rising from a quarter to its full severity."""
        level = np.zeros(len(self.site.minutes))
        for fault in faults_of_kind(self.faults, kind):
            share = (self.site.minutes - fault.start) / (fault.end - fault.start)
            level += np.where((share >= 0) & (share < 1), fault.severity * (0.25 + 0.75 * share), 0)
        return level

    @cached_property
    def powered(self) -> Floats | None:
        """1 and, while its supply is lost, 0 for each minute; None when it never is."""
        lost = list(faults_of_kind(self.faults, "power_loss"))
        return self.outside(lost) if lost else None

    def outside(self, found: list[Fault]) -> Floats:
        """0 for each minute of those faults, else 1."""
        first = self.site.first_day * MINUTES_A_DAY
        mask = np.ones(self.minutes, np.float32)
        for fault in found:
            mask[max(fault.start - first, 0) : max(fault.end - first, 0)] = 0
        return mask

    def turn(self, group: int, days: int = 1) -> Ints:
        """Its place, from 0, in a group of neighbours that take turns to lead, each for `days` plant days."""
        return (self.number + self.site.day // days) % group

    @cached_property
    def noise(self) -> Floats:
        """White noise for each metric's sensor."""
        of = random_key(self.site.seed, self.equipment.id, "sensors")
        return white_noise(of, self.site.first_day, self.site.days, len(self.kind.metrics))

    def read(
        self, metric: str, knots: Knots, noise: float = 0.0, *, alive: Floats | None = None, dead: float = 0.0
    ) -> Floats:
        """The minutes' readings of what happens at the knots; noise only where it is not 0; `dead` without supply."""
        line = interpolate(knots)
        if noise:
            line += np.float32(noise) * self.noise[self._column(metric)] * (line != 0)
        if alive is not None:
            line = np.where(alive > 0, line, np.float32(dead))
        return self.put(metric, line)

    def put(self, metric: str, minutes: Minutes) -> Floats:
        """Keep the readings of a metric, rounded as its sensor rounds."""
        self.readings[metric] = round_to_sensor(
            minutes.astype(np.float32), self.kind.metrics[self._column(metric)].decimals
        )
        return self.readings[metric]

    def _column(self, metric: str) -> int:
        return self._columns[metric]

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {m.name: at for at, m in enumerate(self.kind.metrics)}


def interpolate(knots: Knots) -> Floats:
    """Straight lines between knots, one value a minute."""
    level = knots.astype(np.float32)
    return (level[:-1, None] + np.diff(level)[:, None] * _STEPS).reshape(-1)


def round_to_sensor(values: Floats, decimals: int) -> Floats:
    """Rounded to that many decimals and never below zero, which no sensor here can show."""
    scale = np.float32(10**decimals)
    return np.abs(np.rint(np.maximum(values, 0) * scale) / scale)
