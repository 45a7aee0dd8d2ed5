"""Maintenance items as handed out, and the machine-hours they are worked out from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, Flags, Floats
from cc_common.analytics.anomalies.stuck_sensors import never_moved
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.metric_roles import power_of
from cc_common.core.evidence import Evidence, Figure

ItemKind = Literal["efficiency_loss", "bearing_wear", "filter_change", "fuel"]
ItemState = Literal["due", "soon", "loss", "ok", "off", "unknown"]

URGENCY: Final[tuple[ItemState, ...]] = ("due", "soon", "loss", "ok", "off", "unknown")
PRESSING: Final = frozenset[ItemState](["due", "soon", "loss"])  # what is worth telling unasked
DUE, SOON = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One figure of one machine, as of its window's end; times in UTC.

    efficiency_loss: `value` kWh lost in the window, within [low, high] at 90 %, and what they cost. All others: `value`
    now, and when it reaches `limit`: `at`, between `earliest` and `latest` at 90 % (None: not within `horizon`).
    `error`: how far the method errs, in `error_unit`. state off: the machine did not run; unknown: see `why`.
    """

    equipment: str
    kind: ItemKind
    metric: str
    state: ItemState
    message: str
    why: str = ""  # there is nothing to tell; part of `message`
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    limit: float | None = None
    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    horizon: datetime | None = None
    cost: float | None = None
    currency: str = ""
    method: str = ""
    error: float | None = None
    error_unit: str = ""
    evidence: Evidence | None = None  # of value: the rows it was worked out from

    @property
    def presses(self) -> bool:
        """Whether it is worth telling unasked."""
        return self.state in PRESSING

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The value, and what it costs; made from the rows, as a forecast is. None where there are no rows."""
        if self.value is None or self.evidence is None or self.evidence.rows < 1:
            return ()
        value = Figure(
            equipment=self.equipment,
            metric=self.metric,
            statistic="forecast",
            value=self.value,
            unit=self.unit,
            start=self.evidence.start,
            end=self.evidence.end,
            evidence=replace(self.evidence, statistic="forecast"),
        )
        return (value,) if self.cost is None else (value, replace(value, value=self.cost, unit=self.currency))

    @property
    def rank(self) -> tuple[int, float, float, str]:
        """What is most urgent first, then what comes first, then what costs most."""
        comes = self.at.timestamp() if self.at else float("inf")
        return URGENCY.index(self.state), comes, -(self.cost or 0.0), self.equipment


def state_before(at: datetime | None, now: datetime) -> ItemState:
    """How pressing a limit is that is reached then; None: it is not in sight."""
    if at is None or at - now > SOON:
        return "ok"
    return "due" if at - now <= DUE else "soon"


@dataclass(frozen=True, kw_only=True)
class MachineMaintenance:
    """A machine's items, the most urgent first; none where its type has nothing that can be told."""

    equipment: str
    as_of: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class PlantMaintenance:
    """All machines' items, the most urgent first. The totals are of losses that stand clear of the method's error."""

    as_of: datetime
    items: tuple[Item, ...]
    loss_kwh: float
    cost: float
    currency: str


DAY = 24


@dataclass(frozen=True, kw_only=True)
class MachineHours:
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
        newest = self.hours.between(max(len(self) - hours, 0), len(self))
        return never_moved(newest, self.place, column, self.on[-hours:])

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


def duration_text(days: float) -> str:
    """ "5 hours", "1 hour", "20 days": what has passed in full."""
    count, unit = (int(days), "day") if days >= 2 else (int(days * DAY), "hour")
    return f"{count} {unit}{'s' * (count != 1)}"
