"""Features of a machine's hours (load, weather, hour, neighbours), and the prediction from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import clock_harmonics, median_of_neighbours
from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, MIN_READINGS, Flags, Floats
from cc_common.analytics.expected_behaviour.machine_model import COOLING_HOURS, Judged, MachineModel
from cc_common.catalog.metric_roles import power_of
from cc_common.timeseries.rows import DAY_US, clock_micros

_LOAD = 3  # number of columns: x, x squared, x cubed
_THURSDAY = 3  # 1970-01-01; Monday is 0


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Scaling of the regressors."""

    load: str | None
    beside: tuple[str, ...]
    level: float
    covariates: Floats  # (beside and weather, 2) center and scale


def hours_of_operation(hours: Hours, judged: Judged) -> Flags:
    """(n, T): full hours in which a machine ran, or rested and had cooled down; without a power metric all."""
    read, power = hours.rows >= FULL_HOUR, power_of(hours.kind)
    if power is None or judged == "any":
        return np.asarray(read)
    place = hours.kind.metrics.index(power)
    if judged == "resting":
        return np.asarray(read & (hours.high[:, place] == 0) & ~_is_warm(hours.high[:, place] > 0))
    return np.asarray(read & (np.nan_to_num(hours.low[:, place]) > 0))


def _is_warm(ran: Flags) -> Flags:
    """(n, T): whether the machine ran in one of the COOLING_HOURS before."""
    warm = np.zeros_like(ran)
    for ago in range(1, COOLING_HOURS + 1):
        warm[:, ago:] |= ran[:, :-ago]
    return warm


def measure_drivers(
    hours: Hours, place: int, on: Flags, weather: Floats, load: str | None, beside: Sequence[str]
) -> Measures:
    """Computes the scaling from the hours in which the machine was on."""
    columns = [*(_mean(hours, place, name) for name in beside), weather]
    found = [_center_scale(np.where(on, column, np.nan)) for column in columns]
    level = 1.0 if load is None else float(np.nan_to_num(np.nanmedian(_known(_mean(hours, place, load), on))))
    return Measures(load=load, beside=tuple(beside), level=level or 1.0, covariates=np.array(found))


def model_regressors(hours: Hours, place: int, by: Measures, weather: Floats, tz: str) -> Floats:
    """(T, k): the regressors; NaN where the load or a covariate has no reading."""
    one = np.ones(len(hours))
    x = np.zeros(len(hours)) if by.load is None else _mean(hours, place, by.load) / by.level
    outside = [*(_mean(hours, place, name) for name in by.beside), weather]
    z = [(column - center) / scale for column, (center, scale) in zip(outside, by.covariates, strict=True)]
    both = [part for column in z for part in (column, column * x)]
    return np.stack([one, x, x**2, x**3, *both, *clock_harmonics(hours, tz).T, _weekend(hours, tz)], axis=-1)


def has_drivers(metrics: Sequence[str], by: Measures, k: int) -> Floats:
    """(p, k): 1 where a regressor may explain a metric, 0 where it is derived from the same metric."""
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


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """n machines, p metrics of the hours' type, T hours, in the metrics' units; NaN: no reading or no prediction."""

    actual: Floats  # (n, p, T)
    expected: Floats
    on: Flags  # (n, T)

    @property
    def missed(self) -> Floats:
        """(n, p, T): residuals, actual - expected."""
        return self.actual - self.expected


def gauge_metrics(hours: Hours, on: Flags) -> Floats:
    """(n, p, T): hourly means of gauges while the machine is on."""
    kinds = np.array([m.kind == "gauge" for m in hours.kind.metrics])
    known = (hours.count >= MIN_READINGS) & on[:, None] & kinds[None, :, None]
    return np.where(known, hours.mean, np.nan)


def predict_hours(
    models: Sequence[MachineModel | None], hours: Hours, weather: Floats, group: Sequence[int], tz: str
) -> Prediction:
    """Predicts the hours; `models`: by machine. A machine without a model has no expected values."""
    flags = {which: hours_of_operation(hours, which) for which in {m.judged for m in models if m}}
    nothing = np.zeros(hours.rows.shape, bool)
    on = np.stack([flags[m.judged][at] if m else nothing[at] for at, m in enumerate(models)])
    actual, p = gauge_metrics(hours, on), len(hours.kind.metrics)
    alone, weight = np.full(actual.shape, np.nan), np.zeros((len(models), p))
    whole = alone.copy()
    for place, model in enumerate(models):
        if model is not None:
            x = model_regressors(hours, place, _measures(model), weather, tz)
            rows = [model.metrics.index(m.name) if m.name in model.metrics else None for m in hours.kind.metrics]
            for at, row in enumerate(rows):
                if row is not None:
                    center, scale = model.center[row], model.scale[row]
                    alone[place, at] = center + scale * (x @ model.own[row])
                    whole[place, at] = center + scale * (x @ model.full[row, :-1])
                    weight[place, at] = model.full[row, -1]
    common = np.nan_to_num(median_of_neighbours(actual - alone, group))
    expected = np.where(on[:, None], whole + weight[..., None] * common, np.nan)
    return Prediction(actual=actual, expected=expected, on=on)


def _measures(model: MachineModel) -> Measures:
    return Measures(load=model.load, beside=model.beside, level=float(model.level[0]), covariates=model.covariates)
