"""Learns the models of one type from its hours. Estimates are robust, because the history contains faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import median_of_neighbours
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats, median, quantile, regress, spread
from cc_common.analytics.anomalies.stuck_sensors import rounding_steps
from cc_common.analytics.expected_behaviour.backtest import find_steps
from cc_common.analytics.expected_behaviour.drift_episodes import fill_short_gaps
from cc_common.analytics.expected_behaviour.features import (
    Measures,
    gauge_metrics,
    has_drivers,
    hours_of_operation,
    measure_drivers,
    model_regressors,
    predict_hours,
)
from cc_common.analytics.expected_behaviour.machine_model import (
    DRIFT_SHARE,
    DRIFT_SIGMAS,
    HALF_LIFE_DAYS,
    LEVEL,
    MARGIN,
    MIN_HOURS,
    STANDBY,
    STILL,
    Judged,
    MachineModel,
)
from cc_common.analytics.forecasting.depletion import is_depleting
from cc_common.analytics.forecasting.profiles import Grid
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.metric_roles import Drivers, drivers_of
from cc_common.core.windows import Window
from cc_common.timeseries.rows import DAY_US, HOUR_US, clock_micros

_DAY = 24
_MAX_SHARE = 0.5  # of machines with a depleting metric, or of hours in which it switches
_SWITCHED = "it goes on and off within the hour, and nothing tells how often it should"
_STOCK = "it is used up and filled up again: a forecast tells how long it lasts"
_HEALTHY = 0.8  # quantile of the siblings' maxima: up to a fifth of them may have had a fault
_UNUSUAL_DAYS = 6  # a machine's worst days that are left out


def learn_models(
    hours: Hours, weather: Floats, group: Sequence[int], *, held_out: int, named: str | None, tz: str
) -> list[MachineModel]:
    """Learns a model per machine from all but the last `held_out` hours; `named`: the metric taken as the weather."""
    drivers, which = drivers_of(hours.kind), judged_hours(hours)
    on = hours_of_operation(hours, which)
    known = on.copy()
    known[:, -held_out:] = False
    actual = gauge_metrics(hours, on)
    by = [measure_drivers(hours, at, known[at], weather, drivers.load, drivers.beside) for at in range(len(on))]
    drafts = [_draft(hours, at, by[at], known[at], actual[at], drivers, named, which) for at in range(len(on))]
    drafts = _without_stocks(drafts, hours.between(0, len(hours) - held_out), tz)
    x = np.stack([model_regressors(hours, at, by[at], weather, tz) for at in range(len(on))])
    untouched = slice(0, -held_out)
    moved, seen = _moved(drafts, x[..., untouched, :], actual[..., untouched], known[..., untouched], by), actual.copy()
    for at, found in enumerate(moved):
        for place, hour in found.items():
            seen[at, place, :hour] = np.nan
    drafts = [replace(d, since=_since(d, found, hours)) for d, found in zip(drafts, moved, strict=True)]
    drafts = _fitted(drafts, x, seen, known, by, group)
    return _bounded(drafts, hours, weather, group, known, tz)


def judged_hours(hours: Hours) -> Judged:
    """The kind of hours modelled: those in which machines run; of types that rarely run, those in which they rest."""
    read, runs, rests = (hours_of_operation(hours, which).sum() for which in ("any", "running", "resting"))
    if runs >= STANDBY * read:
        return "running"
    return "resting" if rests >= STANDBY * read else "any"


def _draft(
    hours: Hours,
    at: int,
    by: Measures,
    known: Flags,
    actual: Floats,
    drivers: Drivers,
    named: str | None,
    judged: Judged,
) -> MachineModel:
    """A model without coefficients: the scaling of its readings, and the metrics that cannot be modelled."""
    values, p = np.where(known, actual, np.nan), len(hours.kind.metrics)
    center = np.nan_to_num(median(values))
    away = np.nan_to_num(values - center[:, None])
    scale = np.sqrt((away**2).sum(-1) / np.maximum(np.isfinite(values).sum(-1), 1))
    why = _why(hours.kind, values, center, scale)
    switched = (known & (hours.low[at] == 0) & (hours.high[at] > 0)).sum(-1) > _MAX_SHARE * known.sum()
    alone = [drivers.load in (None, m.name) for m in hours.kind.metrics]  # metrics without a load that explains them
    unclear = np.flatnonzero(switched & alone)
    why = {hours.kind.metrics[place].name: _SWITCHED for place in unclear} | why
    return MachineModel(
        equipment=hours.machines[at],
        metrics=tuple(m.name for m in hours.kind.metrics),
        load=drivers.load,
        beside=drivers.beside,
        weather=named,
        judged=judged,
        trained=_trained(hours, known),
        hours=int(known.sum()),
        level=np.array([by.level]),
        covariates=by.covariates,
        center=center,
        scale=np.where(scale > 0, scale, 1.0),
        own=np.zeros((p, 1)),
        full=np.zeros((p, 1)),
        sigma=np.zeros(p),
        reach=np.zeros(p),
        limit=np.zeros(p),
        why=why,
    )


def _why(kind: EquipmentType, values: Floats, center: Floats, scale: Floats) -> dict[str, str]:
    """The reason of each metric without a model."""
    found = {}
    for at, metric in enumerate(kind.metrics):
        hours = int(np.isfinite(values[at]).sum())
        if metric.kind != "gauge":
            found[metric.name] = f"it is a {metric.kind}; only gauges are modelled"
        elif hours < MIN_HOURS:
            found[metric.name] = f"it needs {MIN_HOURS} hours of the machine running, there are {hours}"
        elif scale[at] <= STILL * max(abs(center[at]), 1.0):
            found[metric.name] = "it has not moved in the history: there is nothing to learn"
    return found


def _without_stocks(drafts: Sequence[MachineModel], hours: Hours, tz: str) -> list[MachineModel]:
    """Excludes depleting metrics: their level depends on its past, not on the load."""
    local = clock_micros(hours.starts, tz)
    grid = Grid(per_day=_DAY, known=len(hours), slot=local % DAY_US // HOUR_US, day=local // DAY_US)
    named = {
        name: _STOCK
        for place, name in enumerate(drafts[0].metrics)
        if np.mean([np.isfinite(own).any() and is_depleting(own, grid) for own in hours.mean[:, place]]) > _MAX_SHARE
    }
    return [replace(draft, why={**named, **draft.why}) for draft in drafts]


def _trained(hours: Hours, known: Flags) -> Window:
    seen = np.flatnonzero(known)
    first, last = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 1)
    return Window(start=hours.hour_start(first), end=hours.hour_start(last))


def _fitted(
    drafts: Sequence[MachineModel],
    x: Floats,
    actual: Floats,
    known: Flags,
    by: Sequence[Measures],
    group: Sequence[int],
) -> list[MachineModel]:
    """Fits both regressions; coefficients of metrics without a model are NaN."""
    own, alone = [], np.full(actual.shape, np.nan)
    for at, draft in enumerate(drafts):
        y = (actual[at] - draft.center[:, None]) / draft.scale[:, None]
        allowed = x[at] * has_drivers(draft.metrics, by[at], x.shape[-1])[:, None]
        found = _without(draft, regress(allowed, np.where(known[at], y, np.nan), _recent(known.shape[-1])))
        own.append(found)
        alone[at] = draft.center[:, None] + draft.scale[:, None] * (x[at] @ found.T).T
    common = np.nan_to_num(median_of_neighbours(actual - alone, group))
    return [
        replace(d, own=own[at], full=_full(d, x[at], actual[at], known[at], common[at], by[at]))
        for at, d in enumerate(drafts)
    ]


def _full(draft: MachineModel, x: Floats, actual: Floats, known: Flags, common: Floats, by: Measures) -> Floats:
    y = np.where(known, (actual - draft.center[:, None]) / draft.scale[:, None], np.nan)
    allowed = x * has_drivers(draft.metrics, by, x.shape[-1])[:, None]
    columns = np.concatenate([allowed, (common / draft.scale[:, None])[..., None]], -1)
    return _without(draft, regress(columns, y, _recent(len(known))))


def _recent(hours: int) -> Floats:
    """(T,): the weight of each hour, halved every HALF_LIFE_DAYS, as machines age without a fault."""
    counts: Floats = 0.5 ** (np.arange(hours)[::-1] / (_DAY * HALF_LIFE_DAYS))
    return counts


def _without(draft: MachineModel, coefficients: Floats) -> Floats:
    has = np.array([name not in draft.why for name in draft.metrics])
    return np.where(has[:, None], coefficients, np.nan)


def _moved(
    drafts: Sequence[MachineModel], x: Floats, actual: Floats, known: Flags, by: Sequence[Measures]
) -> list[dict[int, int]]:
    """By machine, the metrics with a level shift and its hour."""
    found = []
    for at, draft in enumerate(drafts):
        allowed = x[at] * has_drivers(draft.metrics, by[at], x.shape[-1])[:, None]
        modelled = np.array([name not in draft.why for name in draft.metrics])
        scaled = (actual[at] - draft.center[:, None]) / draft.scale[:, None]
        found.append(find_steps(allowed, np.where(known[at] & modelled[:, None], scaled, np.nan)))
    return found


def _since(draft: MachineModel, moved: dict[int, int], hours: Hours) -> dict[str, datetime]:
    return {draft.metrics[place]: hours.hour_start(hour) for place, hour in moved.items()}


def _bounded(
    drafts: Sequence[MachineModel], hours: Hours, weather: Floats, group: Sequence[int], known: Flags, tz: str
) -> list[MachineModel]:
    """Sets sigma, band and drift limit from the training hours and the held-out hours."""
    missed = predict_hours(drafts, hours, weather, group, tz).missed
    for at, draft in enumerate(drafts):
        for name, since in draft.since.items():
            before = hours.starts < since.timestamp() * 1e6
            missed[at, draft.metrics.index(name), before] = np.nan
    inside = np.where(known[:, None], missed, np.nan)
    outside = np.where(known[:, None], np.nan, missed)
    step = rounding_steps(hours.kind)
    sigma = np.maximum(spread(inside), 0.15 * step)
    reach = _reach(inside, outside, sigma)
    matter = [np.minimum(DRIFT_SHARE * np.abs(d.center), d.scale / 2) for d in drafts]
    limit = np.maximum(_limits(fill_short_gaps(missed), sigma), np.maximum(step, matter))
    return [replace(d, sigma=sigma[at], reach=reach[at], limit=limit[at]) for at, d in enumerate(drafts)]


def _reach(inside: Floats, outside: Floats, sigma: Floats) -> Floats:
    """(n, p): the band's half width, the LEVEL quantile of errors; held-out errors may hold faults, so are bounded."""
    seen, unseen = (quantile(np.abs(values), LEVEL, axis=-1) for values in (inside, outside))
    return np.maximum(np.clip(unseen, seen, 2 * seen), 0.5 * np.nan_to_num(sigma))


def _limits(medians: Floats, sigma: Floats) -> Floats:
    """(n, p): drift limits above the maximum of most siblings, in sigmas, and the machine's own on its usual days."""
    size = np.nan_to_num(np.abs(medians) / sigma[..., None])
    days = size[..., : size.shape[-1] // _DAY * _DAY].reshape(*size.shape[:-1], -1, _DAY).max(-1)
    usual = np.sort(days, axis=-1)[..., ::-1][..., min(_UNUSUAL_DAYS, days.shape[-1] - 1)]
    reached = np.maximum(usual, quantile(size.max(-1), _HEALTHY, axis=0))
    return np.asarray(np.maximum(DRIFT_SIGMAS, MARGIN * reached) * sigma)
