"""Forecast of a level: the seasonal value plus the persistent part of the newest deviations from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cc_common.analytics.forecasting.profiles import (
    WEEK,
    Flags,
    Floats,
    Grid,
    Ints,
    daily_means,
    rotation_profile,
    seasonal_naive,
    usual_profile,
)

LEVELS: Final = np.linspace(0.025, 0.975, 20)  # quantile levels
_EDGES: Final = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 72, 96, 120, 144, 168, 192)  # bins of hours ahead
_LOOKS: Final = 260  # about so many backtest origins; of 84 days every 7th hour, which covers all times of day
_POOLED: Final = 4000  # most errors per quantile estimate
_RIDGE: Final = 0.05
_RIDGE_FEW: Final = 8.0  # extra penalty for longer leads and shorter histories
_CALM: Final = 0.1  # least spread of an hour, as a share of the mean spread
_CALM_OWN: Final = 3.0
_MAX_PERSISTENCE: Final = 0.9  # largest autocorrelation of daily deviations
_MIN_DAYS: Final = 2.0  # least effective number of independent days


@dataclass(frozen=True, eq=False)
class Level:
    """By step ahead: the mean, its quantiles (steps, LEVELS), and scenarios (courses, steps)."""

    mean: Floats
    quantiles: Floats
    courses: Floats


def forecast_level(values: Floats, grid: Grid) -> Level:
    """Forecasts the level of a series with at least some values; NaN: no value."""
    turn = rotation_profile(values, grid)
    usual = seasonal_naive(values, grid, turn)
    left = values - usual[: grid.known]
    lasting, errors, starts = _lasting(left, grid)
    spread = _spread(left, grid, turn or WEEK)
    width = sliding_window_view(spread, errors.shape[1])[starts]
    scores = np.divide(errors, width, out=np.zeros_like(errors), where=width > 0)
    return band_around(usual[grid.known :] + lasting, spread[grid.known :], scores, grid)


def forecast_profile(values: Floats, grid: Grid) -> Floats:
    """Forecasts the mean only."""
    usual = seasonal_naive(values, grid, rotation_profile(values, grid))
    lasting, _, _ = _lasting(values - usual[: grid.known], grid)
    return np.asarray(usual[grid.known :] + lasting)


def band_around(mean: Floats, spread: Floats, scores: Floats, grid: Grid) -> Level:
    """Builds the level from standardised errors (past forecasts, steps); the last step's errors extend to the end."""
    further = grid.ahead - scores.shape[1]
    quantiles = mean[:, None] + spread[:, None] * _quantiles(scores, grid)
    whole = np.isfinite(scores[:, -1])
    rows = np.nan_to_num(scores[whole] if whole.any() else scores)
    courses = mean + spread * np.pad(rows, ((0, 0), (0, further)), "edge")
    return Level(mean=mean, quantiles=quantiles, courses=courses)


