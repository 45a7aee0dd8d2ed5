"""The query pipeline: resolve names, plan by the model, fetch values, order widgets, record the experience."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, cast

from pydantic import BaseModel

from api.experience_recorder import record_experience
from api.plan_request import make_plan
from api.schemas.figures import evidence, values
from api.schemas.queries import (
    ModelReply,
    PlanReply,
    QueryReply,
    QueryRequest,
    TextEvent,
    Tier1Version,
    Timings,
    WidgetReply,
    WidgetsEvent,
)
from api.services import Services
from api.stopwatch import Stopwatch
from api.widget_order import order_widgets, widget_id
from cc_common import answers, feedback, planning
from cc_common.planning import Plan

CONVERSATION: Final = timedelta(minutes=15)  # a follow-up comes sooner than this


class Stage(NamedTuple):
    """A part of the answer as soon as it is there: plan, widgets, text, and done, which is the whole."""

    name: str
    body: BaseModel


def ask(asked: QueryRequest, parts: Services) -> QueryReply:
    """The answer to a question, recorded before it is given."""
    *_, done = stages(asked, parts)
    return cast(QueryReply, done.body)


def stages(asked: QueryRequest, parts: Services) -> Iterator[Stage]:
    """The answer part by part; the last is the whole, recorded before it is given."""
    asked_at, clock = datetime.now(UTC), Stopwatch()
    now = asked_at.replace(second=0, microsecond=0)  # readings are by the minute: windows end where one does
    with clock.part("resolve"):
        before = _before(asked, parts, now)
        resolution = planning.understand(asked.query, parts.resolver, parts.catalog, now=now, before=before)
    with clock.part("plan"):
        planned = make_plan(resolution, parts, now=now)
    understood = PlanReply.model_validate(planned.plan)
    yield Stage("plan", understood)
    with clock.part("data"):
        found = answers.compose_answer(planned.plan, parts.sources, now=now)
    with clock.part("compose"):
        shown = order_widgets(found.widgets, asked.query, planned.plan, parts, at=now)
    widgets = WidgetsEvent(
        values=values(found.figures),
        widgets=[WidgetReply(**vars(w) | vars(placed), widget_id=widget_id(placed)) for w, placed in shown.widgets],
        evidence=evidence(found.figures),
    )
    yield Stage("widgets", widgets)
    text = TextEvent(text=found.text, spoken=found.spoken)
    yield Stage("text", text)
    with clock.part("compose"):
        response_id = record_experience(asked, planned, found, shown, parts, asked_at=asked_at)
    said = planned.said
    given = QueryReply(
        response_id=response_id,
        query=asked.query,
        plan=understood,
        **vars(widgets) | vars(text),
        model=ModelReply(id=said.model_id, sha256=said.sha256) if said else None,
        tier1=Tier1Version(version=shown.ranking.version),
        cached=bool(said and said.cached),
        timings_ms=Timings(**clock.read()),
    )
    _count(given, parts)
    yield Stage("done", given)


def _before(asked: QueryRequest, parts: Services, now: datetime) -> Plan | None:
    """What the session's last question was understood as, when that is not long ago."""
    if asked.session_id is None:
        return None
    kept = feedback.last_plan(parts.databases.app, asked.session_id, now - CONVERSATION)
    return planning.plan_of(kept) if kept else None


def _count(given: QueryReply, parts: Services) -> None:
    refused = given.plan.intent == "out_of_scope"
    outcome = "refused" if refused else "answered" if given.values else "empty"
    parts.metrics.questions.labels(given.plan.intent, outcome).inc()
    parts.metrics.took(given.timings_ms.model_dump())
    if given.cached:
        parts.metrics.cache_hits.inc()
