"""Operation of machines: the driver metric, the share of an hour a machine is on, and metrics that are never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.robust_statistics import (
    AT_REST,
    BRIDGE_HOURS,
    FULL_HOUR,
    GROUP,
    NEVER,
    TRAILING_HOURS,
    Flags,
    Floats,
    median,
    quantile,
)
from cc_common.catalog.metric_roles import power_of
from cc_common.timeseries.rows import DAY_US, clock_micros

OWN = 5  # number of columns of `Operation.own`


@dataclass(frozen=True)
class Operation:
    """`own`: (n, T, OWN) regressors of the machine's operation; `share`: (n, T) share of the hour it is on."""

    own: Floats
    share: Floats

    @property
    def changing(self) -> Flags:
        """(n, T): hours in which the machine was both on and off."""
        return (self.share > AT_REST) & (self.share < 1 - AT_REST)


def driver_of(hours: Hours) -> int:
    """The gauge whose hourly mean best predicts the other metrics (mean squared correlation, median machine).

    Where machines of the type are off for whole hours, only metrics that are zero then: a temperature does not show
    it as clearly.
    """
    gauges = [m.kind == "gauge" for m in hours.kind.metrics]
    off = np.nanmean(np.where(hours.count > 0, hours.high == 0, np.nan), axis=(0, 2)) >= AT_REST
    wanted = [gauge and rests for gauge, rests in zip(gauges, off, strict=True)]
    told = [_told(hours, at) if wants else -1.0 for at, wants in enumerate(wanted if any(wanted) else gauges)]
    return int(np.argmax(told))


def learn_usual_level(hours: Hours, driver: int) -> Floats:
    """(n,): the driver's usual level while the machine is on; 1 where it never was."""
    high = hours.high[:, driver]
    level = quantile(np.where(high > 0, high, np.nan), 0.9, axis=-1)
    return np.where(level > 0, level, 1.0)


def measure_operation(hours: Hours, driver: int, level: Floats) -> Operation:
    """The regressors of each hour; NaN where the driver has no reading."""
    mean, low, high = (a[:, driver] / level[:, None] for a in (hours.mean, hours.low, hours.high))
    on_and_off = np.clip(mean / np.maximum(high, AT_REST), AT_REST, 1)
    share = np.where(high <= AT_REST, 0.0, np.where(low <= AT_REST, on_and_off, 1.0))
    share = np.where(np.isfinite(mean), share, np.nan)
    x, u = np.where(share > 0, mean, 0.0), np.maximum(share, AT_REST)
    x = np.where(np.isfinite(share), x, np.nan)
    return Operation(np.stack([np.ones_like(x), share, x, x**2 / u, x**3 / u**2], axis=-1), share)


def is_on(hours: Hours, share: Floats) -> Flags:
    """(n, T): full hours in which a machine ran by its driver or its power, as the driver may be missing or stuck."""
    on: Flags = share > 1 - AT_REST
    if (power := power_of(hours.kind)) is not None:
        place = hours.kind.metrics.index(power)
        on = on | ((hours.count[:, place] >= FULL_HOUR) & (hours.low[:, place] > 0))
    return on


def clock_harmonics(hours: Hours, tz: str) -> Floats:
    """(T, 4): two harmonics of the plant's hour of day."""
    turn = 2 * np.pi * (clock_micros(hours.starts, tz) % DAY_US) / DAY_US
    return np.stack([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)], axis=-1)


