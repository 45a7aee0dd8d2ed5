"""A level ahead: what is usual then, plus what lasts of how the newest hours differed from it; and how far that errs.

The errors are those of the same forecast made at past steps, so the interval is as wide as the machine was hard to
foresee, by how far ahead it looks; no distribution is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cc_common.foresight.profiles import WEEK, Flags, Floats, Grid, Ints, profile, rotation, seasonal

LEVELS: Final = np.linspace(0.025, 0.975, 20)  # of the quantiles that are kept
_EDGES: Final = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 72, 96, 120, 144, 168, 192)  # hours ahead pooled together
_LOOKS: Final = 400  # past forecasts that the errors are taken from, at most
_POOLED: Final = 4000  # errors that a quantile is taken from, at most
_RIDGE: Final = 0.05
_RIDGE_FEW: Final = 8.0  # more of it for each day ahead and the fewer days there were to learn from
_CALM: Final = 0.1  # no hour's spread is below that share of the mean spread
_CALM_OWN: Final = 3.0
_FEW_DAYS: Final = 4.0  # by that many in all its days, errors are larger than on the days that were learned from


@dataclass(frozen=True, eq=False)
class Level:
    """By step ahead: the mean, its quantiles (steps, LEVELS), and courses that may come (courses, steps)."""

    mean: Floats
    quantiles: Floats
    courses: Floats


def foresee(values: Floats, grid: Grid) -> Level:
    """The level ahead of a series with at least some values; NaN where there is none."""
    turn = rotation(values, grid)
    usual = seasonal(values, grid, turn)
    left = values - usual[: grid.known]
    lasting, errors, starts = _lasting(left, grid)
    spread = _spread(left, grid, turn or WEEK)
    width = sliding_window_view(spread, errors.shape[1])[starts]
    scores = np.divide(errors, width, out=np.zeros_like(errors), where=width > 0)
    scores *= 1 + _FEW_DAYS * min(grid.ahead / grid.per_day, 1.0) / grid.days
    return around(usual[grid.known :] + lasting, spread[grid.known :], scores, grid)


def expect(values: Floats, grid: Grid) -> Floats:
    """Only the mean ahead."""
    usual = seasonal(values, grid, rotation(values, grid))
    lasting, _, _ = _lasting(values - usual[: grid.known], grid)
    return np.asarray(usual[grid.known :] + lasting)


def around(mean: Floats, spread: Floats, scores: Floats, grid: Grid) -> Level:
    """The level whose errors (past forecasts, steps) were `scores` times the spread; those of the last step go on."""
    further = grid.ahead - scores.shape[1]
    quantiles = mean[:, None] + spread[:, None] * _quantiles(scores, grid)
    courses = mean + spread * np.pad(np.nan_to_num(scores), ((0, 0), (0, further)), "edge")
    return Level(mean=mean, quantiles=quantiles, courses=courses)


def _lasting(left: Floats, grid: Grid) -> tuple[Floats, Floats, Ints]:
    """What lasts of the newest difference, by step ahead; the errors (origins, steps) of the same in the past.

    The third: the first step that each row of errors is about.
    """
    here = np.isfinite(left)
    filled = np.where(here, left, 0.0)
    newest, recent = int(np.flatnonzero(here)[-1]), _recent(filled, here, grid)
    gap = grid.known - 1 - newest
    seen = min(gap + grid.ahead, max(grid.known - grid.per_day - grid.known // 3, 1))
    first = min(gap, seen - 1) + 1
    after = sliding_window_view(filled, seen + 1)
    warm = min(grid.known // 3, WEEK * grid.per_day, len(after) - 1)
    origins = np.arange(warm, len(after), max(1, (len(after) - warm) // _LOOKS))
    ahead, now = after[origins, first:], recent[origins]
    lead_days = np.minimum(np.arange(first, seen + 1) / grid.per_day, 1.0)
    days_seen = max((len(after) - warm) / grid.per_day, 0.5)
    share = _shares(now, ahead, _RIDGE + _RIDGE_FEW * lead_days / days_seen)
    known = sliding_window_view(here, seen + 1)[origins, first:]
    lasting = np.pad(recent[newest] @ share, (0, grid.ahead - share.shape[1]), "edge")
    return lasting, np.where(known, ahead - now @ share, np.nan), origins + first


def _shares(now: Floats, ahead: Floats, penalty: Floats) -> Floats:
    """Ridge weights of `now` (origins, k) for each column of `ahead`, each with its own penalty: (k, columns)."""
    gram, moment = now.T @ now, now.T @ ahead
    ridge = np.diag(np.diag(gram)) + np.finfo(float).tiny * np.eye(len(gram))
    found = np.linalg.solve(gram + penalty[:, None, None] * ridge, moment.T[:, :, None])
    return np.asarray(found[:, :, 0].T, np.float64)


def _recent(filled: Floats, here: Flags, grid: Grid) -> Floats:
    """At each step: the last difference, and its means over the last 4 hours, day and (with history) week."""
    total, count = (np.concatenate(([0.0], np.cumsum(each))) for each in (filled, here))
    spans = [1, grid.per_day // 6, grid.per_day, *([WEEK * grid.per_day] if grid.days > WEEK + 2 else [])]
    end = np.arange(1, grid.known + 1)
    starts = [np.maximum(end - span, 0) for span in spans]
    return np.stack([(total[end] - total[s]) / np.maximum(count[end] - count[s], 1) for s in starts], axis=1)


def _spread(left: Floats, grid: Grid, period: int) -> Floats:
    """Usual size of the differences at each step, past and ahead: by time of day, times by day of the period."""
    size = np.abs(left)
    mean = np.full(len(grid.slot), np.nanmean(size))
    by_slot = np.maximum(profile(size, grid.slot, mean, _CALM_OWN), _CALM * mean)
    share = np.divide(size, by_slot[: grid.known], out=np.full_like(size, np.nan), where=by_slot[: grid.known] > 0)
    by_day = profile(share, grid.day % period, np.ones(len(mean)), float(grid.per_day))
    return np.asarray(np.maximum(by_slot * by_day, _CALM * mean))


def _quantiles(scores: Floats, grid: Grid) -> Floats:
    """(steps ahead, LEVELS), steps that look about equally far ahead taken together."""
    steps, hour = scores.shape[1], grid.per_day // 24
    edges = np.unique(np.minimum(np.array([*_EDGES, steps]) * hour, steps))
    rows = [_pooled(scores[:, start:end].ravel()) for start, end in pairwise(edges)]
    counts = np.diff(edges)
    counts[-1] += grid.ahead - steps
    return np.repeat(rows, counts, axis=0)


def _pooled(scores: Floats) -> Floats:
    found = scores[np.isfinite(scores)]
    return np.quantile(found[:: len(found) // _POOLED + 1], LEVELS) if len(found) else np.zeros(len(LEVELS))
