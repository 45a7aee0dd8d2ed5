"""Wear towards a limit: bearings and filters, by the median of slopes (Theil 1950, Sen 1968) and its rank interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.robust_statistics import Floats, predict, regress
from cc_common.analytics.maintenance.items import (
    DAY,
    Item,
    ItemKind,
    ItemState,
    MachineHours,
    duration_text,
    state_before,
)
from cc_common.catalog.equipment import Metric
from cc_common.catalog.metric_roles import metric_with, power_of

MIN_POINTS: Final = 8  # with fewer points the interval spans all slopes
_Z: Final = 1.645  # of a 90 % interval


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A linear trend per unit of x: `slope` within [low, high], `level` at the newest x, mean absolute `error`."""

    slope: float
    low: float
    high: float
    level: float
    error: float

    @property
    def rises(self) -> bool:
        """Whether the whole interval of the slope is above 0."""
        return self.low > 0

    def until(self, limit: float) -> tuple[float | None, float | None, float | None]:
        """The distance in x to the limit: at, earliest, latest; None: never. 0 where it is reached."""
        left = limit - self.level
        if left <= 0:
            return 0.0, 0.0, 0.0
        at, earliest, latest = (left / slope if slope > 0 else None for slope in (self.slope, self.high, self.low))
        return at, earliest, latest


def theil_sen_trend(x: Floats, y: Floats) -> Trend | None:
    """The trend of points with ascending x, y NaN for none; None with fewer than MIN_POINTS."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    n = len(x)
    if n < MIN_POINTS:
        return None
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    middle = float(np.median(slopes))
    spread = _Z * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = (int(np.clip((len(slopes) + sign * spread) / 2, 0, len(slopes) - 1)) for sign in (-1, 1))
    base = float(np.median(y - middle * x))
    return Trend(
        slope=middle,
        low=float(slopes[low]),
        high=float(slopes[high]),
        level=base + middle * float(x[-1]),
        error=float(np.abs(y - base - middle * x).mean()),
    )


HORIZON: Final = timedelta(days=180)
MIN_DAYS: Final = 5.0
FAST, SLOW = (3 * DAY, 6), (28 * DAY, DAY)  # window in hours, and hours per point
MIN_HOURS: Final = 24
FEW_HOURS_AGO: Final = 2 * DAY
CHANGED: Final = 0.75  # a drop below that share of the day before indicates a new filter
HARD: Final = 0.95  # quantile of the fan speed at which a filter is assessed
METHOD: Final = "median of slopes (Theil and Sen) of {} medians, at equal load"


def estimate_bearing_wear(machine: MachineHours, metric: Metric) -> Item:
    """Predicts when the metric at usual load reaches its limit, from its trend over the last days or weeks."""
    values = _at_usual_load(machine, metric)
    if (short := _too_little(machine, "bearing_wear", metric, values)) is not None:
        return short
    fast, slow = (_trend(values[-span:], step) for span, step in (FAST, SLOW))
    quick = fast is not None and fast.rises and fast.slope * (FAST[0] / DAY) > 3 * fast.error
    found, span = (fast, FAST) if quick or slow is None else (slow, SLOW)
    if found is None:
        return _untold(machine, "bearing_wear", metric, *machine.why_untold(metric.name, FAST[0]))
    return _told(machine, "bearing_wear", metric, found, span)


def estimate_filter_change(machine: MachineHours, metric: Metric) -> Item:
    """Predicts when the filter's pressure drop at high fan speed reaches its limit, from the trend since its change."""
    fan_speed = metric_with(machine.hours.kind, "speed")
    if fan_speed is None:
        raise ValueError(f"{machine.hours.kind.name} has no metric with the role speed")
    speed = machine.mean(fan_speed.name)
    relative = machine.mean(metric.name) / np.where(speed > 0, speed, np.nan) ** 2
    if (short := _too_little(machine, "filter_change", metric, relative)) is not None:
        return short
    hard = float(np.nanquantile(speed[-SLOW[0] :], HARD))
    values = _since_changed(relative * hard**2)
    found = _trend(values[-SLOW[0] :], DAY)
    if found is None:
        why = f"a trend needs {MIN_POINTS} days of running since the filter was changed and has {_days_known(values)}"
        return _untold(machine, "filter_change", metric, "unknown", why)
    return _told(machine, "filter_change", metric, found, (min(len(values), SLOW[0]), DAY))


