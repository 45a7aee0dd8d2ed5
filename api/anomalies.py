"""Endpoints of anomalies: of one machine and of the plant."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.anomalies import (
    AnomaliesParameters,
    AnomalyReply,
    FleetAnomaliesParameters,
    MachineAnomaliesParameters,
)
from api.schemas.common import Page
from api.schemas.equipment import EquipmentPath
from api.services import services
from api.window_params import window_of
from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.expected_behaviour import find_anomaly_cause

blueprint = APIBlueprint(
    "anomalies",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="anomalies", description="Where machines left what is normal for them.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/equipment/<equipment_id>/anomalies", responses={200: Page[AnomalyReply]})
def list_anomalies_of(path: EquipmentPath, query: MachineAnomaliesParameters) -> Response:
    """One machine's anomalies within a window, in order of time; at most 92 days."""
    found = services().anomalies.detect(path.equipment_id, window_of(query), metric=query.metric)
    return _page(found, query)


@blueprint.get("/anomalies", responses={200: Page[AnomalyReply]})
def list_anomalies(query: FleetAnomaliesParameters) -> Response:
    """The plant's anomalies within a window, in order of time; at most 31 days."""
    return _page(services().anomalies.fleet(window_of(query), equipment_type=query.type), query)


def _page(found: Sequence[Anomaly], query: AnomaliesParameters) -> Response:
    after = query.cursor + query.limit
    items = [_shown(anomaly, found) for anomaly in found[query.cursor : after]]
    more = str(after) if after < len(found) else None
    return reply(Page[AnomalyReply](items=items, total=len(found), next=more))


def _shown(anomaly: Anomaly, found: Sequence[Anomaly]) -> AnomalyReply:
    """The anomaly as the API returns it, with its likely cause."""
    cause = find_anomaly_cause(anomaly, services().catalog, found)
    return AnomalyReply.model_validate(anomaly).model_copy(update={"cause": cause})
