"""Endpoints of data quality: one machine exactly, or all machines from the roll-ups."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.equipment import page_start
from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.common import Page
from api.schemas.equipment import EquipmentPath
from api.schemas.quality import FleetParameters, MachineQualityReply, QualityReply, SpanParameters
from api.services import services
from api.window_params import USUAL
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window

blueprint = APIBlueprint(
    "quality",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="quality", description="How good the readings are.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/quality", responses={200: QualityReply})
def machine_quality(path: EquipmentPath, query: SpanParameters) -> Response:
    """One machine's metrics over a window of at most 31 days, counted row by row."""
    found = services().quality.report(path.equipment_id, _window(query))
    return reply(QualityReply.model_validate({**vars(found), **vars(found.window)}, from_attributes=True))


@blueprint.get("/quality", responses={200: Page[MachineQualityReply]})
def fleet_quality(query: FleetParameters) -> Response:
    """The machines at a glance, in the order of the catalogue."""
    machines = services().catalog.equipment
    at = page_start(machines, query.cursor)
    page = machines[at : at + query.limit]
    found = services().quality.fleet(_window(query), [machine.id for machine in page])
    more = at + query.limit < len(machines)
    items = [
        MachineQualityReply.model_validate(
            {**vars(each), **vars(each.window), "completeness": each.completeness}, from_attributes=True
        )
        for each in found
    ]
    return reply(Page[MachineQualityReply](items=items, total=len(machines), next=page[-1].id if more else None))


def _window(query: SpanParameters) -> Window:
    """What has not been yet is not missing: the window ends with the last whole minute."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    end = min(query.end or now, now)
    start = query.start or end - USUAL
    if start >= end:
        raise InvalidInput("start: the window lies in the future.")
    return Window(start=start, end=end)
