"""Endpoints of alerts: paged lists, and idempotent actions (acknowledge, clear, shelve, unshelve)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.alerts import (
    ActRequest,
    AlertPath,
    AlertReply,
    AlertsParameters,
    KeyHeader,
    MachineAlertsParameters,
    ShelveRequest,
)
from api.schemas.common import Page
from api.schemas.equipment import EquipmentPath
from api.services import services
from cc_common import alerts
from cc_common.core.windows import Window

FOREVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
ACTING: Final = error_responses(400, 409, 413, 415)
blueprint = APIBlueprint(
    "alerts",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="alerts", description="What an operator should look at.")],
    abp_responses=error_responses(404, 503),
)


@blueprint.get("/alerts", responses={200: Page[AlertReply]})
def list_alerts(query: AlertsParameters) -> Response:
    """The plant's alerts, newest first."""
    return _page(query, _machines(query))


@blueprint.get("/equipment/<equipment_id>/alerts", responses={200: Page[AlertReply]})
def list_alerts_of(path: EquipmentPath, query: MachineAlertsParameters) -> Response:
    """One machine's alerts, newest first."""
    return _page(query, [services().catalog.get(path.equipment_id).id])


@blueprint.get("/alerts/<alert_id>", responses={200: AlertReply})
def show_alert(path: AlertPath) -> Response:
    """One alert with its history."""
    return reply(AlertReply.model_validate(alerts.get(services().databases.app, path.alert_id)))


@blueprint.post("/alerts/<alert_id>/acknowledge", responses={200: AlertReply, **ACTING})
def acknowledge(path: AlertPath, header: KeyHeader, body: ActRequest) -> Response:
    """Acknowledges an alert. The first acknowledgement is kept; 409 when it was cleared without one."""
    app = services().databases.app
    return reply(AlertReply.model_validate(alerts.acknowledge(app, path.alert_id, who=body.who, comment=body.comment)))


@blueprint.post("/alerts/<alert_id>/clear", responses={200: AlertReply, **ACTING})
def clear(path: AlertPath, header: KeyHeader, body: ActRequest) -> Response:
    """Clears an alert. The first clearing is kept."""
    app = services().databases.app
    return reply(AlertReply.model_validate(alerts.clear(app, path.alert_id, who=body.who, comment=body.comment)))


@blueprint.post("/alerts/<alert_id>/shelve", responses={200: AlertReply, **ACTING})
def shelve(path: AlertPath, header: KeyHeader, body: ShelveRequest) -> Response:
    """Shelves the alert's group until a time, after which it returns by itself; 409 when the group is cleared."""
    app, now = services().databases.app, datetime.now(UTC)
    done = alerts.shelve(app, path.alert_id, until=body.ends(now), who=body.who, comment=body.comment, at=now)
    return reply(AlertReply.model_validate(done))


@blueprint.post("/alerts/<alert_id>/unshelve", responses={200: AlertReply, **ACTING})
def unshelve(path: AlertPath, header: KeyHeader, body: ActRequest) -> Response:
    """Unshelves the alert's group before its time; a group that is not shelved stays as it is."""
    app = services().databases.app
    return reply(AlertReply.model_validate(alerts.unshelve(app, path.alert_id, who=body.who, comment=body.comment)))


def _machines(query: AlertsParameters) -> Sequence[str] | None:
    """The named machines that are of the named type; None: all machines and the plant as a whole. NotFound."""
    for name in query.equipment or ():
        if name != alerts.PLANT:
            services().catalog.get(name)
    if query.type is None:
        return query.equipment
    of_type = [machine.id for machine in services().catalog.of_type(query.type)]
    return [m for m in of_type if m in query.equipment] if query.equipment is not None else of_type


def _page(query: MachineAlertsParameters, equipment: Sequence[str] | None) -> Response:
    window = None
    if query.start or query.end:
        window = Window(start=query.start or FOREVER[0], end=query.end or FOREVER[1])
    found = alerts.find(
        services().databases.app,
        state=query.state,
        equipment=equipment,
        severity=query.severity,
        window=window,
        group=query.group,
        shelved=query.shelved,
        leaders=query.leaders,
        limit=query.limit,
        cursor=query.cursor,
    )
    items = [AlertReply.model_validate(alert) for alert in found.items]
    return reply(Page[AlertReply](items=items, total=found.total, next=found.next))
