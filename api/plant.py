"""Endpoints of the whole plant: its types and metrics, and every machine's newest readings."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.common import Page
from api.schemas.plant import LatestParameters, MachineNowReply, PlantReply, TypeReply
from api.services import services
from cc_common.alerts.snapshot import overview

blueprint = APIBlueprint(
    "plant",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="equipment", description="The plant and its readings.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/plant", responses={200: PlantReply})
def show_plant() -> Response:
    """The plant's name, time zone and types of machines with what they measure."""
    catalog = services().catalog
    types = [
        TypeReply.model_validate(vars(kind) | {"count": len(catalog.of_type(kind.name))}) for kind in catalog.types
    ]
    return reply(
        PlantReply(
            name=catalog.plant_name,
            tz=catalog.tz,
            version=catalog.version,
            equipment=len(catalog.equipment),
            types=types,
        )
    )


@blueprint.get("/latest", responses={200: Page[MachineNowReply]})
def list_latest(query: LatestParameters) -> Response:
    """Every machine's newest readings and open alerts, in the order of the catalogue."""
    parts = services()
    found = overview(parts.timeseries, parts.catalog, parts.databases.app, query.type)
    items = [MachineNowReply.model_validate(machine) for machine in found]
    return reply(Page[MachineNowReply](items=items, total=len(items), next=None))
