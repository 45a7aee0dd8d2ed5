"""Standing still: how long a metric may, by its habits and its siblings', and how far off it may be meanwhile."""

from __future__ import annotations

import numpy as np

from cc_common.anomalies.baseline import Baseline
from cc_common.anomalies.habits import runs
from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import operation
from cc_common.anomalies.parameters import (
    AT_REST,
    BRISK_STEPS,
    FULL_HOUR,
    HEALTHY,
    MARGIN,
    MOSTLY,
    NEVER,
    STUCK_HOURS,
)
from cc_common.anomalies.robust import Flags, Floats, median, quantile


def still_limits(hours: Hours) -> Floats:
    """(n, p, 2): whole hours without movement that are too many, at a value and at zero."""
    at_a_value, at_zero = unmoved(hours), hours.constant() & (hours.high == 0)
    least = np.where(_is_brisk(hours), 1, STUCK_HOURS)
    return np.stack([np.maximum(least, _too_long(at_a_value)), np.maximum(STUCK_HOURS, _too_long(at_zero))], -1)


def hardly_moves(hours: Hours) -> Flags:
    """(n, p): whether a metric, or most siblings', stands still in more hours than it moves in."""
    share = unmoved(hours).sum(-1) / np.maximum((hours.count >= FULL_HOUR).sum(-1), 1)
    rests: Flags = np.maximum(share, median(share.T)) > 1 - MOSTLY
    return rests


def unmoved(hours: Hours) -> Flags:
    """(n, p, T): whole hours without movement at a value, not at zero."""
    found: Flags = hours.constant() & (hours.high != 0)
    return found


def astray(hours: Hours, residuals: Floats, sigma: Floats) -> Floats:
    """(n, p, T): sigmas that a metric without movement is off, or that what was expected has moved since it stands."""
    still, off = unmoved(hours), residuals[:, 0] / sigma[:, 0]
    least, most, found = off[..., 0], off[..., 0], np.zeros_like(off)
    for hour in range(off.shape[-1]):
        now, before = off[..., hour], max(hour - 1, 0)
        goes_on = still[..., before] & (hours.low[..., hour] == hours.low[..., before])
        least, most = (
            np.where(goes_on, reached(now, value), now) for reached, value in ((np.fmin, least), (np.fmax, most))
        )
        found[..., hour] = np.maximum(np.abs(now), most - least)
    return np.where(still, np.nan_to_num(found), 0)


def is_dead(hours: Hours, baseline: Baseline) -> Flags:
    """(n, p, T): whether the machine runs, and the metric is one that then is never zero."""
    on: Flags = operation(hours, baseline.driver, baseline.level).share > 1 - AT_REST
    dead: Flags = on[:, None] & (baseline.never_zero_on[..., None] > 0)
    return dead


def _too_long(still: Flags) -> Floats:
    """Above what most siblings ever had, and the machine itself but for its longest run, which may be a fault's."""
    lengths = [[sorted([0, 0, *(b - a for a, b in runs(f))])[-2:] for f in machine] for machine in still]
    longest = np.array(lengths, np.float64)  # (n, p, second longest and longest)
    usual = np.maximum(longest[..., 0], quantile(longest[..., 1], HEALTHY, axis=0))
    limits: Floats = np.floor(MARGIN * usual) + 1
    return limits


def _is_brisk(hours: Hours) -> Flags:
    """(n, p): whether a metric, and its siblings', moves by some steps of its rounding whenever it moves."""
    step = np.array([10.0**-m.decimals for m in hours.kind.metrics])
    moves = (hours.count >= FULL_HOUR) & (hours.high > hours.low)
    least = quantile(np.where(moves, (hours.high - hours.low) / step[:, None], np.nan), NEVER, axis=-1)
    siblings = quantile(np.where(moves.any(-1), least, np.nan), 1 - HEALTHY, axis=0)
    brisk: Flags = np.minimum(least, siblings) > BRISK_STEPS - 0.5
    return brisk
