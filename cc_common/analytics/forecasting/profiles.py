"""Seasonal profiles: means of the same time of day, of the week, or of a duty rotation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WEEK: Final = 7
HALF_LIFE_DAYS: Final = 60.0  # age at which a step's weight is halved
ROTATIONS: Final = (2, 3, 4, 5, 6, WEEK, 14, 21, 28)  # candidate periods of duty rotations, in days
_TURNS_SEEN: Final = 2.5  # least number of periods in the history
_WORTH: Final = 0.6  # largest leave-one-out share of the days' variance left unexplained
_BETTER: Final = 0.97  # least improvement of a longer period over a shorter one
_OWN: Final = 1.0  # weight of the coarser profile, in steps of a cell
_OWN_TURN: Final = 0.5
_OWN_ONCE: Final = 4.0
_SMALL: Final = 0.05  # of the mean size: least divisor
_RIDGE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Grid:
    """Steps of equal length, the first `known` past, the rest ahead, with their positions on the plant's clock."""

    per_day: int
    known: int
    slot: Ints  # step of the plant's day, from 0
    day: Ints  # days since 1970

    @property
    def ahead(self) -> int:
        """The number of steps ahead."""
        return len(self.slot) - self.known

    @property
    def days(self) -> float:
        """The length of the past in days."""
        return self.known / self.per_day

    def cells(self, period: int) -> Ints:
        """The seasonal cell of each step: same time of every `period`th day."""
        return (self.day % period) * self.per_day + self.slot

    def before(self, steps: int) -> Grid:
        """The grid as of that many steps ago."""
        return Grid(
            per_day=self.per_day, known=self.known - steps, slot=self.slot[: self.known], day=self.day[: self.known]
        )

    def since(self, step: int) -> Grid:
        """The grid without the steps before that one."""
        return Grid(per_day=self.per_day, known=self.known - step, slot=self.slot[step:], day=self.day[step:])


def seasonal_naive(values: Floats, grid: Grid, turn: int | None) -> Floats:
    """The seasonal value of every step, past (without the step's own value) and ahead; `values` NaN: unknown.

    `turn`: the period of the machine's duty rotation in days, if any.
    """
    terms = np.stack(list(_terms(values, grid, turn)), axis=1)
    centre, missing = float(np.nanmean(values)), np.isnan(values)
    age = np.arange(grid.known, 0, -1) / grid.per_day
    weights = np.where(missing, 0.0, 0.5 ** (age / HALF_LIFE_DAYS))
    share = _nonnegative_ridge(terms[: grid.known] - centre, np.where(missing, 0.0, values - centre), weights)
    usual = np.asarray(centre + (terms - centre) @ share)
    # One week gives no weight of its own: its values are shrunk to the seasonal value.
    return usual if _weeks_seen(grid) else usual_profile(values, grid.cells(WEEK), usual, _OWN_ONCE)


def usual_profile(values: Floats, cells: Ints, prior: Floats, own: float, stand_in: Floats | None = None) -> Floats:
    """Each step's cell mean, shrunk towards `prior` with the weight of `own` values.

    A step's own value is left out: `stand_in` replaces it (None: the mean of the others of its cell).
    """
    known = len(values)
    here = np.isfinite(values)
    apart = np.where(here, values - prior[:known], 0.0)
    size = int(cells.max()) + 1
    total = np.bincount(cells[:known], weights=apart, minlength=size)[cells]
    count = np.bincount(cells[:known], weights=here, minlength=size)[cells]
    # Without a replacement a past mean would have fewer values than one ahead, and be shrunk more.
    others = (total[:known] - apart) / np.maximum(count[:known] - 1, 1)
    instead = others if stand_in is None else stand_in[:known] - prior[:known]
    total[:known] += np.where(here, instead - apart, 0.0)
    return np.asarray(prior + total / (count + own))


