"""Requests the plan of a resolved question from the model, unless unknown names already refuse it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from werkzeug.exceptions import ClientDisconnected

from api.client_connection import disconnection_check
from api.engine import PlanReply, PlanRequest
from api.services import Services
from cc_common import planning
from cc_common.core.errors import DeadlineExceeded, InvalidInput, ModelUnavailable
from cc_common.planning import Plan
from cc_common.understanding import Resolution


@dataclass(frozen=True, kw_only=True)
class PlannedQuestion:
    """A plan, the messages as the model saw them and what it said; neither where no model was asked."""

    plan: Plan
    messages: Sequence[Mapping[str, str]] = ()
    said: PlanReply | None = None


def make_plan(resolution: Resolution, parts: Services, *, now: datetime) -> PlannedQuestion:
    """The plan for a question; ModelUnavailable, Overloaded or DeadlineExceeded when the model gives none."""
    refused = planning.refuse_unknown_names(resolution)
    if refused is not None:
        return PlannedQuestion(plan=refused)
    request = PlanRequest(
        messages=planning.build_messages(resolution),
        grammar=planning.build_grammar(resolution, parts.catalog),
        max_tokens=parts.settings.plan_max_tokens,
    )
    said = _ask_engine(request, parts)
    return PlannedQuestion(plan=_parse(said.text, resolution, parts, now), messages=request.messages, said=said)


def _ask_engine(request: PlanRequest, parts: Services) -> PlanReply:
    gone = disconnection_check()
    try:
        said = parts.engine.plan(request, cache_scope=parts.catalog.version, gone=gone)
    except DeadlineExceeded as exc:
        if gone():
            raise ClientDisconnected from exc
        raise
    parts.metrics.planned(said)
    return said


def _parse(line: str, resolution: Resolution, parts: Services, now: datetime) -> Plan:
    """The model's line as a Plan. A line cut short is the model's failure, not the operator's."""
    try:
        return planning.parse_plan(line, resolution, parts.catalog, now=now)
    except InvalidInput as exc:
        raise ModelUnavailable("The language model gave no complete plan for this question.") from exc
