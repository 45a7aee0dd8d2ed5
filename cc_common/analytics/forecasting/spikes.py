"""Spikes: a few outliers outside the metric's possible range, as from faulty sensors."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cc_common.analytics.forecasting.profiles import Flags, Floats, Ints
from cc_common.catalog.equipment import Metric


def possible_range(metric: Metric, values: Floats) -> tuple[float, float]:
    """The lowest and highest possible value, given the known values (temperatures in °C may be below zero)."""
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    floor = 0.0 if metric.unit != "°C" and lowest >= 0 else -math.inf
    ceiling = 100.0 if metric.unit == "%" and highest <= 100 else math.inf
    return floor, ceiling


_FAR: Final = 2.0  # least distance from all other values, in multiples of the largest of them
_FAR_UNLIMITED: Final = 4.0  # the same for a metric without an alarm limit
_LIMIT: Final = 2.0  # least multiple of the alarm limit
_BELOW_ZERO: Final = 0.5  # least distance below zero of a metric that is never negative, as a share of the largest
_POSSIBLE: Final = {"°C": (60.0, 40.0)}  # above and below zero: idle equipment takes ambient temperature
_SHARES: Final = (-50.0, 150.0)  # %
_HOURS: Final = 4  # longest spike
_SHARE: Final = 0.01  # largest share of the history in spikes; _HOURS are always allowed
_RESTS: Final = 0.5  # share of one exact value from which a machine rests at times, so a rare run is no spike


def find_spikes(values: Floats, metric: Metric, per_hour: int) -> Flags:
    """Flags spikes and the adjacent steps that they affect; at least one value is known, NaN: unknown."""
    low, high = (metric.low, metric.high) if metric.kind == "gauge" else (None, None)
    above, below = _POSSIBLE.get(metric.unit, (0.0, 0.0))
    far = _above(values, high, above, per_hour) | _above(-values, None if low is None else -low, below, per_hour)
    if metric.unit == "%":
        far |= _impossible(values, per_hour)
    return far | _beside(far, values) if far.any() else far


def _above(values: Floats, limit: float | None, possible: float, per_hour: int) -> Flags:
    """Flags the highest steps, where they are few and far above the next one."""
    ordered = np.sort(values[np.isfinite(values)])
    most = min(max(_HOURS * per_hour, int(_SHARE * len(ordered))), (len(ordered) - 1) // 2)
    lowest, others = ordered[len(ordered) - most :], ordered[len(ordered) - most - 1 : -1]  # by number of spikes
    size = np.maximum(np.abs(others), abs(ordered[most]))
    positive = others + (_FAR_UNLIMITED if limit is None else _FAR) * size
    bound = np.maximum(np.where(others > 0, positive, _BELOW_ZERO * size), possible)
    if limit is not None:
        bound = np.maximum(bound, limit + abs(limit))
    found = lowest[lowest > bound]
    far: Flags = values >= (found[0] if len(found) else np.inf)
    return far & (_are_short(far, per_hour) and (limit is not None or _is_once(far, values)))


def _impossible(values: Floats, per_hour: int) -> Flags:
    """Flags percentages outside _SHARES, of a metric that otherwise is within them."""
    far: Flags = (values > _SHARES[1]) | (values < _SHARES[0])
    return far & (_are_short(far, per_hour) and bool(far.sum() * 2 < np.isfinite(values).sum()))


def _are_short(far: Flags, per_hour: int) -> bool:
    begins, ends = _runs(far)
    return bool((ends - begins <= _HOURS * per_hour).all())


def _is_once(far: Flags, values: Floats) -> bool:
    """Whether there is one run of spikes, which is over, in a machine without rest: else it may be a rare run."""
    known = np.flatnonzero(np.isfinite(values))
    _, counts = np.unique(values[known], return_counts=True)
    return len(_runs(far)[0]) == 1 and not far[known[-1]] and counts.max(initial=0) < _RESTS * len(known)


def _beside(far: Flags, values: Floats) -> Flags:
    """Flags the steps before and after a spike that lie outside all the others: the spike began or ended in them."""
    near: Flags = np.convolve(far, [1, 1, 1], "same")[: len(far)] > 0
    others = values[~near & np.isfinite(values)]
    outside: Flags = (values > others.max(initial=-np.inf)) | (values < others.min(initial=np.inf))
    return near & outside


def _runs(flags: Flags) -> tuple[Ints, Ints]:
    """The start of each run of true flags, and the step after its end."""
    change = np.diff(np.concatenate(([0], flags.astype(np.int64), [0])))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)