def rotation_profile(values: Floats, grid: Grid) -> int | None:
    """The period in days of the machine's duty rotation, where it explains the days better than the week does."""
    means = daily_means(values, grid)
    days = np.flatnonzero(np.isfinite(means))
    found = means[days]
    if len(found) < _TURNS_SEEN * ROTATIONS[0]:
        return None
    best, least = WEEK, _WORTH * float(np.var(found)) * (len(found) / (len(found) - 1)) ** 2
    for period in ROTATIONS:
        turns = days % period
        if len(found) < _TURNS_SEEN * period or np.bincount(turns, minlength=period).min() < 2:
            continue
        unexplained = float(np.mean((found - _others(found, turns)) ** 2))
        if unexplained < _BETTER * least:
            best, least = period, unexplained
    return best if best != WEEK else None


def daily_medians(values: Floats, grid: Grid) -> tuple[Ints, Floats]:
    """The first step and the median of each plant day with a known value, in order."""
    day = grid.day[: grid.known] - grid.day[0]
    table = np.full((int(day[-1]) + 1, grid.per_day), np.nan)
    table[day, grid.slot[: grid.known]] = values
    count = np.isfinite(table).sum(axis=1)
    ordered = np.sort(table, axis=1)[count > 0]  # NaN sorts last
    rows, count = np.arange(len(ordered)), count[count > 0]
    medians = (ordered[rows, (count - 1) // 2] + ordered[rows, count // 2]) / 2
    days = np.flatnonzero(np.isfinite(table).any(axis=1))
    return np.searchsorted(day, days), medians


def _weeks_seen(grid: Grid) -> bool:
    return grid.days > WEEK + 1


def _terms(values: Floats, grid: Grid, turn: int | None) -> Iterator[Floats]:
    """Profiles from coarse to fine, and the interaction of duty rotation and week."""
    flat = np.full(len(grid.slot), np.nanmean(values))
    # Leaving out one of few rests biases the mean at rest upwards: another rest replaces it.
    turns = None if turn is None else usual_profile(values, grid.cells(turn), flat, _OWN_TURN)
    daily = usual_profile(values, grid.slot, flat, _OWN, turns)
    yield daily
    weekly = usual_profile(values, grid.cells(WEEK), daily, _OWN, turns) if _weeks_seen(grid) else None
    if weekly is not None:
        yield weekly
    if turn is None:
        return
    turning = usual_profile(values, grid.cells(turn), daily, _OWN_TURN)
    yield turning
    if weekly is not None:
        yield usual_profile(values, grid.cells(turn), weekly, _OWN_TURN)
        least = _SMALL * float(np.nanmean(np.abs(values)))
        yield np.divide(weekly * turning, daily, out=np.zeros_like(daily), where=np.abs(daily) > least)


def daily_means(values: Floats, grid: Grid) -> Floats:
    """The mean of each plant day from the first on; NaN where less than half of it is known."""
    day = grid.day[: grid.known] - grid.day[0]
    here = np.isfinite(values)
    count = np.bincount(day, weights=here)
    total = np.bincount(day, weights=np.where(here, values, 0.0))
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count * 2 > grid.per_day))


def _others(values: Floats, group: Ints) -> Floats:
    """The mean of the other values in each one's group."""
    total, count = np.bincount(group, weights=values), np.bincount(group)
    return np.asarray((total[group] - values) / (count[group] - 1))


def _nonnegative_ridge(terms: Floats, wanted: Floats, weights: Floats) -> Floats:
    """Non-negative weights of the terms: terms with negative weights are removed one round after the other."""
    weighted = terms * weights[:, None]
    gram, moment = terms.T @ weighted, weighted.T @ wanted
    gram += _RIDGE * np.diag(np.diag(gram))
    left, found = np.arange(len(moment)), np.zeros(len(moment))
    while len(left):
        share = np.linalg.lstsq(gram[np.ix_(left, left)], moment[left], rcond=None)[0]
        if (share >= 0).all():
            found[left] = share
            break
        left = left[share > 0]
    return found
