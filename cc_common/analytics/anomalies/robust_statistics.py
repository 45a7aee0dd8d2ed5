"""Robust statistics on arrays (NaN: no reading), and the parameters of the detector."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

TUNED_ON: Final = (11, 12, 13, 14)

HISTORY: Final = timedelta(days=28)  # fitted on; whole weeks, so that each weekday counts equally
MIN_HISTORY: Final = timedelta(days=5)  # with less only the rules apply
LEAD_HOURS: Final = 96  # read before a window, so that the trailing means below have settled at its start

GROUP: Final = 9  # most neighbours in a group with a common movement
TRAILING_HOURS: Final = 72  # slower changes are the machine's own, not common
AT_REST: Final = 0.02  # share of the driver's usual level below which a machine is off
MIN_READINGS: Final = 20  # an hour with fewer is not judged
FULL_HOUR: Final = 45  # readings that make an hour full, for counts and for flat hours

MIN_SPREAD_SHARE: Final = (
    0.1  # sigmas: above it the first half of the iterations weight a residual by its size, not its square
)
BISQUARE: Final = 6.0  # sigmas from which a reading has weight 0 in the later iterations
ROUNDS: Final = 8

SIGMAS: Final = 6.0  # least deviation of a single hour
SIGMAS_SMOOTHED: Final = 4.5  # least smoothed deviation
SIGMAS_SLOW: Final = 1.2  # least slowly smoothed deviation
SIGMAS_JOINT: Final = 7.0  # least square root of T squared and of Q
SMOOTHING: Final = 0.25  # weight of the newest hour
SLOW: Final = 0.06  # the same over a day and more, for small lasting deviations
CAP: Final = 20.0  # sigmas that one hour contributes to the smoothed deviation at most
CAP_SLOW: Final = 4.0  # and to the slowly smoothed one, as large deviations are found without it
MARGIN: Final = 2.0  # times the maximum of healthy siblings, and of the machine on its usual days
MAX_SHARED: Final = 3.0  # times its limit from which a deviation shared by all neighbours is reported
HEALTHY: Final = 0.8  # quantile of the siblings' maxima: up to a fifth of them may have had a fault
UNUSUAL_DAYS: Final = 6  # a machine's worst days that are left out; no fault lasts longer
VARIANCE: Final = 0.8  # share of variance that the principal components keep

ALONE: Final = 2.0  # times its threshold from which a single hour is an event
BRIDGE_HOURS: Final = 12  # quiet hours within one event, at most
MAX_GAP_MINUTES: Final = 30  # a shorter gap is no event
MAJORITY: Final = 0.5  # share of full hours; a metric that is flat in more of them rests by nature
SHARED: Final = 0.25  # share of a type that is flat at once, from which it is rest at zero or constant weather
NEVER: Final = 0.005  # share of hours that counts as never


Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_RIDGE = 1e-5  # separates collinear columns, such as "on" and the constant


def median(values: Floats) -> Floats:
    """Median along the last axis, without NaN; NaN where all are NaN."""
    ordered = np.sort(values, axis=-1)  # NaN sorts last
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
    """Quantile without NaN; 0 where all are NaN."""
    ordered = np.sort(values, axis=axis)
    count = np.isfinite(ordered).sum(axis, keepdims=True)
    at = np.clip(np.ceil(share * count).astype(int) - 1, 0, values.shape[axis] - 1)
    return np.nan_to_num(np.take_along_axis(ordered, at, axis).squeeze(axis))


def regress(x: Floats, y: Floats, prior: Floats | float = 1.0) -> Floats:
    """Coefficients (p, k) of y (p, T) on x (p, T, k): least absolute residuals first, then Tukey's bisquare.

    `prior` (T,): weight of each hour. Holland and Welsch 1977, doi:10.1080/03610927708827533.
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
    """The product (..., T) of x (..., T, k) and coefficients (..., k)."""
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
    ridge[0] = 1e-9  # the constant is not penalised
    normal += np.maximum(weights.sum(-1), 1)[:, None, None] * np.diag(ridge)
    solved: Floats = np.linalg.solve(normal, weighted @ y[..., None])[..., 0]
    return solved


def _deviation(y: Floats, known: Flags) -> Floats:
    count = np.maximum(known.sum(-1, keepdims=True), 1)
    mean = y.sum(-1, keepdims=True) / count
    root: Floats = np.sqrt((known * (y - mean) ** 2).sum(-1, keepdims=True) / count)
    return root
