"""A stock: a level that is run down and now and then filled up, such as the fuel of an engine tested each week."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cc_common.foresight.level import Level, around
from cc_common.foresight.profiles import Floats, Grid, daily_medians, rotation, seasonal

_FALLS: Final = 2  # fewer teach nothing
_RISES: Final = 0.2  # for each fall, at most; but one refill, which may take two steps, is always allowed
_REFILLS: Final = 2
_MUCH: Final = 3.0  # a refill is so many times a usual fall
_STILL: Final = 0.02  # changes below that share of the largest are none
_NOISE: Final = 6.0  # nor are those below so many times the median change
_REFILL: Final = 0.25  # of the largest change: what rises by more was filled up
_LOOKS: Final = 400


def is_stock(values: Floats, grid: Grid) -> bool:
    """Whether it mostly falls and rises only by few and large steps, from day to day as from step to step."""
    if not _runs_down(_changes(daily_medians(values, grid)[1]), fewest=1):
        return False
    steps = _changes(values)
    return _runs_down(steps, fewest=_FALLS) or _runs_down(steps, fewest=_FALLS, noise=_NOISE)


def used(values: Floats) -> Floats:
    """What each step used, refills left out (NaN); a fall over a gap counts where the gap ends."""
    changes = _changes(values)
    largest = float(np.nanmax(np.abs(changes)))
    return np.where(changes > _REFILL * largest, np.nan, -changes)


def run_down(values: Floats, grid: Grid) -> Level:
    """The level ahead if nobody fills it up: the newest value less what is usually used at such times."""
    use = used(values)
    usual = seasonal(use, grid, rotation(use, grid))
    newest = values[np.flatnonzero(np.isfinite(values))[-1]]
    mean = newest - np.cumsum(usual[grid.known :])
    apart = np.nan_to_num(use - usual[: grid.known])
    steps = min(grid.ahead, max(grid.known // 2, 1))
    sums = np.cumsum(sliding_window_view(-apart, steps), axis=1)
    scores = sums[:: max(1, len(sums) // _LOOKS)]
    return around(mean, np.ones(grid.ahead), scores, grid)


def _changes(values: Floats) -> Floats:
    """From the known value before to each; NaN where there is none, and at the first."""
    changes = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    changes[known[1:]] = np.diff(values[known])
    return changes


def _runs_down(changes: Floats, *, fewest: int, noise: float = 0.0) -> bool:
    size = np.abs(changes[np.isfinite(changes)])
    if not size.any():
        return False
    least = max(_STILL * float(size.max()), noise * float(np.median(size)))
    falls, rises = changes[changes < -least], changes[changes > least]
    apart = np.flatnonzero(changes < -least)
    times = len(apart) if noise == 0 else 1 + int((np.diff(apart) > 1).sum())  # a shift of level may take two steps
    if times < fewest or len(rises) > max(_RISES * len(falls), _REFILLS):
        return False
    return len(rises) == 0 or float(rises.mean()) > _MUCH * float(-falls.mean())
