"""A metric's habits: whether it is ever zero or silent; its own and its siblings'."""

from __future__ import annotations

import numpy as np

from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import Operation, is_on
from cc_common.anomalies.parameters import FULL_HOUR, NEVER
from cc_common.anomalies.robust import Flags, Floats, median


def never_zero(hours: Hours) -> Floats:
    """(n, p): 1 where neither the machine nor its siblings read zero but as good as never."""
    return _rare((hours.low <= 0) & (hours.count > 0))


def never_zero_on(hours: Hours, run: Operation) -> Floats:
    """(n, p): 1 where zero is as good as never read while the machine runs, which it must do at times."""
    on = is_on(hours, run.share)
    zero, ran = ((hours.low <= 0) & (hours.count > 0) & on[:, None]).sum(-1), on.sum(-1)[:, None]
    own = np.where(ran > 0, zero / np.maximum(ran, 1), 1.0)
    rare = np.maximum(own, median(own.T)) <= NEVER
    return np.asarray(rare, np.float64)


def never_silent(hours: Hours, run: Operation) -> Floats:
    """(n, p): 1 where a value is as good as never missing while the machine runs."""
    return _rare(silent(hours, is_on(hours, run.share)))


def silent(hours: Hours, on: Flags) -> Flags:
    """(n, p, T): whole hours of a running machine without a single value of that metric."""
    missing: Flags = (hours.count == 0) & ((hours.rows >= FULL_HOUR) & on)[:, None]
    return missing


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First hour and the one after the last of each run of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _rare(flags: Flags) -> Floats:
    own = flags.mean(-1)
    rare: Flags = (own <= NEVER) & (own.mean(0) <= NEVER)
    return rare.astype(np.float64)
