"""Endpoints of equipment: list, newest readings, series, statistics, comparison, ranking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.common import Page
from api.schemas.equipment import (
    CompareParameters,
    EquipmentDetail,
    EquipmentPath,
    EquipmentReply,
    ListParameters,
    MetricReply,
    RankParameters,
    SeriesParameters,
    SeriesReply,
    Summary,
    WindowParameters,
)
from api.schemas.figures import Figures
from api.services import services
from api.window_params import USUAL, window_of
from cc_common.catalog.equipment import Equipment
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window
from cc_common.timeseries import DEFAULT_STATISTIC

blueprint = APIBlueprint(
    "equipment",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="equipment", description="The plant and its readings.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment", responses={200: Page[EquipmentReply]})
def list_equipment(query: ListParameters) -> Response:
    """The plant's equipment, in the order of the catalogue."""
    found = [e for e in services().catalog.equipment if _wanted(e, query)]
    at = page_start(found, query.cursor)
    page = found[at : at + query.limit]
    more = at + query.limit < len(found)
    items = [EquipmentReply.model_validate(e) for e in page]
    return reply(Page[EquipmentReply](items=items, total=len(found), next=page[-1].id if more else None))


@blueprint.get("/equipment/<equipment_id>", responses={200: EquipmentDetail})
def show_equipment(path: EquipmentPath) -> Response:
    """One machine and what it measures."""
    catalog = services().catalog
    machine = EquipmentReply.model_validate(catalog.get(path.equipment_id))
    metrics = [MetricReply.model_validate(m) for m in catalog.type_of(path.equipment_id).metrics]
    return reply(EquipmentDetail(**machine.model_dump(), metrics=metrics))


@blueprint.get("/equipment/<equipment_id>/latest", responses={200: Figures})
def latest(path: EquipmentPath) -> Response:
    """The newest reading of every metric; metrics without any are left out."""
    services().catalog.get(path.equipment_id)
    return reply(Figures.from_figures(services().timeseries.latest(path.equipment_id)))


@blueprint.get("/equipment/<equipment_id>/series", responses={200: SeriesReply})
def series(path: EquipmentPath, query: SeriesParameters) -> Response:
    """One metric over a window, in buckets."""
    services().catalog.metric(path.equipment_id, query.metric)
    found = services().timeseries.series(
        path.equipment_id,
        query.metric,
        window_of(query),
        step=query.step,
        aggregation=query.aggregation,
    )
    return reply(SeriesReply.model_validate({**vars(found), **vars(found.window)}, from_attributes=True))


@blueprint.get("/equipment/<equipment_id>/statistics", responses={200: Figures})
def statistics(path: EquipmentPath, query: WindowParameters) -> Response:
    """The statistics of one metric over a window, exact over its rows; empty without rows."""
    services().catalog.metric(path.equipment_id, query.metric)
    return reply(
        Figures.from_figures(services().timeseries.statistics(path.equipment_id, query.metric, window_of(query)))
    )


@blueprint.get("/equipment/<equipment_id>/summary", responses={200: Summary})
def summary(path: EquipmentPath) -> Response:
    """One machine at a glance: newest readings, and every metric's statistics of the last 24 hours."""
    catalog, readings = services().catalog, services().timeseries
    machine, window = catalog.get(path.equipment_id), _last_day(datetime.now(UTC))
    day = [f for m in catalog.type_of(machine.id).metrics for f in readings.statistics(machine.id, m.name, window)]
    return reply(
        Summary(
            equipment=EquipmentReply.model_validate(machine),
            latest=Figures.from_figures(readings.latest(machine.id)),
            statistics=Figures.from_figures(day),
        )
    )


@blueprint.get("/compare", responses={200: Figures})
def compare(query: CompareParameters) -> Response:
    """One statistic of one metric for several machines over the same window."""
    machines = tuple(dict.fromkeys(query.equipment))
    kinds = [services().catalog.metric(machine, query.metric).kind for machine in machines]
    statistic = query.statistic or DEFAULT_STATISTIC[kinds[0]]
    return reply(
        Figures.from_figures(services().timeseries.compare(machines, query.metric, window_of(query), statistic))
    )


@blueprint.get("/rank", responses={200: Figures})
def rank(query: RankParameters) -> Response:
    """The machines of a type by one statistic of one metric, those without readings left out."""
    catalog = services().catalog
    machines = catalog.of_type(query.type)
    kind = catalog.metric(machines[0].id, query.metric).kind if machines else "gauge"
    statistic = query.statistic or DEFAULT_STATISTIC[kind]
    newest = statistic == "last" and query.start is None and query.end is None
    found = services().timeseries.rank(
        query.type,
        query.metric,
        None if newest else window_of(query),
        statistic,
        order=query.order,
        limit=query.limit,
    )
    return reply(Figures.from_figures(found))


def _wanted(machine: Equipment, query: ListParameters) -> bool:
    words = (machine.id, machine.name, machine.location, *machine.aliases)
    named = query.q is None or any(query.q.casefold() in word.casefold() for word in words)
    return named and query.type in (None, machine.type)


def page_start(found: Sequence[Equipment], cursor: str | None) -> int:
    """Where the page after `cursor` starts; InvalidInput for what is no cursor."""
    if cursor is None:
        return 0
    place = next((i for i, machine in enumerate(found, start=1) if machine.id == cursor), None)
    if place is None:
        raise InvalidInput("cursor: this is no `next` of such a list.")
    return place


def _last_day(now: datetime) -> Window:
    return Window(start=now - USUAL, end=now, label="PT24H")
