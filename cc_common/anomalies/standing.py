"""Standing still: how long a metric may, by its habits and its siblings', and how far off it may be meanwhile."""

from __future__ import annotations

import numpy as np

from cc_common.anomalies.baseline import Baseline
from cc_common.anomalies.habits import runs
from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import is_on, operation
from cc_common.anomalies.parameters import (
    BRISK_STEPS,
    FULL_HOUR,
    HEALTHY,
    MARGIN,
    MOSTLY,
    NEVER,
    SHARED,
    STUCK_HOURS,
)
from cc_common.anomalies.robust import Flags, Floats, median, quantile
from cc_common.catalog.equipment import EquipmentType


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


def strays(hours: Hours, age: Floats, residuals: Floats, sigma: Floats, scale: Floats) -> Floats:
    """(n, p, T, 2) of hours without movement: sigmas off what was expected, and steps that has moved since it stands.

    `age`: as `ages` tells. `residuals` and `sigma`: (n, 3, p, T) in the baseline's measure, of which `scale` (n, p) is
    the unit.
    """
    off = residuals[:, 0] * scale[..., None] / rounding(hours.kind)[:, None]
    least, most, moved = off[..., 0], off[..., 0], np.zeros_like(off)
    for hour in range(off.shape[-1]):
        now, goes_on = off[..., hour], age[..., hour] > 1
        least = np.where(goes_on, np.fmin(now, least), now)
        most = np.where(goes_on, np.fmax(now, most), now)
        moved[..., hour] = most - least
    both = np.stack([np.abs(residuals[:, 0] / sigma[:, 0]), moved], axis=-1)
    return np.where(age[..., None] > 0, np.nan_to_num(both), 0)


def is_astray(age: Floats, found: Floats, limit: Floats) -> Flags:
    """(n, p, T): what strays too far, unless as many others have stood for as long: then it is the weather's doing."""
    far: Flags = np.asarray((found > limit[:, :, None]).any(-1))
    for machine, place, hour in zip(*np.nonzero(far), strict=True):
        others = (age[:, place, hour] >= age[machine, place, hour]).sum() - 1
        far[machine, place, hour] = others < SHARED * len(age)
    return far


def ages(hours: Hours) -> Floats:
    """(n, p, T): for how many whole hours a metric has stood at its value; 0 where it moves."""
    still, age = unmoved(hours), np.zeros_like(hours.low)
    for hour in range(age.shape[-1]):
        before = max(hour - 1, 0)
        same = hours.low[..., hour] == hours.low[..., before]
        age[..., hour] = np.where(still[..., hour], 1 + same * age[..., before], 0)
    return age


def is_dead(hours: Hours, baseline: Baseline) -> Flags:
    """(n, p, T): zero all hour while the machine runs, of a metric that then is never zero."""
    on = is_on(hours, operation(hours, baseline.driver, baseline.level).share)
    dead: Flags = hours.constant() & (hours.high == 0) & on[:, None] & (baseline.never_zero_on[..., None] > 0)
    return dead


def rounding(kind: EquipmentType) -> Floats:
    """(p,): a step of each metric's readings, in its unit."""
    return np.array([10.0**-m.decimals for m in kind.metrics])


def _too_long(still: Flags) -> Floats:
    """Above what most siblings ever had, and the machine itself but for its longest run, which may be a fault's."""
    lengths = [[sorted([0, 0, *(b - a for a, b in runs(f))])[-2:] for f in machine] for machine in still]
    longest = np.array(lengths, np.float64)  # (n, p, second longest and longest)
    usual = np.maximum(longest[..., 0], quantile(longest[..., 1], HEALTHY, axis=0))
    limits: Floats = np.floor(MARGIN * usual) + 1
    return limits


def _is_brisk(hours: Hours) -> Flags:
    """(n, p): whether a metric, and its siblings', moves by some steps of its rounding whenever it moves."""
    moves = (hours.count >= FULL_HOUR) & (hours.high > hours.low)
    steps = (hours.high - hours.low) / rounding(hours.kind)[:, None]
    least = quantile(np.where(moves, steps, np.nan), NEVER, axis=-1)
    siblings = quantile(np.where(moves.any(-1), least, np.nan), 1 - HEALTHY, axis=0)
    brisk: Flags = np.minimum(least, siblings) > BRISK_STEPS - 0.5
    return brisk