def assign_groups(n: int) -> tuple[int, ...]:
    """The group of each of n siblings in number order: neighbours, at most GROUP."""
    count = -(-n // GROUP)
    return tuple(i * count // n for i in range(n))


def common_movement(residuals: Floats, group: Sequence[int]) -> Floats:
    """(n, p, T): the median of the neighbours' residuals above their own trailing means: the effect of weather.

    `residuals`: (n, p, T) of the regression on `own`. A fault or slow ageing of one neighbour does not move a median.
    """
    return np.nan_to_num(median_of_neighbours(residuals - _trailing(residuals), group))


def median_of_neighbours(values: Floats, group: Sequence[int]) -> Floats:
    """(n, ...): for each machine the median over the others of its group; NaN where there are none."""
    found = np.full_like(values, np.nan)
    for machine, own in enumerate(group):
        others = [i for i, g in enumerate(group) if g == own and i != machine]
        if others:
            found[machine] = median(np.moveaxis(values[others], 0, -1))
    return found


def _told(hours: Hours, place: int) -> float:
    others = [j for j in range(len(hours.kind.metrics)) if j != place]
    x, y = hours.mean[:, [place]], hours.mean[:, others]
    known = np.isfinite(x) & np.isfinite(y)
    if not others or np.isfinite(x).mean() < 0.97 * np.isfinite(hours.mean).any(1).mean():
        return -1.0
    x, y = _centred(x, known), _centred(y, known)
    squared = (x * y).sum(-1) ** 2 / ((x**2).sum(-1) * (y**2).sum(-1) + 1e-12)
    return float(np.median(squared, axis=0).mean())


def _centred(values: Floats, known: Flags) -> Floats:
    kept = np.where(known, values, 0.0)
    mean = kept.sum(-1, keepdims=True) / np.maximum(known.sum(-1, keepdims=True), 1)
    return np.where(known, kept - mean, 0.0)


def _trailing(values: Floats) -> Floats:
    """The mean of the last TRAILING_HOURS with readings; at the beginning, of the first ones."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=-1)
    count = np.cumsum(known, axis=-1).astype(np.float64)
    back, window = min(TRAILING_HOURS, values.shape[-1]), np.zeros_like(total)
    window[..., back:] = total[..., back:] - total[..., :-back]
    counted = np.zeros_like(count)
    counted[..., back:] = count[..., back:] - count[..., :-back]
    window[..., :back], counted[..., :back] = total[..., back - 1 : back], count[..., back - 1 : back]
    return window / np.maximum(counted, 1)


def never_zero(hours: Hours) -> Floats:
    """(n, p): 1 where the machine and its siblings read zero in at most a share NEVER of hours."""
    return _rare((hours.low <= 0) & (hours.count > 0))


def never_zero_on(hours: Hours, run: Operation) -> Floats:
    """(n, p): 1 where zero occurs in at most a share NEVER of the hours the machine runs; it must run in some."""
    on = is_on(hours, run.share)
    zero, ran = ((hours.low <= 0) & (hours.count > 0) & on[:, None]).sum(-1), on.sum(-1)[:, None]
    own = np.where(ran > 0, zero / np.maximum(ran, 1), 1.0)
    rare = np.maximum(own, median(own.T)) <= NEVER
    return np.asarray(rare, np.float64)


def never_silent(hours: Hours, run: Operation) -> Floats:
    """(n, p): 1 where a value is missing in at most a share NEVER of the hours the machine runs."""
    return _rare(find_silent_hours(hours, is_on(hours, run.share)))


def find_silent_hours(hours: Hours, on: Flags) -> Flags:
    """(n, p, T): full hours of a running machine without any value of that metric."""
    missing: Flags = (hours.count == 0) & ((hours.rows >= FULL_HOUR) & on)[:, None]
    return missing


def find_runs(flags: Flags) -> list[tuple[int, int]]:
    """The first index and the index after the last of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def bridge_gaps(flags: Flags, since: int) -> list[tuple[int, int]]:
    """Runs of true flags from the hour `since` on, merged across short quiet gaps."""
    joined: list[tuple[int, int]] = []
    for first, last in find_runs(flags[since:]):
        if joined and first - joined[-1][1] <= BRIDGE_HOURS:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return [(first + since, last + since) for first, last in joined]


def _rare(flags: Flags) -> Floats:
    own = flags.mean(-1)
    rare: Flags = (own <= NEVER) & (own.mean(0) <= NEVER)
    return rare.astype(np.float64)
