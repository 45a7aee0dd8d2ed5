"""Endpoints of contexts (RAG): facts about machines as text and figures, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.contexts import ContextParameters, ContextReply, FleetContextParameters
from api.schemas.equipment import EquipmentPath
from api.schemas.figures import evidence, values
from api.services import services
from api.window_params import window_of
from cc_common.answers.context import Context, byte_count
from cc_common.answers.contexts import Contexts
from cc_common.core.errors import InvalidInput

blueprint = APIBlueprint(
    "contexts",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="contexts", description="What there is to know, for a language model or a person.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/context", responses={200: ContextReply})
def context_of_machine(path: EquipmentPath, query: ContextParameters) -> Response:
    """One machine: summary, trend, anomalies, comparison with its neighbours, alerts, maintenance; or all of them."""
    contexts, window, machine = (
        _contexts(),
        window_of(query),
        services().catalog.get(path.equipment_id).id,
    )
    metrics = None if query.metric is None else [query.metric]
    builders: dict[str, Callable[[], Context]] = {
        "alerts": lambda: contexts.alerts_context(window, equipment_id=machine),
        "anomalies": lambda: contexts.anomalies_in_context(window, equipment_id=machine),
        "maintenance": lambda: contexts.maintenance(window.end, equipment_id=machine),
        "summary": lambda: contexts.equipment_summary(machine, window),
        "trend": lambda: contexts.historical_trend(machine, window, metrics=metrics),
        "comparison": lambda: contexts.comparison(contexts.siblings(machine), window, metric=query.metric),
    }
    wanted = [query.kind] if query.kind else [k for k in builders if k != "comparison" or _has_siblings(machine)]
    return _fitted([builders[kind]() for kind in wanted], query.budget)


@blueprint.get("/context", responses={200: ContextReply})
def context_of_fleet(query: FleetContextParameters) -> Response:
    """The plant, a type, or the machines named: anomalies, comparison, alerts, maintenance."""
    contexts, window = _contexts(), window_of(query)
    builders: dict[str, Callable[[], Context]] = {
        "alerts": lambda: contexts.alerts_context(window),
        "anomalies": lambda: contexts.anomalies_in_context(window, equipment_type=query.type),
        "comparison": lambda: contexts.comparison(_compared(query), window, metric=query.metric),
        "maintenance": lambda: contexts.maintenance(window.end, equipment_type=query.type),
    }
    wanted = [query.kind] if query.kind else ["alerts", "anomalies"]
    return _fitted([builders[kind]() for kind in wanted], query.budget)


def _contexts() -> Contexts:
    parts = services()
    watching = parts.anomalies, parts.maintenance, parts.sources.machines
    return Contexts(parts.timeseries, parts.catalog, parts.databases.app, *watching)


def _fitted(found: Sequence[Context], budget: int) -> Response:
    """One context that fits is given as it is; several, or one that is too long, assembled."""
    context = found[0]
    if len(found) > 1 or byte_count(context.text) > budget:
        context = _contexts().assemble(found, budget)
    return reply(
        ContextReply(
            kind=found[0].kind if len(found) == 1 else "assembly",
            text=context.text,
            complete=context.complete,
            tokens=byte_count(context.text),
            values=values(context.figures),
            evidence=evidence(context.figures),
            sources=context.sources,
        )
    )


def _compared(query: FleetContextParameters) -> Sequence[str]:
    if query.equipment:
        return query.equipment
    if query.type is None:
        raise InvalidInput("equipment: name at least two machines, or a type.")
    return [machine.id for machine in services().catalog.of_type(query.type)]


def _has_siblings(machine: str) -> bool:
    return len(_contexts().siblings(machine)) > 1
