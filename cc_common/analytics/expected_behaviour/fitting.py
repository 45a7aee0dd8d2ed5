"""Fits the models of all machines, type by type, up to the plant's last midnight; nightly without a scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.hours import Hours, newest_hour, read_hours
from cc_common.analytics.anomalies.operation import assign_groups
from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, Floats, median
from cc_common.analytics.expected_behaviour import model_store
from cc_common.analytics.expected_behaviour.backtest import judge_model
from cc_common.analytics.expected_behaviour.features import predict_hours
from cc_common.analytics.expected_behaviour.learning import learn_models
from cc_common.analytics.expected_behaviour.machine_model import HELD_OUT_DAYS, HISTORY, MIN_DAYS, MachineModel
from cc_common.analytics.expected_behaviour.model_store import counts
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.metric_roles import weather_of
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.windows import HOUR, Window
from cc_common.db import Databases
from cc_common.timeseries.model import Store

Progress = Callable[[int, int], None]
_DAY = 24
STATIONS = 9  # most stations whose median is taken as the weather


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """The machines by outcome; `reasons`: why a machine has no new model."""

    machines: int
    adopted: int
    rejected: int
    short: int
    reasons: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Past:
    """The training data of the machines of one type; `group`: their groups of neighbours, in catalogue order."""

    hours: Hours
    weather: Floats
    named: str | None
    group: tuple[int, ...]
    tz: str


def fit_plant_models(
    databases: Databases,
    catalog: Catalog,
    types: Sequence[str] | None = None,
    *,
    until: datetime | None = None,
    history: timedelta = HISTORY,
    on_progress: Progress | None = None,
    stop: Event | None = None,
) -> FitResult:
    """Fits a new version for each machine (of these types) on the `history` before the last plant midnight, or `until`.

    Skips machines that were judged on the same night, so that an interrupted run resumes; checks `stop` between types.
    """
    readings = Store(databases.timeseries, catalog)
    wanted = [catalog.type(name) for name in types] if types is not None else list(catalog.types)
    total, found = sum(len(catalog.of_type(k.name)) for k in wanted), list[FitResult]()
    if (latest := until or newest_hour(readings)) is None:
        return _summed(found, total)
    end, done = readings.clock.to_utc(readings.clock.day(latest)), 0
    for kind in wanted:
        if stop and stop.is_set():
            break
        found.append(_of_type(databases, readings, kind, Window(start=end - history, end=end)))
        done += len(catalog.of_type(kind.name))
        if on_progress:
            on_progress(done, total)
    return _summed(found, total)


def read_weather(readings: Store, window: Window) -> tuple[Floats, str | None]:
    """(T,): the weather at the window's plant hours, a median of stations; zeros where the plant measures none."""
    found = weather_of(readings.catalog)
    if found is None:
        first = readings.clock.floor(window.start, HOUR)
        return np.zeros(max(-((first - window.end) // HOUR), 1)), None
    kind, metric = found
    stations = [m.id for m in readings.catalog.of_type(kind.name)][:STATIONS]
    hours = read_hours(readings, kind, stations, window.start, window.end, (metric,))
    read = np.where(hours.count[:, 0] >= FULL_HOUR, hours.mean[:, 0], np.nan)
    return median(np.ascontiguousarray(read.T)), metric.name


def _of_type(databases: Databases, readings: Store, kind: EquipmentType, window: Window) -> FitResult:
    machines = [m.id for m in readings.catalog.of_type(kind.name)]
    if not machines:
        return _summed([], 0)
    done = model_store.last_attempts(databases.app, kind.name, window.end)
    hours = read_hours(readings, kind, machines, window.start, window.end)
    sky, named = read_weather(readings, window)
    short = _short(hours)
    able = [at for at, m in enumerate(machines) if m not in short]
    if not {machines[at] for at in able} - set(done):
        return FitResult(machines=len(machines), adopted=0, rejected=0, short=len(short), reasons=short)
    first = int(np.flatnonzero((hours.rows[able] > 0).any(0))[0])
    group = assign_groups(len(machines))
    past = Past(
        hours=hours.pick(able).between(first, len(hours)),
        weather=sky[first:],
        named=named,
        group=tuple(group[at] for at in able),
        tz=readings.catalog.tz,
    )
    found = _tried(databases, past, set(done))
    return replace(found, machines=len(machines), short=len(short), reasons={**short, **found.reasons})


def _tried(databases: Databases, past: Past, done: set[str]) -> FitResult:
    hours, held_out = past.hours, held_out_hours(len(past.hours))
    models = learn_models(hours, past.weather, past.group, held_out=held_out, named=past.named, tz=past.tz)
    old = previous_version(databases, hours)
    new, before = (predict_hours(m, hours, past.weather, past.group, past.tz) for m in (models, old))
    verdicts = judge_model(models, new, before, hours, held_out, past.tz)
    reasons, adopted = {}, 0
    for model, verdict in zip(models, verdicts, strict=True):
        if model.equipment not in done:
            model_store.add_version(databases.app, hours.kind.name, model, verdict, hours.hour_start(len(hours)))
            adopted += verdict.adopted
            if not verdict.adopted:
                reasons[model.equipment] = verdict.reason
    return FitResult(machines=len(models), adopted=adopted, rejected=len(reasons), short=0, reasons=reasons)


def held_out_hours(total: int) -> int:
    """The number of newest hours held out: whole days, a week at most, a quarter of a short history."""
    return min(HELD_OUT_DAYS, max(total // _DAY // 4, 1)) * _DAY


def previous_version(databases: Databases, hours: Hours) -> list[MachineModel | None]:
    """The served model of each machine."""
    found = model_store.load_served(databases.app, hours.machines)
    return [found[m].model if m in found else None for m in hours.machines]


def _short(hours: Hours) -> dict[str, str]:
    """The machines with too little history, and how much they have."""
    days = (hours.rows >= FULL_HOUR).sum(-1) / _DAY
    need = f"it needs {MIN_DAYS:g} days of readings, there are"
    return {m: f"{need} {d:.2g}" for m, d in zip(hours.machines, days, strict=True) if d < MIN_DAYS}


def _summed(found: Sequence[FitResult], total: int) -> FitResult:
    reasons = {machine: why for each in found for machine, why in each.reasons.items()}
    adopted, rejected, short = (sum(getattr(f, n) for f in found) for n in ("adopted", "rejected", "short"))
    return FitResult(machines=total, adopted=adopted, rejected=rejected, short=short, reasons=reasons)


LOG: Final = logging.getLogger(__name__)
AFTER: Final = timedelta(hours=4)  # after the plant's midnight: a running scheduler has fitted at 03:30
FIRST_LOOK_S: Final = 60.0  # after the start, to let other parts start first
LOOK_EVERY_S: Final = 600.0

Clock = Callable[[], datetime]


@dataclass(kw_only=True)
class NightlyFit:
    """Fits the models of one plant once a night, until `stop`."""

    databases: Databases
    stop: Event = field(default_factory=Event)
    clock: Clock = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._done: tuple[datetime, str] | None = None  # plant midnight of the last fit, version of the catalogue

    def run(self) -> None:
        """Checks at intervals until stopped; retries after an error, such as an unavailable database."""
        pause_s = FIRST_LOOK_S
        while not self.stop.wait(pause_s):
            pause_s = LOOK_EVERY_S
            try:
                self.fit_when_due()
            except CommandCenterError as exc:
                LOG.warning("%s", exc)

    def fit_when_due(self) -> FitResult | None:
        """The result of a fit; None where none is due: no readings, too early, or done for this night."""
        catalog = load_catalog(self.databases.timeseries)
        midnight = self._midnight(catalog)
        if midnight is None or self._done == (midnight, catalog.version) or not self._is_due(midnight):
            return None
        found = fit_plant_models(self.databases, catalog, stop=self.stop)
        if not self.stop.is_set():
            self._done = midnight, catalog.version
        _tell(found)
        return found

    def _midnight(self, catalog: Catalog) -> datetime | None:
        """The plant's last midnight before its newest reading, UTC."""
        readings = Store(self.databases.timeseries, catalog)
        latest = newest_hour(readings)
        return latest and readings.clock.to_utc(readings.clock.day(latest))

    def _is_due(self, midnight: datetime) -> bool:
        return self.clock() >= midnight + AFTER or not counts(self.databases.app)


def _tell(found: FitResult) -> None:
    """Logs the result in one line."""
    LOG.info(
        "%d of %d machines have a new model, %d models failed their backtest, %d machines have too little history.%s",
        found.adopted,
        found.machines,
        found.rejected,
        found.short,
        next((f" {machine}: {why}." for machine, why in found.reasons.items()), ""),
    )
