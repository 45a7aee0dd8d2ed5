"""The services that views use: databases, readings, engine and ranker, opened once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, cast

from flask import current_app, g

from api.engine import Engine, EngineHealth, PlanReply, PlanRequest
from api.language_model import served_model
from api.metrics import Metrics
from api.model_swapper import ModelSwapper, Swappable
from api.notify_listener import listen
from api.smoke_questions import smoke_requests
from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.data_quality import DataQuality
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import MaintenanceFigures, Price
from cc_common.answers import Sources
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.settings import Settings
from cc_common.db import Databases, migrate, open_databases
from cc_common.planning import STATIC_MESSAGES
from cc_common.ranking.ranker import Ranker
from cc_common.timeseries import TimeSeries
from cc_common.understanding import Resolver

KEY: Final = "command_center"
POLL_S: Final = 1.0  # how long an announcement lost with its connection goes unnoticed
MODEL_POLL_S: Final = 2.0


class PlanEngine(Protocol):
    """Says a plan: the engine, or a stand-in where the model's text does not matter."""

    def plan(self, request: PlanRequest, *, cache_scope: str, gone: Callable[[], bool]) -> PlanReply:
        """The model's plan; ModelUnavailable, Overloaded or DeadlineExceeded. `gone`: the caller has hung up."""

    def health(self) -> EngineHealth:
        """Whether it can plan, and what is being served."""

    def stop(self) -> None:
        """Ends it."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """The open parts of one running API."""

    settings: Settings
    databases: Databases
    catalog: Catalog
    resolver: Resolver
    timeseries: TimeSeries
    quality: DataQuality
    anomalies: AnomalyDetector
    maintenance: MaintenanceFigures
    machines: ExpectedBehaviour
    sources: Sources
    engine: PlanEngine
    tier1: Ranker
    metrics: Metrics
    succession: ModelSwapper | None  # None where a stand-in plans


def services() -> Services:
    """The services of the application that answers this request, the same until it is answered."""
    if KEY not in g:
        setattr(g, KEY, current_app.extensions[KEY])
    return cast(Services, getattr(g, KEY))


@contextmanager
def open_services(settings: Settings, metrics: Metrics, *, engine: PlanEngine | None = None) -> Iterator[Services]:
    """Opens databases, Tier 1 and the engine (or takes `engine`), and closes them again."""
    with ExitStack() as stack:
        databases = stack.enter_context(open_databases(settings))
        migrate(databases.app, "app")
        migrate(databases.timeseries, "timeseries")
        # From here on the plant's readings are only read: nothing a question leads to could change them.
        databases = replace(databases, timeseries=databases.timeseries.reader())
        stack.callback(databases.timeseries.close)
        catalog = load_catalog(databases.timeseries)
        tier1 = Ranker(databases.app, temperature=settings.tier1_temperature)
        stack.enter_context(listen(databases.app, "tier1", tier1.follow, poll_s=POLL_S))
        planner = engine or _started(settings, databases)
        stack.callback(planner.stop)
        of_plant = _of_plant(settings, databases, catalog)
        smoke = smoke_requests(catalog, of_plant["resolver"], settings)
        succession = _model_swapper(databases, settings, planner, smoke, metrics)
        if succession:
            follow = listen(databases.app, "served_model", succession.catch_up, poll_s=MODEL_POLL_S)
            stack.enter_context(follow)
        yield Services(
            settings=settings,
            databases=databases,
            engine=planner,
            tier1=tier1,
            metrics=metrics,
            succession=succession,
            **of_plant,
        )


def with_catalog(parts: Services, catalog: Catalog) -> Services:
    """The same, with all that knows the plant made anew for a catalogue that has changed."""
    return replace(parts, **_of_plant(parts.settings, parts.databases, catalog))


def _of_plant(settings: Settings, databases: Databases, catalog: Catalog) -> dict[str, Any]:
    """The fields that know the plant."""
    price = Price(tariff=settings.tariff, currency=settings.currency)
    machines = ExpectedBehaviour(databases.app, databases.timeseries, catalog)
    sources, maintenance = _sources(databases, catalog, price, machines)
    return {
        "catalog": catalog,
        "resolver": Resolver(catalog),
        "timeseries": sources.readings,
        "quality": DataQuality(databases.timeseries, catalog),
        "anomalies": sources.anomalies,
        "maintenance": maintenance,
        "machines": machines,
        "sources": sources,
    }


def _sources(
    databases: Databases, catalog: Catalog, price: Price, machines: ExpectedBehaviour
) -> tuple[Sources, MaintenanceFigures]:
    readings = TimeSeries(databases.timeseries, catalog)
    forecaster = Forecaster(readings, catalog)
    maintenance = MaintenanceFigures(databases.timeseries, catalog, forecaster, price)
    sources = Sources(
        readings=readings,
        catalog=catalog,
        anomalies=AnomalyDetector(databases.timeseries, catalog),
        forecaster=forecaster,
        maintenance=maintenance,
        machines=machines,
        app=databases.app,
    )
    return sources, maintenance


def _model_swapper(
    databases: Databases, settings: Settings, planner: PlanEngine, smoke: Sequence[PlanRequest], metrics: Metrics
) -> ModelSwapper | None:
    """A planner that can change its model follows the registry; a stand-in without one does not."""
    return ModelSwapper(databases.app, settings, planner, smoke, metrics) if isinstance(planner, Swappable) else None


def _started(settings: Settings, databases: Databases) -> Engine:
    engine = Engine(settings)
    engine.start(served_model(databases.app, settings), STATIC_MESSAGES)
    return engine
