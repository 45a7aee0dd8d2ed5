"""A metric's habits: how long it may stand still, whether it is ever zero or silent; its own and its siblings'."""

from __future__ import annotations

import numpy as np

from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import Operation
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
    at_a_value, at_zero = resting(hours), hours.constant() & (hours.high == 0)
    least = np.where(_is_brisk(hours), 1, STUCK_HOURS)
    return np.stack([np.maximum(least, _too_long(at_a_value)), np.maximum(STUCK_HOURS, _too_long(at_zero))], -1)


def resting(hours: Hours) -> Flags:
    """(n, p, T): whole hours without movement at a value, not at zero."""
    found: Flags = hours.constant() & (hours.high != 0)
    return found


def mostly_rests(hours: Hours) -> Flags:
    """(n, p): whether a metric, or most siblings', stands still in more hours than it moves in."""
    share = resting(hours).sum(-1) / np.maximum((hours.count >= FULL_HOUR).sum(-1), 1)
    rests: Flags = np.maximum(share, median(share.T)) > 1 - MOSTLY
    return rests


def never_zero(hours: Hours) -> Floats:
    """(n, p): 1 where neither the machine nor its siblings read zero but as good as never."""
    return _rare((hours.low <= 0) & (hours.count > 0))


def never_silent(hours: Hours, run: Operation) -> Floats:
    """(n, p): 1 where a value is as good as never missing while the machine runs."""
    return _rare(silent(hours, run.share))


def silent(hours: Hours, share: Floats) -> Flags:
    """(n, p, T): whole hours of a running machine without a single value of that metric."""
    missing: Flags = (hours.count == 0) & ((hours.rows >= FULL_HOUR) & (share > 1 - AT_REST))[:, None]
    return missing


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First hour and the one after the last of each run of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


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


def _rare(flags: Flags) -> Floats:
    own = flags.mean(-1)
    rare: Flags = (own <= NEVER) & (own.mean(0) <= NEVER)
    return rare.astype(np.float64)
