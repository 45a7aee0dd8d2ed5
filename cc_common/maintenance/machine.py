"""One machine's hours, as the figures take them: a metric's hourly means, and in which hours it ran throughout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from cc_common.anomalies.hours import Hours
from cc_common.anomalies.parameters import FULL_HOUR
from cc_common.anomalies.robust import Flags, Floats
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.running import power_of
from cc_common.evidence import Evidence
from cc_common.maintenance.model import ItemState

DAY = 24
FEWEST_STILL = 12  # running hours: so many at one value are a sensor that stands still


@dataclass(frozen=True, kw_only=True)
class Machine:
    """T whole hours up to `now`; `hours` may hold siblings too, of which `place` is this one."""

    equipment: Equipment
    hours: Hours
    place: int
    now: datetime

    def __len__(self) -> int:
        return len(self.hours)

    def metric(self, name: str) -> Metric:
        """Of the type."""
        return self.hours.kind.metrics[self._column(name)]

    def mean(self, name: str) -> Floats:
        """(T,): NaN in hours with few readings, and in those in which it was not on throughout."""
        column = self._column(name)
        known = self.on & (self.hours.count[self.place, column] >= FULL_HOUR)
        return np.where(known, self.hours.mean[self.place, column], np.nan)

    def read(self, name: str) -> Flags:
        """(T,): hours in which the metric has a number."""
        return np.asarray(np.isfinite(self.hours.mean[self.place, self._column(name)]))

    @cached_property
    def on(self) -> Flags:
        """(T,): hours in which it ran from beginning to end."""
        power = power_of(self.hours.kind)
        if power is None:
            return np.asarray(self.hours.rows[self.place] > 0)
        return np.asarray(self.hours.low[self.place, self._column(power.name)] > 0)

    @cached_property
    def days(self) -> float:
        """How long there have been readings."""
        seen = np.flatnonzero(self.hours.rows[self.place] > 0)
        return float(len(self) - seen[0]) / DAY if len(seen) else 0.0

    def why_untold(self, name: str, hours: int) -> tuple[ItemState, str]:
        """Why there is nothing to go by in the newest hours: silent, off, or without readings of that metric."""
        days = f"in the last {hours // DAY} days"
        if not (self.hours.rows[self.place, -hours:] > 0).any():
            return "unknown", f"there are no readings {days}"
        power = power_of(self.hours.kind)
        if power is not None and self.read(power.name)[-hours:].sum() * 2 < DAY:
            return "unknown", f"there are too few readings of {power.label} {days}"
        if self.on[-hours:].sum() * 2 < DAY:
            return "off", f"the machine was off {days}, or nearly"
        return "unknown", f"there are too few readings of {self.metric(name).label} {days}"

    def standing(self, names: Iterable[str], hours: int) -> str | None:
        """Why the first of these metrics that has not moved at all in the newest hours of running tells nothing."""
        found = next((name for name in names if self._stands(self._column(name), hours)), None)
        return f"the readings of {self.metric(found).label} stand still" if found else None

    def _stands(self, column: int, hours: int) -> bool:
        counts, low, high = (
            getattr(self.hours, name)[self.place, column, -hours:] for name in ("count", "low", "high")
        )
        known = self.on[-hours:] & (counts >= FULL_HOUR)
        return bool(known.sum() >= FEWEST_STILL and low[known].min() == high[known].max())

    def evidence(self, name: str, first: int) -> Evidence:
        """The readings since that hour."""
        return Evidence(
            table=self.equipment.id,
            column=name,
            statistic="avg",
            start=self.hours.at(first),
            end=self.hours.at(len(self)),
            rows=int(self.hours.count[self.place, self._column(name), first:].sum()),
        )

    def _column(self, name: str) -> int:
        return next(at for at, m in enumerate(self.hours.kind.metrics) if m.name == name)


def how_long(days: float) -> str:
    """ "5 hours", "1 hour", "20 days": what has passed in full."""
    count, unit = (int(days), "day") if days >= 2 else (int(days * DAY), "hour")
    return f"{count} {unit}{'s' * (count != 1)}"
