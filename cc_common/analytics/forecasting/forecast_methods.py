"""The methods of a forecast (constant, depletion, two states, level), and the time to a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from cc_common.analytics.forecasting.depletion import forecast_depletion, is_depleting, measure_use
from cc_common.analytics.forecasting.level_forecast import LEVELS, Level, forecast_level, forecast_profile
from cc_common.analytics.forecasting.profiles import Floats, Grid, Ints

SHARES: Final = (0.5, 0.05, 0.95)  # shares of scenarios for at, earliest, latest
Steps = tuple[float | None, float | None, float | None]  # steps until at, earliest, latest; None: not reached
_COURSES: Final = 400
_SEED: Final = 1
_FALLING: Final = 3  # steps
_BLOCK_DAYS: Final = 7  # weekly tests recur within a block


def find_threshold_crossings(courses: Floats, threshold: float, *, newest: float) -> Steps:
    """The number of steps until scenarios (courses, steps) reach the threshold from the side of `newest`."""
    there = courses <= threshold if threshold <= newest else courses >= threshold
    return _by_share(np.where(there.any(axis=1), there.argmax(axis=1), np.inf))


def share_by_step(uses: Floats, left: float, *, lead: float) -> Steps:
    """The number of steps from its newest reading until a counter has advanced by `left`, over all scenarios.

    `uses` (courses, steps) begin `lead` steps after that reading; the lead uses the mean rate of as many first steps.
    """
    before = lead * uses[:, : max(int(np.ceil(lead)), 1)].mean(axis=1)
    spent = np.cumsum(np.column_stack([np.zeros(len(uses)), before, uses]), axis=1)
    steps = np.concatenate(([0.0], lead + np.arange(uses.shape[1] + 1)))
    return _by_share(np.array([np.interp(left, course, steps, right=np.inf) for course in spent]))


def depletion_time(values: Floats, grid: Grid, threshold: float, horizon: timedelta) -> Steps:
    """The number of steps until a stock falls to the threshold without refills: block bootstrap of consumption."""
    use = np.nan_to_num(measure_use(values))
    block = min(_BLOCK_DAYS, max(int(grid.days / 2), 1)) * grid.per_day
    blocks = int(np.ceil(horizon.days * grid.per_day / block))
    sums = np.concatenate(([0.0], np.cumsum(use)))
    drawn = np.random.default_rng(_SEED).integers(0, len(use) - block + 1, (_COURSES, blocks))
    spent = np.cumsum(sums[drawn + block] - sums[drawn], axis=1)
    left = float(values[np.flatnonzero(np.isfinite(values))[-1]]) - threshold
    return _by_share(np.array([_last_used(sums, *each, left, block) for each in zip(spent, drawn, strict=True)]))


def depletion_time_now(levels: Floats, threshold: float) -> Steps | None:
    """The number of steps until a stock that falls in each of these newest steps reaches the threshold; else None.

    At the mean rate, and at the highest and the lowest rate of a step.
    """
    falls = -np.diff(levels)
    if len(falls) < _FALLING or not (falls > 0).all():
        return None
    left = float(levels[-1]) - threshold
    return left / float(falls.mean()), left / float(falls.max()), left / float(falls.min())


def _by_share(moments: Floats) -> Steps:
    """The times at which each of SHARES of the scenarios has reached it; None where too few do."""
    ordered = np.sort(moments)
    found = [float(ordered[min(int(share * len(ordered)), len(ordered) - 1)]) for share in SHARES]
    at, earliest, latest = (None if np.isinf(moment) else moment for moment in found)
    return at, earliest, latest


def _last_used(sums: Floats, spent: Floats, drawn: Ints, left: float, block: int) -> float:
    """The step at which one scenario, made of the drawn blocks, has consumed what is left."""
    at = int(np.searchsorted(spent, left))
    if at == len(spent):
        return float(np.inf)
    within = left - (spent[at - 1] if at else 0.0)
    start = int(drawn[at])
    return float(at * block + np.searchsorted(sums[start : start + block + 1] - sums[start], within))


HELD: Final = 0.9  # nominal coverage of the interval
_TAIL: Final = (1 - HELD) / 2
_AT_REST: Final = 0.03  # least share of one exact value that makes it a state of its own


@dataclass(frozen=True, eq=False)
class MethodForecast:
    """By step ahead: value and interval, scenarios (courses, steps), and the name of the method."""

    value: Floats
    low: Floats
    high: Floats
    courses: Floats
    method: str

    def within(self, low: float, high: float) -> MethodForecast:
        """Clips the forecast to the metric's possible range."""
        value, bottom, top, courses = (
            np.clip(each, low, high) for each in (self.value, self.low, self.high, self.courses)
        )
        return MethodForecast(value=value, low=bottom, high=top, courses=courses, method=self.method)


