"""Levels that changed for good: a sensor that was replaced or calibrated anew reads differently from one day on.

Each day is tried as the beginning of a new level, beside all other regressors, so that none of them can hide it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cc_common.anomalies.robust import Floats, spread
from cc_common.machines.parameters import STEP_DAYS, STEP_LEFT, STEP_SIGMAS

_DAY = 24


def steps(x: Floats, y: Floats) -> Iterator[tuple[int, int]]:
    """(metric, first hour of the new level) of y (p, T) that one step explains, given x (p, T, k)."""
    known = np.isfinite(y) & np.isfinite(x).all(-1)
    for place, own in enumerate(known):
        hours = np.flatnonzero(own)
        first, last = (int(hours[0]), int(hours[-1])) if len(hours) else (0, 0)
        cuts = np.arange(first + STEP_DAYS * _DAY, last - STEP_DAYS * _DAY + 2, _DAY)
        if (
            len(cuts)
            and (cut := _cut(x[place, hours], y[place, hours], (hours[:, None] >= cuts).astype(np.float64))) is not None
        ):
            yield place, int(cuts[cut])


def _cut(x: Floats, y: Floats, after: Floats) -> int | None:
    """Which of the steps `after` (T, cuts) explains nearly all that x leaves of y; None where none does."""
    base, _ = np.linalg.qr(x[:, np.abs(x).max(0) > 0])
    left = y - base @ (base.T @ y)
    step = after - base @ (base.T @ after)
    size = (step * step).sum(0)
    told = np.where(size > 1e-3 * after.sum(0), (step.T @ left) ** 2 / np.maximum(size, 1e-9), 0)
    best = int(told.argmax())
    if (left @ left) - told[best] > STEP_LEFT * (left @ left) or size[best] <= 0:
        return None
    height = float(step[:, best] @ left / size[best])
    return best if abs(height) > STEP_SIGMAS * float(spread(left - height * step[:, best])) else None
