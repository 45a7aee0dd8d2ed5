"""When a course ahead reaches a threshold: first of each course that may come, then of their share."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np

from cc_common.foresight.profiles import Floats, Grid, Ints
from cc_common.foresight.stock import used

SHARES: Final = (0.5, 0.05, 0.95)  # of the courses: at, earliest, latest
Steps = tuple[float | None, float | None, float | None]  # until at, earliest, latest; None: never so many
_COURSES: Final = 400
_SEED: Final = 1
_FALLING: Final = 3  # steps
_BLOCK_DAYS: Final = 7  # weekly tests recur by the week


def crossings(courses: Floats, threshold: float, *, newest: float) -> Steps:
    """After how many steps the courses (courses, steps) have reached the threshold, coming from `newest`."""
    there = courses <= threshold if threshold <= newest else courses >= threshold
    return _by_share(np.where(there.any(axis=1), there.argmax(axis=1), np.inf))


def counted(uses: Floats, left: float, *, lead: float) -> Steps:
    """After how many steps from its newest reading a counter has gone on by `left`: the courses' uses, added up.

    `uses` (courses, steps) begin `lead` steps after that reading; until then it goes on as in as many of the first.
    """
    before = lead * uses[:, : max(int(np.ceil(lead)), 1)].mean(axis=1)
    spent = np.cumsum(np.column_stack([np.zeros(len(uses)), before, uses]), axis=1)
    steps = np.concatenate(([0.0], lead + np.arange(uses.shape[1] + 1)))
    return _by_share(np.array([np.interp(left, course, steps, right=np.inf) for course in spent]))


def emptied(values: Floats, grid: Grid, threshold: float, horizon: timedelta) -> Steps:
    """After how many steps a stock is down to the threshold, nobody filling it up: past weeks drawn again and again."""
    use = np.nan_to_num(used(values))
    block = min(_BLOCK_DAYS, max(int(grid.days / 2), 1)) * grid.per_day
    blocks = int(np.ceil(horizon.days * grid.per_day / block))
    sums = np.concatenate(([0.0], np.cumsum(use)))
    drawn = np.random.default_rng(_SEED).integers(0, len(use) - block + 1, (_COURSES, blocks))
    spent = np.cumsum(sums[drawn + block] - sums[drawn], axis=1)
    left = float(values[np.flatnonzero(np.isfinite(values))[-1]]) - threshold
    return _by_share(np.array([_last_used(sums, *each, left, block) for each in zip(spent, drawn, strict=True)]))


def emptied_now(levels: Floats, threshold: float) -> Steps | None:
    """After how many steps a stock that falls in each of these newest steps is down; None when it does not fall.

    At the mean rate, and at the highest and the lowest rate of a step.
    """
    falls = -np.diff(levels)
    if len(falls) < _FALLING or not (falls > 0).all():
        return None
    left = float(levels[-1]) - threshold
    return left / float(falls.mean()), left / float(falls.max()), left / float(falls.min())


def _by_share(moments: Floats) -> Steps:
    """The moment by which each of SHARES has come; some may never."""
    ordered = np.sort(moments)
    found = [float(ordered[min(int(share * len(ordered)), len(ordered) - 1)]) for share in SHARES]
    at, earliest, latest = (None if np.isinf(moment) else moment for moment in found)
    return at, earliest, latest


def _last_used(sums: Floats, spent: Floats, drawn: Ints, left: float, block: int) -> float:
    """The step of one course, its blocks drawn at those places, in which the last of it is used."""
    at = int(np.searchsorted(spent, left))
    if at == len(spent):
        return float(np.inf)
    within = left - (spent[at - 1] if at else 0.0)
    start = int(drawn[at])
    return float(at * block + np.searchsorted(sums[start : start + block + 1] - sums[start], within))
