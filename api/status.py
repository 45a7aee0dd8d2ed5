"""Endpoints of status: learning, liveness, readiness, metrics."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from api.errors import error_responses, problem
from api.health import examine
from api.request_hooks import reply
from api.schemas.status import Alive, EngineReply, LearningStatus, Ready
from api.services import services
from cc_common.operations.status import rl_status

LEARNING: Final = Tag(name="learning", description="What ratings have taught.")
HEALTH: Final = Tag(name="health", description="For probes and monitoring.")
blueprint = APIBlueprint(
    "status",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[LEARNING],
    abp_responses=error_responses(HTTPStatus.SERVICE_UNAVAILABLE),
)
aliases = APIBlueprint(
    "status_aliases",
    __name__,
    url_prefix="/api/layer2",
    abp_tags=[LEARNING],
    abp_responses=error_responses(HTTPStatus.SERVICE_UNAVAILABLE),
)
probes = APIBlueprint("probes", __name__, abp_tags=[HEALTH], abp_responses=error_responses())


@blueprint.get("/rl/status", responses={200: LearningStatus})
def status() -> Response:
    """Tier 1's steps and loss, what is in store to learn from, whether Tier 2 can train, what is served."""
    return reply(_learning_status())


@aliases.get("/rl-status/", responses={200: LearningStatus})
def status_alias() -> Response:
    """The same as /api/v1/rl/status, under the reference's path."""
    return reply(_learning_status())


@probes.get("/healthz", responses={200: Alive})
def healthz() -> Response:
    """Liveness: the process answers."""
    return reply(Alive())


@probes.get("/readyz", responses={200: Ready, **error_responses(HTTPStatus.SERVICE_UNAVAILABLE)})
def readyz() -> Response:
    """Readiness: whether questions can be answered; 503 with every part and its reason when not."""
    parts = examine(services())
    missing = [f"{p.name}: {p.reason}" for p in parts if p.needed and not p.ready]
    if missing:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, " ".join(missing), kind="not-ready", parts=parts)
    return reply(Ready(ready=True, parts=parts))


@probes.get("/metrics", responses={200: {"description": "Prometheus text", "content": {"text/plain": {}}}})
def metrics() -> Response:
    """Counters and gauges in Prometheus' text format."""
    return Response(generate_latest(services().metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _learning_status() -> LearningStatus:
    parts = services()
    found = rl_status(parts.databases.app, parts.settings)
    engine = EngineReply.model_validate(parts.engine.health())
    return LearningStatus.model_validate(vars(found) | {"engine": engine}, from_attributes=True)
