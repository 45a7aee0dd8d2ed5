"""A question's way: names resolved, a plan from the model, values from the plant, widgets ordered, all recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import documented
from api.http import reply
from api.planning import Planned, make_plan
from api.recording import record
from api.schemas.figures import evidence, values
from api.schemas.queries import (
    ModelReply,
    OrchestrateRequest,
    PlanReply,
    QueryReply,
    QueryRequest,
    Tier1Version,
    Timings,
    WidgetReply,
)
from api.services import Services, services
from api.showing import Shown, show, widget_id
from api.stopwatch import Stopwatch
from cc_common import answer, experience, plan
from cc_common.answer import Answer
from cc_common.plan import Plan

TAG: Final = Tag(name="questions", description="Ask the plant.")
CONVERSATION: Final = timedelta(minutes=15)  # a follow-up comes sooner than this
ERRORS: Final = documented(400, 413, 415, 503)
blueprint = APIBlueprint("queries", __name__, url_prefix="/api/v1", abp_tags=[TAG], abp_responses=ERRORS)
aliases = APIBlueprint("query_aliases", __name__, url_prefix="/api/layer2", abp_tags=[TAG], abp_responses=ERRORS)


@blueprint.post("/query", responses={200: QueryReply})
def query(body: QueryRequest) -> Response:
    """Answers a question; 200 also for one that cannot be answered, with intent out_of_scope and the reason."""
    return reply(ask(body, services()))


@aliases.post("/orchestrate/", responses={200: QueryReply})
def orchestrate(body: OrchestrateRequest) -> Response:
    """The same as /api/v1/query, under the reference's path."""
    return reply(ask(body, services()))


def ask(asked: QueryRequest, parts: Services) -> QueryReply:
    """The answer to a question, recorded before it is given."""
    asked_at, clock = datetime.now(UTC), Stopwatch()
    now = asked_at.replace(second=0, microsecond=0)  # readings are by the minute: windows end where one does
    with clock.part("resolve"):
        before = _before(asked, parts, now)
        resolution = plan.understand(asked.query, parts.resolver, parts.catalog, now=now, before=before)
    with clock.part("plan"):
        planned = make_plan(resolution, parts, now=now)
    with clock.part("data"):
        found = answer.compose(planned.plan, parts.sources, now=now)
    with clock.part("compose"):
        shown = show(found.widgets, asked.query, planned.plan, parts, at=now)
        response_id = record(asked, planned, found, shown, parts, asked_at=asked_at)
    given = _reply(response_id, asked, planned, found, shown, Timings(**clock.read()))
    _count(given, parts)
    return given


def _before(asked: QueryRequest, parts: Services, now: datetime) -> Plan | None:
    """What the session's last question was understood as, when that is not long ago."""
    if asked.session_id is None:
        return None
    kept = experience.last_plan(parts.databases.app, asked.session_id, now - CONVERSATION)
    return plan.plan_of(kept) if kept else None


def _reply(
    response_id: str,
    asked: QueryRequest,
    planned: Planned,
    found: Answer,
    shown: Shown,
    timings: Timings,
) -> QueryReply:
    said = planned.said
    return QueryReply(
        response_id=response_id,
        query=asked.query,
        text=found.text,
        spoken=found.spoken,
        plan=PlanReply.model_validate(planned.plan),
        values=values(found.figures),
        widgets=[
            WidgetReply(**vars(widget) | vars(placed), widget_id=widget_id(placed)) for widget, placed in shown.widgets
        ],
        evidence=evidence(found.figures),
        model=ModelReply(id=said.model_id, sha256=said.sha256) if said else None,
        tier1=Tier1Version(version=shown.ranking.version),
        cached=bool(said and said.cached),
        timings_ms=timings,
    )


def _count(given: QueryReply, parts: Services) -> None:
    refused = given.plan.intent == "out_of_scope"
    outcome = "refused" if refused else "answered" if given.values else "empty"
    parts.metrics.questions.labels(given.plan.intent, outcome).inc()
    parts.metrics.took(given.timings_ms.model_dump())
    if given.cached:
        parts.metrics.cache_hits.inc()