def forecast_ahead(values: Floats, grid: Grid) -> MethodForecast:
    """Forecasts a series with at least one value; NaN: no value."""
    rest, share = _rest(values)
    if share == 1.0:
        flat = np.full(grid.ahead, rest)
        return MethodForecast(value=flat, low=flat, high=flat, courses=flat[None], method="constant")
    if is_depleting(values, grid):
        return _of(forecast_depletion(values, grid), "run-down")
    if share >= _AT_REST:
        return _two_states(values, grid, rest)
    return _of(forecast_level(values, grid), "seasonal regression")


def forecast_mean(values: Floats, grid: Grid) -> Floats:
    """Forecasts the value only, in half the time."""
    rest, share = _rest(values)
    if share == 1.0:
        return np.full(grid.ahead, rest)
    if is_depleting(values, grid):
        return forecast_depletion(values, grid).mean
    if share < _AT_REST:
        return forecast_profile(values, grid)
    resting = _resting(values, rest)
    running = forecast_profile(np.where(resting == 1.0, np.nan, values), grid)
    return np.where(_chance(resting, grid) > 0.5, rest, running)


def _rest(values: Floats) -> tuple[float, float]:
    """The most frequent value, and its share."""
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    most = int(np.argmax(counts))
    return float(found[most]), float(counts[most] / counts.sum())


def _two_states(values: Floats, grid: Grid, rest: float) -> MethodForecast:
    """Forecasts a metric that rests at one exact value: the probability of rest, and the level otherwise."""
    resting = _resting(values, rest)
    chance = _chance(resting, grid)
    level = forecast_level(np.where(resting == 1.0, np.nan, values), grid)
    low, high = _mixed(level, rest, chance)
    value = np.where(chance > 0.5, rest, level.mean)
    courses = np.where(_draws(level.courses, rest)[:, None] < chance, rest, level.courses)
    return _ordered(value, low, high, courses, "seasonal regression of two states")


def _resting(values: Floats, rest: float) -> Floats:
    """1 at rest, 0 running, NaN without a value."""
    return np.where(np.isnan(values), np.nan, values == rest)


def _chance(resting: Floats, grid: Grid) -> Floats:
    """The probability of rest, by step ahead."""
    return np.clip(forecast_profile(resting, grid), 0.0, 1.0)


def _draws(courses: Floats, rest: float) -> Floats:
    """The probability of rest from which each scenario rests: evenly spaced; scenarios close to rest switch first."""
    order = np.argsort(np.abs(courses - rest).mean(axis=1), kind="stable")
    draws = np.empty(len(courses))
    draws[order] = (np.arange(len(courses)) + 0.5) / len(courses)
    return draws


def _mixed(level: Level, rest: float, chance: Floats) -> tuple[Floats, Floats]:
    """The interval of a mixture: the probability of `rest`, the remainder spread over the level's quantiles."""
    values = np.concatenate([np.full((len(chance), 1), rest), level.quantiles], axis=1)
    running = np.repeat((1 - chance)[:, None] / len(LEVELS), len(LEVELS), axis=1)
    weights = np.concatenate([chance[:, None], running], axis=1)
    order = np.argsort(values, axis=1)
    values, weights = (np.take_along_axis(each, order, axis=1) for each in (values, weights))
    reached = np.cumsum(weights, axis=1)
    # Where one end alone exceeds its tail probability, the other side gets the whole tail.
    bottom = np.where(weights[:, 0] > _TAIL, 0.0, np.where(weights[:, -1] > _TAIL, 2 * _TAIL, _TAIL))
    ends = ((reached < edge[:, None]).sum(axis=1) for edge in (bottom + 1e-6, bottom + HELD - 1e-6))
    low, high = (values[np.arange(len(chance)), np.minimum(end, len(LEVELS))] for end in ends)
    return low, high


def _of(level: Level, method: str) -> MethodForecast:
    return _ordered(level.mean, _at(level, _TAIL), _at(level, 1 - _TAIL), level.courses, method)


def _at(level: Level, share: float) -> Floats:
    """One quantile by step ahead, interpolated between LEVELS."""
    place = (share - LEVELS[0]) / (LEVELS[1] - LEVELS[0])
    before = min(int(place), len(LEVELS) - 2)
    part = place - before
    return np.asarray(level.quantiles[:, before] * (1 - part) + level.quantiles[:, before + 1] * part)


def _ordered(value: Floats, low: Floats, high: Floats, courses: Floats, method: str) -> MethodForecast:
    return MethodForecast(
        value=value, low=np.minimum(low, value), high=np.maximum(high, value), courses=courses, method=method
    )
