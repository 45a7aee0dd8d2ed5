"""Endpoint of the audit log (admin)."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.audit import AuditEntry, AuditParameters
from api.schemas.common import Page
from api.security import ADMIN
from api.services import services
from cc_common.operations import status

blueprint = APIBlueprint(
    "audit",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="audit", description="Who changed what.")],
    abp_responses=error_responses(503),
)


@blueprint.get("/audit", responses={200: Page[AuditEntry]}, security=ADMIN)
def list_audit(query: AuditParameters) -> Response:
    """Lists ratings, acknowledgements, clearings and changes of the served model, newest first (admin)."""
    found = status.find_entries(services().databases.app, action=query.action, limit=query.limit, cursor=query.cursor)
    items = [AuditEntry.model_validate(entry) for entry in found.items]
    more = None if found.next is None else str(found.next)
    return reply(Page[AuditEntry](items=items, total=found.total, next=more))
