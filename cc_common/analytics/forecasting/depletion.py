"""Depletion: forecasts of a stock that is consumed and refilled at times, such as a generator's fuel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cc_common.analytics.forecasting.level_forecast import LEVELS, Level, band_around
from cc_common.analytics.forecasting.profiles import Floats, Grid, Ints, daily_medians, rotation_profile, seasonal_naive

_FALLS: Final = 2  # least number of falls
_RISES: Final = 0.3  # largest ratio of rises to falls; one refill, of up to two steps, is always allowed
_REFILLS: Final = 2
_MUCH: Final = 3.0  # least ratio of a refill to a step of a usual fall
_STILL: Final = 0.02  # smaller shares of the largest change are ignored
_NOISE: Final = 6.0  # as are smaller multiples of the median change
_OVER: Final = 2.5  # least consumption of a tank refilled often, in multiples of its largest step
_BACK: Final = 0.1  # largest share of that consumption by which the level may rise from noise
_REFILL: Final = 0.25  # share of the largest change; a larger rise is a refill
_LOOKS: Final = 400
_RECENT_STEPS: Final = 3  # newest steps of a run that give its rate
_FRESH: Final = 1  # steps without a value, up to which a run counts as on


def is_depleting(values: Floats, grid: Grid) -> bool:
    """Whether the series mostly falls, and rises only by few and large refills, by step and by day."""
    steps = _changes(values)
    if not (_runs_down(steps, fewest=_FALLS) or _runs_down(steps, fewest=_FALLS, noise=_NOISE)):
        return False
    return _runs_down(_changes(daily_medians(values, grid)[1]), fewest=1) or _used_up(steps)


def measure_use(values: Floats) -> Floats:
    """The consumption of each step, NaN at refills; a fall over a gap counts in the step that ends the gap."""
    changes = _changes(values)
    largest = float(np.nanmax(np.abs(changes)))
    return np.where(changes > _REFILL * largest, np.nan, -changes)


def forecast_depletion(values: Floats, grid: Grid) -> Level:
    """Forecasts the level without refills: the newest value less seasonal consumption and that of a current run."""
    use = measure_use(values)
    usual = seasonal_naive(use, grid, rotation_profile(use, grid))
    newest = values[np.flatnonzero(np.isfinite(values))[-1]]
    mean = newest - np.cumsum(usual[grid.known :])
    apart = np.nan_to_num(use - usual[: grid.known])
    steps = min(grid.ahead, max(grid.known // 2, 1))
    sums = np.cumsum(sliding_window_view(-apart, steps), axis=1)
    scores = sums[:: max(1, len(sums) // _LOOKS)]
    level = band_around(mean, np.ones(grid.ahead), scores, grid)
    rate, lasts = _run(use, grid.ahead)
    return level if rate == 0 else _running_on(level, np.maximum(rate - usual[grid.known :], 0.0), lasts)


def _run(use: Floats, ahead: int) -> tuple[float, Ints]:
    """The consumption per step of the current run (0: none is on), and the possible numbers of further steps.

    Further steps are those of past runs that lasted at least as long; without any, 0 or all steps ahead.
    """
    size = np.abs(use[np.isfinite(use)])
    fast = np.concatenate(([False], use > _least(size, _NOISE), [False]))
    begins, ends = np.flatnonzero(np.diff(fast.astype(np.int64)) == 1), np.flatnonzero(np.diff(fast.astype(int)) == -1)
    newest = int(np.flatnonzero(np.isfinite(use))[-1]) + 1
    if len(ends) == 0 or ends[-1] != newest or len(use) - newest > _FRESH:
        return 0.0, np.zeros(1, np.int64)
    lengths = ends - begins
    on = int(lengths[-1])
    longer = lengths[:-1][lengths[:-1] >= on] - on
    rate = float(use[newest - min(on, _RECENT_STEPS) : newest].mean())
    return rate, longer if len(longer) else np.array([0, ahead, ahead])


def _running_on(level: Level, more: Floats, lasts: Ints) -> Level:
    """The level with a run that consumes `more` by step ahead, and lasts one of `lasts` steps."""
    spent, steps = np.concatenate(([0.0], np.cumsum(more))), np.arange(1, len(more) + 1)

    def by(share: Floats) -> Floats:
        until = np.quantile(lasts, share, method="lower")
        return np.asarray(spent[np.minimum(steps, until[:, None])])

    count = len(level.courses)
    return Level(
        mean=level.mean - by(np.array([0.5]))[0],
        quantiles=level.quantiles - by(1 - LEVELS).T,
        courses=level.courses - by((np.arange(count) + 0.5) / count),
    )


def _changes(values: Floats) -> Floats:
    """The difference of each value from the known value before it; NaN where there is none."""
    changes = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    changes[known[1:]] = np.diff(values[known])
    return changes


def _runs_down(changes: Floats, *, fewest: int, noise: float = 0.0) -> bool:
    """Whether rises are few, and much larger than the step of a usual fall.

    The median fall is compared: one fall may be far faster than the others (a long run after many short tests).
    """
    size = np.abs(changes[np.isfinite(changes)])
    if not size.any():
        return False
    sums, steps = _moves(changes, _least(size, noise))
    falls, rises = sums < 0, sums > 0
    times = int(steps[falls].sum()) if noise == 0 else int(falls.sum())  # a level shift may take two steps
    if times < fewest or steps[rises].sum() > max(_RISES * steps[falls].sum(), _REFILLS):
        return False
    return not rises.any() or float(sums[rises].mean()) > _MUCH * float(np.median(-sums[falls] / steps[falls]))


def _used_up(changes: Floats) -> bool:
    """Whether, apart from refills, it only falls, by several times its largest step: a tank that is refilled often."""
    size = np.abs(changes[np.isfinite(changes)])
    course = np.cumsum(np.nan_to_num(np.where(changes > _least(size, _NOISE), 0.0, changes)))
    down = float(course[0] - course.min())
    return down > _OVER * float(size.max()) and float(np.max(course - np.minimum.accumulate(course))) < _BACK * down


def _least(size: Floats, noise: float) -> float:
    """The size from which a change counts."""
    return max(_STILL * float(size.max()), noise * float(np.median(size)))


def _moves(changes: Floats, least: float) -> tuple[Floats, Ints]:
    """Merges consecutive steps of one direction into rises and falls: their sums and numbers of steps."""
    known = changes[np.isfinite(changes)]
    way = np.sign(known) * (np.abs(known) > least)
    first = np.flatnonzero(np.diff(way, prepend=np.nan))
    sums, steps = np.add.reduceat(known, first), np.diff(first, append=len(known))
    moved = way[first] != 0
    return sums[moved], steps[moved]
