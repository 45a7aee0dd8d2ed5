"""Maintenance items, and the machine-hours they are computed from."""

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
PRESSING: Final = frozenset[ItemState](["due", "soon", "loss"])  # states that are reported without being asked for
DUE, SOON = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One figure of one machine, as of its window's end; times in UTC.

    efficiency_loss: `value` kWh lost in the window, within [low, high] at 90 %, and their cost. All others: the current
    `value`, and when it reaches `limit`: `at`, between `earliest` and `latest` at 90 % (None: not within `horizon`).
    `error`: the method's error, in `error_unit`. state off: the machine did not run; unknown: see `why`.
    """

    equipment: str
    kind: ItemKind
    metric: str
    state: ItemState
    message: str
    why: str = ""  # the reason for having no figure; part of `message`
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
    evidence: Evidence | None = None  # the rows that `value` was computed from

    @property
    def presses(self) -> bool:
        """Whether it is reported without being asked for."""
        return self.state in PRESSING

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The value and its cost, computed from the rows as a forecast is. None without rows."""
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
        """The sort key: most urgent first, then earliest, then most costly."""
        comes = self.at.timestamp() if self.at else float("inf")
        return URGENCY.index(self.state), comes, -(self.cost or 0.0), self.equipment


def state_before(at: datetime | None, now: datetime) -> ItemState:
    """The state by the time at which a limit is reached; None: beyond the horizon."""
    if at is None or at - now > SOON:
        return "ok"
    return "due" if at - now <= DUE else "soon"


@dataclass(frozen=True, kw_only=True)
class MachineMaintenance:
    """A machine's items, most urgent first; none where no figure applies to its type."""

    equipment: str
    as_of: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class PlantMaintenance:
    """All machines' items, most urgent first. The totals add up the losses above the method's error."""

    as_of: datetime
    items: tuple[Item, ...]
    loss_kwh: float
    cost: float
    currency: str


DAY = 24


@dataclass(frozen=True, kw_only=True)
class MachineHours:
    """T whole hours up to `now` of one machine; `hours` may include siblings, `place` is the machine's index."""

    equipment: Equipment
    hours: Hours
    place: int
    now: datetime

    def __len__(self) -> int:
        return len(self.hours)

    def metric(self, name: str) -> Metric:
        """The type's metric of that name."""
        return self.hours.kind.metrics[self._column(name)]

    def mean(self, name: str) -> Floats:
        """(T,): hourly means; NaN in hours with too few readings, and in those not on throughout."""
        column = self._column(name)
        known = self.is_on & (self.hours.count[self.place, column] >= FULL_HOUR)
        return np.where(known, self.hours.mean[self.place, column], np.nan)

    def read(self, name: str) -> Flags:
        """(T,): hours in which the metric has readings."""
        return np.asarray(np.isfinite(self.hours.mean[self.place, self._column(name)]))

    @cached_property
    def is_on(self) -> Flags:
        """(T,): hours in which the machine ran throughout."""
        power = power_of(self.hours.kind)
        if power is None:
            return np.asarray(self.hours.rows[self.place] > 0)
        return np.asarray(self.hours.low[self.place, self._column(power.name)] > 0)

    @cached_property
    def days(self) -> float:
        """The length of the readings' history in days."""
        seen = np.flatnonzero(self.hours.rows[self.place] > 0)
        return float(len(self) - seen[0]) / DAY if len(seen) else 0.0

    def why_untold(self, name: str, hours: int) -> tuple[ItemState, str]:
        """Why the newest hours give no figure: no readings, off, or no readings of that metric."""
        days = f"in the last {hours // DAY} days"
        if not (self.hours.rows[self.place, -hours:] > 0).any():
            return "unknown", f"there are no readings {days}"
        power = power_of(self.hours.kind)
        if power is not None and self.read(power.name)[-hours:].sum() * 2 < DAY:
            return "unknown", f"there are too few readings of {power.label} {days}"
        if self.is_on[-hours:].sum() * 2 < DAY:
            return "off", f"the machine was off {days}, or nearly"
        return "unknown", f"there are too few readings of {self.metric(name).label} {days}"

    def standing(self, names: Iterable[str], hours: int) -> str | None:
        """Why a metric that was flat in the newest hours of running gives no figure: the first of these."""
        found = next((name for name in names if self._stands(self._column(name), hours)), None)
        return f"the readings of {self.metric(found).label} stand still" if found else None

    def _stands(self, column: int, hours: int) -> bool:
        newest = self.hours.between(max(len(self) - hours, 0), len(self))
        return never_moved(newest, self.place, column, self.is_on[-hours:])

    def evidence(self, name: str, first: int) -> Evidence:
        """The readings from that hour on, as evidence."""
        return Evidence(
            table=self.equipment.id,
            column=name,
            statistic="avg",
            start=self.hours.hour_start(first),
            end=self.hours.hour_start(len(self)),
            rows=int(self.hours.count[self.place, self._column(name), first:].sum()),
        )

    def _column(self, name: str) -> int:
        return next(at for at, m in enumerate(self.hours.kind.metrics) if m.name == name)


def duration_text(days: float) -> str:
    """A complete duration in words: "5 hours", "1 hour", "20 days"."""
    count, unit = (int(days), "day") if days >= 2 else (int(days * DAY), "hour")
    return f"{count} {unit}{'s' * (count != 1)}"
