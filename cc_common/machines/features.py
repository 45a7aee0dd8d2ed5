"""The regressors of one machine's hours: its load, what moves it from outside, the weather, the plant's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import clock
from cc_common.anomalies.parameters import FULL_HOUR
from cc_common.anomalies.robust import Flags, Floats
from cc_common.catalog.running import power_of
from cc_common.ingest.buckets import clock_micros
from cc_common.ingest.rows import DAY_US
from cc_common.machines.model import Judged
from cc_common.machines.parameters import COOLING_HOURS

_LOAD = 3  # x, its square and its cube
_THURSDAY = 3  # 1970-01-01; Monday is 0


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What regressors are measured by."""

    load: str | None
    beside: tuple[str, ...]
    level: float
    covariates: Floats  # (beside and weather, 2) center and scale


def during(hours: Hours, judged: Judged) -> Flags:
    """(n, T): whole hours that were read, in which a machine ran, or rested and was cold; without a power all."""
    read, power = hours.rows >= FULL_HOUR, power_of(hours.kind)
    if power is None or judged == "any":
        return np.asarray(read)
    place = hours.kind.metrics.index(power)
    if judged == "resting":
        return np.asarray(read & (hours.high[:, place] == 0) & ~_is_warm(hours.high[:, place] > 0))
    return np.asarray(read & (np.nan_to_num(hours.low[:, place]) > 0))


def _is_warm(ran: Flags) -> Flags:
    """(n, T): whether it ran in one of the hours before."""
    warm = np.zeros_like(ran)
    for ago in range(1, COOLING_HOURS + 1):
        warm[:, ago:] |= ran[:, :-ago]
    return warm


def measure(hours: Hours, place: int, on: Flags, weather: Floats, load: str | None, beside: Sequence[str]) -> Measures:
    """From the hours in which the machine was on."""
    columns = [*(_mean(hours, place, name) for name in beside), weather]
    found = [_center_scale(np.where(on, column, np.nan)) for column in columns]
    level = 1.0 if load is None else float(np.nan_to_num(np.nanmedian(_known(_mean(hours, place, load), on))))
    return Measures(load=load, beside=tuple(beside), level=level or 1.0, covariates=np.array(found))


def regressors(hours: Hours, place: int, by: Measures, weather: Floats, tz: str) -> Floats:
    """(T, k): NaN where the load or what is beside it was not read."""
    one = np.ones(len(hours))
    x = np.zeros(len(hours)) if by.load is None else _mean(hours, place, by.load) / by.level
    outside = [*(_mean(hours, place, name) for name in by.beside), weather]
    z = [(column - center) / scale for column, (center, scale) in zip(outside, by.covariates, strict=True)]
    both = [part for column in z for part in (column, column * x)]
    return np.stack([one, x, x**2, x**3, *both, *clock(hours, tz).T, _weekend(hours, tz)], axis=-1)


def explains(metrics: Sequence[str], by: Measures, k: int) -> Floats:
    """(p, k): 0 where a regressor is made of the very metric it would explain."""
    allowed = np.ones((len(metrics), k))
    for place, name in enumerate(metrics):
        if name == by.load:
            allowed[place, 1 : 1 + _LOAD] = 0
            allowed[place, 2 + _LOAD : 1 + _LOAD + 2 * len(by.covariates) : 2] = 0
        elif name in by.beside:
            at = 1 + _LOAD + 2 * by.beside.index(name)
            allowed[place, at : at + 2] = 0
    return allowed


def _mean(hours: Hours, place: int, name: str) -> Floats:
    column = next(at for at, m in enumerate(hours.kind.metrics) if m.name == name)
    return np.where(hours.count[place, column] >= FULL_HOUR, hours.mean[place, column], np.nan)


def _known(values: Floats, on: Flags) -> Floats:
    found: Floats = values[on & np.isfinite(values)]
    return found if len(found) else np.ones(1)


def _center_scale(values: Floats) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    spread = float(known.std())
    return float(np.median(known)), spread if spread > 0 else 1.0


def _weekend(hours: Hours, tz: str) -> Floats:
    day = (clock_micros(hours.starts, tz) // DAY_US + _THURSDAY) % 7
    return np.asarray(day >= 5, np.float64)
