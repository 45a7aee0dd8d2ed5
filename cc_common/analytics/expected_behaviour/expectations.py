"""ExpectedBehaviour: predictions of the machines' models, drifts from them, and the model versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.hours import read_hours
from cc_common.analytics.anomalies.operation import assign_groups
from cc_common.analytics.expected_behaviour import model_store
from cc_common.analytics.expected_behaviour.drift_episodes import find_drift_episodes
from cc_common.analytics.expected_behaviour.expectation_figures import (
    Observation,
    build_days,
    build_drift,
    build_points,
)
from cc_common.analytics.expected_behaviour.features import predict_hours
from cc_common.analytics.expected_behaviour.fitting import read_weather
from cc_common.analytics.expected_behaviour.machine_model import (
    COOLING_HOURS,
    DRIFT_HOURS,
    LEVEL,
    MIN_DAYS,
    Drift,
    ExpectedSeries,
    MachineModel,
    ModelRow,
    Step,
)
from cc_common.analytics.expected_behaviour.model_store import ServedModels
from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Evidence
from cc_common.core.windows import HOUR, Window
from cc_common.db import Database
from cc_common.timeseries.model import Store

MAX_WINDOW: Final = timedelta(days=92)
DRIFT_LOOKBACK: Final = timedelta(hours=24)  # the window in which drifts are reported


class ExpectedBehaviour:
    """Expected behaviour of one plant. The models are in the app database."""

    def __init__(self, app: Database, timeseries: Database, catalog: Catalog) -> None:
        self._app = app
        self._store = Store(timeseries, catalog)
        self._catalog = catalog

    def versions(self, equipment_id: str) -> tuple[ModelRow, ...]:
        """All versions of a machine's model, newest first; NotFound for an unknown machine."""
        return model_store.versions(self._app, self._catalog.get(equipment_id).id)

    def roll_back(self, equipment_id: str) -> ModelRow:
        """Serves the version before the current one; Conflict where there is none."""
        return model_store.roll_back(self._app, self._catalog.get(equipment_id).id)

    def expected(self, equipment_id: str, metric: str, window: Window, *, step: Step = "PT1H") -> ExpectedSeries:
        """The expected value of each hour, or plant day, that the window touches; at most 92 days.

        NotFound: no model, and why.
        """
        if window.end - window.start > MAX_WINDOW:
            raise InvalidInput(f"Expectations are told for {MAX_WINDOW.days} days at a time, at most.")
        kind, wanted = self._catalog.type_of(equipment_id), self._catalog.metric(equipment_id, metric)
        neighbours = self._neighbours(equipment_id, kind)
        found = model_store.load_served(self._app, neighbours)
        served = self._served(found, equipment_id, wanted)
        lead = Window(start=window.start - COOLING_HOURS * HOUR, end=window.end)
        look = self._look(kind, neighbours, lead, wanted, found)
        series = self._series(look, served, equipment_id, wanted, window)
        return (
            replace(series, step=step, points=build_days(series.points, self._store.clock)) if step == "P1D" else series
        )

    def band(self, equipment_id: str, metric: str, window: Window) -> ExpectedSeries | None:
        """The same as `expected` for a curve; None where no model covers any of the window."""
        if not model_store.has_any(self._app, equipment_id) or window.end - window.start > MAX_WINDOW:
            return None
        try:
            found = self.expected(equipment_id, metric, window)
        except NotFound:
            return None
        return found if any(point.expected is not None for point in found.points) else None

    def drifts(self, until: datetime) -> tuple[Drift, ...]:
        """The drifts in the day before that moment, of all machines with a model, in catalogue order."""
        window = Window(start=until - DRIFT_LOOKBACK, end=until)
        return tuple(drift for kind in self._catalog.types for drift in self._drifts(kind, window))

    def drifts_of(self, equipment_id: str, until: datetime) -> tuple[Drift, ...]:
        """The drifts of one machine that still last in the newest whole hour before that moment."""
        hour, kind = self._store.clock.floor(until, HOUR), self._catalog.type_of(equipment_id)
        if not model_store.has_any(self._app, equipment_id):
            return ()
        told = self._drifts(kind, Window(start=hour - DRIFT_LOOKBACK, end=hour))
        return tuple(drift for drift in told if drift.equipment == equipment_id and drift.end >= hour)

    def _drifts(self, kind: EquipmentType, window: Window) -> Iterator[Drift]:
        machines = [m.id for m in self._catalog.of_type(kind.name)]
        found = model_store.load_served(self._app, machines) if machines else {}
        if found:
            lead = Window(start=window.start - (COOLING_HOURS + DRIFT_HOURS) * HOUR, end=window.end)
            look = self._look(kind, machines, lead, None, found)
            limit = np.array([_limit(found.get(m), kind) for m in machines])
            for spell in find_drift_episodes(look.seen.missed, limit, kind, COOLING_HOURS + DRIFT_HOURS):
                yield build_drift(look, spell)

    def _neighbours(self, equipment_id: str, kind: EquipmentType) -> list[str]:
        machines = [m.id for m in self._catalog.of_type(kind.name)]
        group = assign_groups(len(machines))
        own = group[machines.index(equipment_id)]
        return [m for m, g in zip(machines, group, strict=True) if g == own]

    def _look(
        self,
        kind: EquipmentType,
        machines: Sequence[str],
        window: Window,
        only: Metric | None,
        found: dict[str, ServedModels],
    ) -> Observation:
        """Predicts the machines' hours; `only`: reads just that metric and what explains it."""
        models = [found[m].model if m in found else None for m in machines]
        metrics = None if only is None else _needed(kind, models, only)
        hours = read_hours(self._store, kind, machines, window.start, window.end, metrics)
        needs_sky = any(m is not None and m.weather for m in models)
        sky = read_weather(self._store, window)[0] if needs_sky else np.zeros(len(hours))
        group = assign_groups(len(self._catalog.of_type(kind.name))) if only is None else (0,) * len(machines)
        return Observation(hours=hours, found=found, seen=predict_hours(models, hours, sky, group, self._catalog.tz))

    def _served(self, found: dict[str, ServedModels], equipment_id: str, metric: Metric) -> ServedModels:
        """The served models; NotFound with the reason when there is none, or none of this metric."""
        name = self._catalog.get(equipment_id).name
        if (served := found.get(equipment_id)) is None:
            tries = model_store.versions(self._app, equipment_id)
            why = tries[0].gate["reason"] if tries else f"it needs {MIN_DAYS:g} days of readings and a night"
            raise NotFound(f"{name} has no model yet: {why}.")
        if metric.name not in served.model.metrics:
            raise NotFound(f"{name}'s model was learned before it had {metric.label}.")
        if (reason := served.model.why.get(metric.name)) is not None:
            raise NotFound(f"{name}'s model says nothing of {metric.label}: {reason}.")
        return served

    def _series(
        self, look: Observation, served: ServedModels, equipment_id: str, metric: Metric, window: Window
    ) -> ExpectedSeries:
        model, errors = served.model, served.gate["metrics"].get(metric.name, {})
        row = model.metrics.index(metric.name)
        place = [m.name for m in look.hours.kind.metrics].index(metric.name)
        since = model.since.get(metric.name, model.trained.start)
        at, reach = look.hours.machines.index(equipment_id), float(model.reach[row])
        return ExpectedSeries(
            equipment=equipment_id,
            metric=metric.name,
            unit=metric.unit,
            window=window,
            step="PT1H",
            level=LEVEL,
            version=served.version,
            trained_from=since,
            trained_until=model.trained.end,
            error=errors.get("model"),
            hourly_error=errors.get("hourly"),
            points=tuple(build_points(look, at, place, reach, model.judged))[COOLING_HOURS:],
            evidence=self._evidence(equipment_id, metric, Window(start=since, end=model.trained.end)),
        )

    def _evidence(self, equipment_id: str, metric: Metric, trained: Window) -> Evidence:
        kind = self._catalog.type_of(equipment_id)
        hours = read_hours(self._store, kind, [equipment_id], trained.start, trained.end, (metric,))
        return Evidence(
            table=equipment_id,
            column=metric.name,
            statistic="avg",
            start=trained.start,
            end=trained.end,
            rows=int(hours.count.sum()),
        )


def _needed(kind: EquipmentType, models: Sequence[MachineModel | None], metric: Metric) -> tuple[Metric, ...]:
    """The metrics to read, in column order: this one, the power (is the machine on?) and its explanatory metrics."""
    power, names = power_of(kind), {metric.name}
    for model in models:
        names |= {model.load or "", *model.beside} if model else set()
    names |= {power.name} if power else set()
    return tuple(m for m in kind.metrics if m.name in names)


def _limit(served: ServedModels | None, kind: EquipmentType) -> list[float]:
    """The drift limit of each of the type's metrics; NaN where the machine's model has none."""
    if served is None:
        return [float("nan")] * len(kind.metrics)
    limits = dict(zip(served.model.metrics, served.model.limit.tolist(), strict=True))
    return [limits.get(m.name, float("nan")) for m in kind.metrics]
