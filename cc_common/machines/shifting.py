"""Levels that changed for good: a sensor that was replaced or calibrated anew reads differently from one day on.

Each day is tried as the beginning of a new level, beside all other regressors, so that none of them can hide it.
"""

from __future__ import annotations

import numpy as np

from cc_common.anomalies.robust import Flags, Floats, spread
from cc_common.machines.parameters import STEP_DAYS, STEP_FRESH, STEP_LEFT, STEP_METRICS, STEP_SIGMAS

_DAY = 24


def steps(x: Floats, y: Floats) -> dict[int, int]:
    """By metric of y (p, T) that one step explains, given x (p, T, k), the first hour of the new level.

    None where many metrics step: that is the machine, not a sensor.
    """
    known = np.isfinite(y) & np.isfinite(x).all(-1)
    found = {place: hour for place, own in enumerate(known) if (hour := _step(x[place], y[place], own)) is not None}
    return found if len(found) <= STEP_METRICS else {}


def _step(x: Floats, y: Floats, known: Flags) -> int | None:
    """Only where the new level is still read: a fault before a rest would look like one."""
    hours = np.flatnonzero(known)
    if not len(hours) or hours[-1] < len(known) - STEP_FRESH * _DAY:
        return None
    cuts = np.arange(hours[0] + STEP_DAYS * _DAY, hours[-1] - STEP_DAYS * _DAY + 2, _DAY)
    if not len(cuts):
        return None
    cut = _cut(x[hours], y[hours], (hours[:, None] >= cuts).astype(np.float64))
    return None if cut is None else int(cuts[cut])


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
