"""Endpoints of maintenance figures: of one machine and of the plant."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.equipment import EquipmentPath
from api.schemas.maintenance import ItemReply, MachineMaintenanceReply, MaintenanceParameters, PlantMaintenanceReply
from api.services import services

blueprint = APIBlueprint(
    "maintenance",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="maintenance", description="What machines lose, what wears, and when something is due.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/maintenance", responses={200: MachineMaintenanceReply})
def maintenance_of(path: EquipmentPath) -> Response:
    """One machine's figures, as of the newest whole hour; what cannot be told says why."""
    found = services().maintenance.machine_figures(path.equipment_id, now=datetime.now(UTC))
    return reply(MachineMaintenanceReply.model_validate(found))


@blueprint.get("/maintenance", responses={200: PlantMaintenanceReply})
def maintenance(query: MaintenanceParameters) -> Response:
    """The plant's figures, the most urgent first, then by what they cost."""
    found = services().maintenance.plant(now=datetime.now(UTC), equipment_type=query.type)
    wanted = [item for item in found.items if query.state in (None, item.state)]
    after = query.cursor + query.limit
    return reply(
        PlantMaintenanceReply(
            items=[ItemReply.model_validate(item) for item in wanted[query.cursor : after]],
            total=len(wanted),
            next=str(after) if after < len(wanted) else None,
            as_of=found.as_of,
            loss_kwh=found.loss_kwh,
            cost=found.cost,
            currency=found.currency,
        )
    )