def _lasting(left: Floats, grid: Grid) -> tuple[Floats, Floats, Ints]:
    """The persistent part of the newest deviation by step ahead, and backtest errors (origins, steps) of the same.

    Third: the first step of each row of errors. Errors are NaN where the value is unknown or not yet known.
    """
    here = np.isfinite(left)
    filled = np.where(here, left, 0.0)
    newest, recent = int(np.flatnonzero(here)[-1]), _recent(filled, here, grid)
    gap = grid.known - 1 - newest
    seen = min(gap + grid.ahead, max(grid.known - grid.per_day - grid.known // 3, 1))
    leads = np.arange(min(gap, seen - 1) + 1, seen + 1)
    warm, last = min(grid.known // 3, WEEK * grid.per_day, grid.known - seen - 1), grid.known - int(leads[0])
    origins = np.arange(warm, last, max(1, (last - warm) // _LOOKS))
    days_seen = np.maximum((grid.known - leads - warm) / grid.per_day, 0.5)
    penalty = _RIDGE + _RIDGE_FEW * np.minimum(leads / grid.per_day, 1.0) / days_seen
    ahead, unknown = (_rows(each, origins + leads[0], len(leads)) for each in (filled, np.where(here, 0.0, np.nan)))
    share, errors = _learned(recent[origins], ahead, penalty)
    lasting = np.pad(recent[newest] @ share, (0, grid.ahead - len(leads)), "edge")
    return lasting, _widened(errors + unknown, left, share.sum(axis=0), grid), origins + leads[0]


def _rows(values: Floats, starts: Ints, steps: int) -> Floats:
    """Windows of `steps` values from each start on; NaN after the end."""
    return sliding_window_view(np.pad(values, (0, steps), constant_values=np.nan), steps)[starts]


def _learned(now: Floats, ahead: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """Ridge weights (k, columns) of `now` (origins, k) for each column of `ahead`, and errors shaped like `ahead`.

    Cross-fitted: each half of the time is predicted with weights learned from the other, because weights that have seen
    an hour err less in it and in its neighbours. As CV+ in Barber et al. 2021, doi:10.1214/20-AOS1965.
    """
    half = len(now) // 2
    early, late = (_sums(now[part], ahead[part]) for part in (slice(half), slice(half, None)))
    foreseen = now[:half] @ _solved(*late, penalty), now[half:] @ _solved(*early, penalty)
    both = early[0] + late[0], early[1] + late[1]
    return _solved(*both, penalty), ahead - np.concatenate(foreseen)


def _sums(now: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Over the rows known per column: Gram matrices of `now` (columns, k, k), moments with `ahead` (columns, k)."""
    pairs = (now[:, :, None] * now[:, None, :]).reshape(len(now), -1)
    known = np.isfinite(ahead)
    gram = (known.T.astype(np.float64) @ pairs).reshape(-1, now.shape[1], now.shape[1])
    return gram, np.where(known, ahead, 0.0).T @ now


def _solved(gram: Floats, moment: Floats, penalty: Floats) -> Floats:
    """Solves for the ridge weights (k, columns), with a penalty per column."""
    each = np.arange(gram.shape[1])
    ridged = gram.copy()
    ridged[:, each, each] += penalty[:, None] * gram[:, each, each] + np.finfo(float).tiny
    return np.asarray(np.linalg.solve(ridged, moment[:, :, None])[:, :, 0].T, np.float64)


def _widened(errors: Floats, left: Floats, share: Floats, grid: Grid) -> Floats:
    """Scales backtest errors to the size expected ahead: the seasonal value was fitted on the same days.

    Around a mean of n independent days, the squared error of new days is (1 + 1/n) / (1 - 1/n) times that of its own;
    persistence removes its `share`. n: Bayley and Hammersley 1946, doi:10.2307/2983560, from the day-to-day
    autocorrelation, whose small-sample bias is corrected: Kendall 1954, doi:10.1093/biomet/41.3-4.403.
    """
    apart = np.nan_to_num(daily_means(left, grid) - np.nanmean(left))
    size = max(float(apart @ apart), float(np.finfo(float).tiny))
    seen = float(apart[1:] @ apart[:-1]) / size
    lasts = min(max((seen * len(apart) + 1) / max(len(apart) - 3, 1), 0.0), _MAX_PERSISTENCE)
    days = max(len(apart) * (1 - lasts) / (1 + lasts), _MIN_DAYS)
    squared = np.nansum(errors**2, axis=0) / np.maximum(np.isfinite(errors).sum(axis=0), 1)
    of_days = size / np.maximum(squared * len(apart), size)
    return np.asarray(errors * np.sqrt(1 + of_days * np.clip(1 - share, 0.0, 1.0) ** 2 * 2 / (days - 1)))


def _recent(filled: Floats, here: Flags, grid: Grid) -> Floats:
    """At each step: the last deviation, and its means over the last 4 hours, day and (with enough history) week."""
    total, count = (np.concatenate(([0.0], np.cumsum(each))) for each in (filled, here))
    spans = [1, grid.per_day // 6, grid.per_day, *([WEEK * grid.per_day] if grid.days > WEEK + 2 else [])]
    end = np.arange(1, grid.known + 1)
    starts = [np.maximum(end - span, 0) for span in spans]
    return np.stack([(total[end] - total[s]) / np.maximum(count[end] - count[s], 1) for s in starts], axis=1)


def _spread(left: Floats, grid: Grid, period: int) -> Floats:
    """The usual size of deviations at each step, past and ahead: by time of day, times day of the period."""
    size = np.abs(left)
    mean = np.full(len(grid.slot), np.nanmean(size))
    by_slot = np.maximum(usual_profile(size, grid.slot, mean, _CALM_OWN), _CALM * mean)
    share = np.divide(size, by_slot[: grid.known], out=np.full_like(size, np.nan), where=by_slot[: grid.known] > 0)
    by_day = usual_profile(share, grid.day % period, np.ones(len(mean)), float(grid.per_day))
    return np.asarray(np.maximum(by_slot * by_day, _CALM * mean))


def _quantiles(scores: Floats, grid: Grid) -> Floats:
    """Quantiles (steps ahead, LEVELS), from errors pooled over similar leads."""
    steps, hour = scores.shape[1], grid.per_day // 24
    edges = np.unique(np.minimum(np.array([*_EDGES, steps]) * hour, steps))
    rows = [_pooled(scores[:, start:end].ravel()) for start, end in pairwise(edges)]
    counts = np.diff(edges)
    counts[-1] += grid.ahead - steps
    return np.repeat(rows, counts, axis=0)


def _pooled(scores: Floats) -> Floats:
    found = scores[np.isfinite(scores)]
    return np.quantile(found[:: len(found) // _POOLED + 1], LEVELS) if len(found) else np.zeros(len(LEVELS))
