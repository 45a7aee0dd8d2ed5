"""Builds the Flask application; opens and closes its databases, ranker and engine."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from flask_openapi3.openapi import OpenAPI

from api import (
    alerts,
    anomalies,
    audit,
    console,
    contexts,
    equipment,
    errors,
    expected_behaviour,
    forecasts,
    intents,
    learning_history,
    log_format,
    maintenance,
    metrics,
    models,
    openapi_page,
    plant,
    quality,
    queries,
    ratings,
    request_hooks,
    security,
    status,
)
from api.catalog_refresh import PlantFollower
from api.health import gauges
from api.metrics import Metrics
from api.notify_listener import listen
from api.schemas.common import Problem
from api.services import KEY, POLL_S, PlanEngine, open_services
from cc_common.core.settings import Settings, load_settings

BLUEPRINTS: Final = (
    queries.blueprint,
    queries.aliases,
    intents.blueprint,
    ratings.blueprint,
    plant.blueprint,
    equipment.blueprint,
    forecasts.blueprint,
    maintenance.blueprint,
    expected_behaviour.blueprint,
    alerts.blueprint,
    anomalies.blueprint,
    quality.blueprint,
    contexts.blueprint,
    models.blueprint,
    audit.blueprint,
    learning_history.blueprint,
    status.blueprint,
    status.aliases,
    status.probes,
)


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The application, not yet started."""
    app = OpenAPI(
        "api",
        info=openapi_page.INFO,
        security_schemes=security.SCHEMES,
        doc_ui=False,
        static_folder=None,
        validation_error_model=Problem,
        validation_error_callback=errors.problem_of_validation_error,
    )
    app.url_map.strict_slashes = False
    app.config["SETTINGS"] = settings or load_settings()
    app.extensions["metrics"] = Metrics()
    metrics.install(app, app.extensions["metrics"])
    request_hooks.install(app)
    log_format.install(app)
    security.install(app, app.config["SETTINGS"])
    request_hooks.read_bodies(app)
    errors.install(app)
    openapi_page.install(app)
    for blueprint in BLUEPRINTS:
        app.register_api(blueprint)
    app.register_blueprint(console.blueprint)
    return app


def start(app: OpenAPI, *, engine: PlanEngine | None = None) -> None:
    """Opens databases, Tier 1 and the engine in this process (after any fork); `engine` stands in for the real one."""
    with ExitStack() as opening:
        opened = open_services(app.config["SETTINGS"], app.extensions["metrics"], engine=engine)
        parts = app.extensions[KEY] = opening.enter_context(opened)
        plant_follower = PlantFollower(app.extensions)
        opening.enter_context(listen(parts.databases.timeseries, "catalog", plant_follower.catch_up, poll_s=POLL_S))
        opening.enter_context(parts.metrics.observing(lambda: gauges(app.extensions[KEY])))
        app.extensions["closing"] = opening.pop_all()


def stop(app: OpenAPI) -> None:
    """Closes what `start` opened."""
    app.extensions.pop("closing").close()
    del app.extensions[KEY]
