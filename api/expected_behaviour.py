"""Endpoints of each machine's model: versions, expected values, roll-back."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.equipment import EquipmentPath
from api.schemas.expected_behaviour import ExpectedParameters, ExpectedReply, MachineModelReply, MachineModelVersion
from api.security import ADMIN
from api.services import services
from api.window_params import window_of

blueprint = APIBlueprint(
    "machines",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="machine models", description="What is normal for each machine, by a model of its own.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/model", responses={200: MachineModelReply})
def model(path: EquipmentPath) -> Response:
    """The served version of a machine's model with its backtest, and every version that is kept."""
    rows = [MachineModelVersion.model_validate(row) for row in services().machines.versions(path.equipment_id)]
    served = next((row for row in rows if row.state == "served"), None)
    return reply(MachineModelReply(equipment=path.equipment_id, served=served, versions=rows))


@blueprint.post(
    "/equipment/<equipment_id>/model/rollback",
    responses={200: MachineModelVersion, **error_responses(409)},
    security=ADMIN,
)
def rollback(path: EquipmentPath) -> Response:
    """Rolls the machine's model back to the version served before (admin)."""
    return reply(MachineModelVersion.model_validate(services().machines.roll_back(path.equipment_id)))


@blueprint.get("/equipment/<equipment_id>/expected", responses={200: ExpectedReply})
def expected(path: EquipmentPath, query: ExpectedParameters) -> Response:
    """What the machine's model expects of a metric by the hour or day, at most 92 days; 404 tells why there is none."""
    window = window_of(query)
    found = services().machines.expected(path.equipment_id, query.metric, window, step=query.step)
    return reply(ExpectedReply.model_validate({**vars(found), **vars(found.window)}, from_attributes=True))
