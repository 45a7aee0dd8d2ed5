"""Robust statistics on arrays (NaN: no reading), and the parameters of the detector."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

TUNED_ON: Final = (11, 12, 13, 14)

HISTORY: Final = timedelta(days=28)  # learned from: whole weeks, so that each weekday counts alike
MIN_HISTORY: Final = timedelta(days=5)  # with less there are only the rules
LEAD_HOURS: Final = 96  # read before a window: the trailing means below have settled by its start

GROUP: Final = 9  # neighbours at most whose common movement is taken as weather and custom
TRAILING_HOURS: Final = 72  # what moves slower than this is each machine's own, not common
AT_REST: Final = 0.02  # of the driver's usual level: below it a machine is off
MIN_READINGS: Final = 20  # an hour with less is not judged
FULL_HOUR: Final = 45  # readings: as good as a whole hour for counts and for "never moved"

MIN_SPREAD_SHARE: Final = (
    0.1  # sigmas: beyond it the first half of the rounds weigh a residual by its size, not its square
)
BISQUARE: Final = 6.0  # sigmas at which a reading counts nothing in the later ones
ROUNDS: Final = 8

SIGMAS: Final = 6.0  # least a single hour must deviate
SIGMAS_SMOOTHED: Final = 4.5  # least the smoothed deviation must
SIGMAS_SLOW: Final = 1.2  # least the slowly smoothed one must
SIGMAS_JOINT: Final = 7.0  # least T and Q, as roots, must
SMOOTHING: Final = 0.25  # weight of the newest hour
SLOW: Final = 0.06  # the same where a day and more is looked at, for what is small and lasts
CAP: Final = 20.0  # sigmas that one hour may add to the smoothed deviation
CAP_SLOW: Final = 4.0  # and to the slowly smoothed one: what is large is told without it
MARGIN: Final = 2.0  # times what healthy siblings, and the machine on its usual days, were seen to reach
MAX_SHARED: Final = 3.0  # times its limit, and a deviation is told though all neighbours share it
HEALTHY: Final = 0.8  # quantile of the siblings' greatest deviations: a fifth of them may have had a fault
UNUSUAL_DAYS: Final = 6  # a machine's worst days that are left out: no fault lasts longer
VARIANCE: Final = 0.8  # share the principal components keep

ALONE: Final = 2.0  # times its threshold: an hour so bad needs no second one beside it
BRIDGE_HOURS: Final = 12  # quiet hours that do not part one event into two
MAX_GAP_MINUTES: Final = 30  # silence up to this is no event
MAJORITY: Final = 0.5  # of its hours a metric must move, to be expected to
SHARED: Final = 0.25  # of the type: what so many show at once is rest at zero, or the weather standing still
NEVER: Final = 0.005  # share of hours that is as good as never


Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_RIDGE = 1e-5  # enough to part columns that always move together, such as "runs" and the constant


def median(values: Floats) -> Floats:
    """Median along the last axis of what is no NaN; NaN where nothing is."""
    ordered = np.sort(values, axis=-1)  # NaN comes last
    count = np.isfinite(ordered).sum(-1, keepdims=True)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    high = np.minimum(high, values.shape[-1] - 1)
    both = np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1)
    return np.where(count > 0, both / 2, np.nan)[..., 0]


def spread(residuals: Floats) -> Floats:
    """Sigma along the last axis from the median absolute deviation from zero (Rousseeuw and Croux 1993)."""
    found: Floats = _MAD_TO_SIGMA * median(np.abs(residuals))
    return found


def quantile(values: Floats, share: float, axis: int) -> Floats:
    """Quantile of what is no NaN; 0 where nothing is."""
    ordered = np.sort(values, axis=axis)
    count = np.isfinite(ordered).sum(axis, keepdims=True)
    at = np.clip(np.ceil(share * count).astype(int) - 1, 0, values.shape[axis] - 1)
    return np.nan_to_num(np.take_along_axis(ordered, at, axis).squeeze(axis))


def regress(x: Floats, y: Floats, prior: Floats | float = 1.0) -> Floats:
    """Coefficients (p, k) of p targets y (p, T) on x (p, T, k): least absolute residuals first, then Tukey's bisquare.

    `prior` (T,): what each hour counts beside the others. Holland and Welsch 1977, doi:10.1080/03610927708827533.
    """
    known = np.isfinite(y) & np.isfinite(x).all(-1)
    x, y = np.where(known[..., None], x, 0.0), np.where(known, y, 0.0)
    weights = np.asarray(known * prior, np.float64)
    least = 1e-3 * _deviation(y, known) + 1e-9
    for attempt in range(ROUNDS):
        found = _solve(x, y, weights)
        missed = np.abs(y - predict(x, found))
        scale = np.nan_to_num(spread(np.where(known, missed, np.nan)))[:, None] + least
        weights = known * prior * _weights(missed / scale, first=attempt < ROUNDS // 2)
    return found


def predict(x: Floats, coefficients: Floats) -> Floats:
    """(..., T) of x (..., T, k) and coefficients (..., k)."""
    product: Floats = np.matmul(x, coefficients[..., None])[..., 0]
    return product


def _weights(sigmas: Floats, *, first: bool) -> Floats:
    if first:
        return MIN_SPREAD_SHARE / np.maximum(sigmas, MIN_SPREAD_SHARE)
    return np.clip(1 - (sigmas / BISQUARE) ** 2, 0, None) ** 2


def _solve(x: Floats, y: Floats, weights: Floats) -> Floats:
    weighted = np.swapaxes(x, -1, -2) * weights[:, None, :]
    normal: npt.NDArray[Any] = weighted @ x
    ridge = np.full(x.shape[-1], _RIDGE)
    ridge[0] = 1e-9  # the constant is free
    normal += np.maximum(weights.sum(-1), 1)[:, None, None] * np.diag(ridge)
    solved: Floats = np.linalg.solve(normal, weighted @ y[..., None])[..., 0]
    return solved


def _deviation(y: Floats, known: Flags) -> Floats:
    count = np.maximum(known.sum(-1, keepdims=True), 1)
    mean = y.sum(-1, keepdims=True) / count
    root: Floats = np.sqrt((known * (y - mean) ** 2).sum(-1, keepdims=True) / count)
    return root
