"""Spikes: a few steps far from all others and outside what the metric can be, as faulty sensors send them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cc_common.analytics.forecasting.profiles import Flags, Floats, Ints
from cc_common.catalog.equipment import Metric


def possible_range(metric: Metric, values: Floats) -> tuple[float, float]:
    """Lowest and highest value there can be, given that the known ones have been (degrees may be below zero)."""
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    floor = 0.0 if metric.unit != "°C" and lowest >= 0 else -math.inf
    ceiling = 100.0 if metric.unit == "%" and highest <= 100 else math.inf
    return floor, ceiling


_FAR: Final = 2.0  # beyond all others by so many times the largest of them
_FAR_UNLIMITED: Final = 4.0  # the same where no alarm limit says what a metric can be
_LIMIT: Final = 2.0  # and beyond so many times the alarm limit
_BELOW_ZERO: Final = 0.5  # what was never below zero is far below it by that share of the largest
_POSSIBLE: Final = {"°C": (60.0, 40.0)}  # above and below zero: what stands comes near to what is around it
_SHARES: Final = (-50.0, 150.0)  # %
_HOURS: Final = 4  # one lasts at most so long
_SHARE: Final = 0.01  # of the history that all of them together are, at most; but _HOURS are always allowed
_RESTS: Final = 0.5  # share of one exact value from which on a machine rests, and may well run


def find_spikes(values: Floats, metric: Metric, per_hour: int) -> Flags:
    """Where they are, and the steps beside them that they reach into; some value is known, NaN where none is."""
    low, high = (metric.low, metric.high) if metric.kind == "gauge" else (None, None)
    above, below = _POSSIBLE.get(metric.unit, (0.0, 0.0))
    far = _above(values, high, above, per_hour) | _above(-values, None if low is None else -low, below, per_hour)
    if metric.unit == "%":
        far |= _impossible(values, per_hour)
    return far | _beside(far, values) if far.any() else far


def _above(values: Floats, limit: float | None, possible: float, per_hour: int) -> Flags:
    """The highest steps, where they are few and lie far above the next one."""
    ordered = np.sort(values[np.isfinite(values)])
    most = min(max(_HOURS * per_hour, int(_SHARE * len(ordered))), (len(ordered) - 1) // 2)
    lowest, others = ordered[len(ordered) - most :], ordered[len(ordered) - most - 1 : -1]  # were they so many or fewer
    size = np.maximum(np.abs(others), abs(ordered[most]))
    positive = others + (_FAR_UNLIMITED if limit is None else _FAR) * size
    bound = np.maximum(np.where(others > 0, positive, _BELOW_ZERO * size), possible)
    if limit is not None:
        bound = np.maximum(bound, limit + abs(limit))
    found = lowest[lowest > bound]
    far: Flags = values >= (found[0] if len(found) else np.inf)
    return far & (_are_short(far, per_hour) and (limit is not None or _is_once(far, values)))


def _impossible(values: Floats, per_hour: int) -> Flags:
    """Shares that there are not, of a metric that is one otherwise."""
    far: Flags = (values > _SHARES[1]) | (values < _SHARES[0])
    return far & (_are_short(far, per_hour) and bool(far.sum() * 2 < np.isfinite(values).sum()))


def _are_short(far: Flags, per_hour: int) -> bool:
    begins, ends = _runs(far)
    return bool((ends - begins <= _HOURS * per_hour).all())


def _is_once(far: Flags, values: Floats) -> bool:
    """Whether it came once and is over, and the machine does not rest: else it may be a run, rare as it is."""
    known = np.flatnonzero(np.isfinite(values))
    _, counts = np.unique(values[known], return_counts=True)
    return len(_runs(far)[0]) == 1 and not far[known[-1]] and counts.max(initial=0) < _RESTS * len(known)


def _beside(far: Flags, values: Floats) -> Flags:
    """The steps before and after one that lie outside all the others: it began or ended in them."""
    near: Flags = np.convolve(far, [1, 1, 1], "same")[: len(far)] > 0
    others = values[~near & np.isfinite(values)]
    outside: Flags = (values > others.max(initial=-np.inf)) | (values < others.min(initial=np.inf))
    return near & outside


def _runs(flags: Flags) -> tuple[Ints, Ints]:
    """Where each run of true ones begins, and the step after its end."""
    change = np.diff(np.concatenate(([0], flags.astype(np.int64), [0])))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)