def _at_usual_load(machine: MachineHours, metric: Metric) -> Floats:
    """(T,): the metric adjusted to the machine's median load, by regression on the load."""
    values, power = machine.mean(metric.name), power_of(machine.hours.kind)
    if power is None:
        return values
    load = machine.mean(power.name)
    values = np.where(np.isfinite(load), values, np.nan)
    if np.isfinite(values).sum() < MIN_HOURS:
        return values
    size = max(float(np.nanmedian(load)), 1e-9)
    x = np.stack([np.ones_like(load), load / size - 1], axis=-1)
    found = regress(x[None], values[None])[0]
    level: Floats = values - predict(x, found) + found[0]
    return level


def _trend(values: Floats, step: int) -> Trend | None:
    """The trend per day of medians of `step` hours, ending with the newest."""
    points = values[len(values) % step :].reshape(-1, step)
    known = np.isfinite(points).sum(1) * 4 >= step
    medians = np.full(len(points), np.nan)
    medians[known] = np.nanmedian(points[known], axis=1)
    return theil_sen_trend(np.arange(len(points), dtype=np.float64) * (step / DAY), medians)


def _days_known(values: Floats) -> int:
    days = values[-SLOW[0] :][len(values[-SLOW[0] :]) % DAY :].reshape(-1, DAY)
    return int((np.isfinite(days).sum(1) * 4 >= DAY).sum())


def _since_changed(values: Floats) -> Floats:
    """The hours since the last day on which the daily median fell clearly."""
    days = values[len(values) % DAY :].reshape(-1, DAY)
    known = np.flatnonzero(np.isfinite(days).sum(1) >= DAY // 4)
    medians = np.nanmedian(days[known], axis=1)
    falls = np.flatnonzero(medians[1:] < CHANGED * medians[:-1])
    return values if len(falls) == 0 else days[known[falls[-1] + 1] :].reshape(-1)


def _too_little(machine: MachineHours, kind: ItemKind, metric: Metric, values: Floats) -> Item | None:
    if machine.days < MIN_DAYS:
        why = f"a trend needs {MIN_DAYS:.0f} days of history and has {duration_text(machine.days)}"
        return _untold(machine, kind, metric, "unknown", why)
    if np.isfinite(values).sum() < MIN_HOURS or not np.isfinite(values[-FEW_HOURS_AGO:]).any():
        return _untold(machine, kind, metric, *machine.why_untold(metric.name, FEW_HOURS_AGO))
    if (still := machine.standing((metric.name,), FAST[0])) is not None:
        return _untold(machine, kind, metric, "unknown", still)
    return None


def _told(machine: MachineHours, kind: ItemKind, metric: Metric, found: Trend, span: tuple[int, int]) -> Item:
    limit = metric.high or 0.0
    moments = [None if d is None or d > HORIZON.days else machine.now + timedelta(days=d) for d in found.until(limit)]
    at, earliest, latest = moments if found.rises or found.level >= limit else (None, None, None)
    return Item(
        equipment=machine.equipment.id,
        kind=kind,
        metric=metric.name,
        state=state_before(at, machine.now),
        message=f"{machine.equipment.name} {metric.label} {_course(metric, found, at is not None, machine, limit)}",
        value=found.level,
        unit=metric.unit,
        limit=limit,
        at=at,
        earliest=earliest,
        latest=latest,
        horizon=machine.now + HORIZON,
        method=METHOD.format("daily" if span[1] == DAY else f"{span[1]}-hour"),
        error=found.error,
        error_unit=metric.unit,
        evidence=machine.evidence(metric.name, max(len(machine) - span[0], 0)),
    )


def _course(metric: Metric, found: Trend, reaches: bool, machine: MachineHours, limit: float) -> str:
    bound = f"its limit of {limit:g} {metric.unit}"
    if found.level >= limit:
        return f"is past {bound} at usual load."
    if not found.rises:
        return f"does not rise towards {bound}."
    days = (found.until(limit)[0] or 0.0) if reaches else HORIZON.days
    rate = f"rises by {found.slope:.2g} {metric.unit} a day"
    return f"{rate} and reaches {bound} in {days:.0f} days." if reaches else f"{rate}: {bound} is months away."


def _untold(machine: MachineHours, kind: ItemKind, metric: Metric, state: ItemState, why: str) -> Item:
    what = f"{machine.equipment.name} {metric.label}: {why}."
    return Item(equipment=machine.equipment.id, kind=kind, metric=metric.name, state=state, message=what, why=why)
