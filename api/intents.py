"""GET /intents: the intent registry, for front ends."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from api.errors import error_responses
from api.queries import TAG
from api.request_hooks import reply
from api.schemas.common import Page
from api.schemas.intents import IntentReply
from cc_common.planning import INTENTS

blueprint = APIBlueprint("intents", __name__, url_prefix="/api/v1", abp_tags=[TAG], abp_responses=error_responses())


@blueprint.get("/intents", responses={200: Page[IntentReply]})
def list_intents() -> Response:
    """What can be asked: every intent with its slots, statistics, widgets and example questions, in a fixed order."""
    items = [IntentReply.model_validate(intent) for intent in INTENTS.values()]
    return reply(Page[IntentReply](items=items, total=len(items), next=None))
