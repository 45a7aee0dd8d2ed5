"""Endpoint of questions: the answer as one JSON document or as server-sent events."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.query_pipeline import ask, stages
from api.request_hooks import reply
from api.schemas.queries import OrchestrateRequest, QueryReply, QueryRequest
from api.services import services
from api.streaming import event_stream, wants_stream

TAG: Final = Tag(name="questions", description="Ask the plant.")
ERRORS: Final = error_responses(413, 415, 503)
blueprint = APIBlueprint("queries", __name__, url_prefix="/api/v1", abp_tags=[TAG], abp_responses=ERRORS)
aliases = APIBlueprint("query_aliases", __name__, url_prefix="/api/layer2", abp_tags=[TAG], abp_responses=ERRORS)


@blueprint.post("/query", responses={200: QueryReply})
def query(body: QueryRequest) -> Response:
    """Answers a question; 200 also for one that cannot be answered, with intent out_of_scope and the reason.

    With `Accept: text/event-stream` the answer comes as events: plan, widgets, text, then done with all of it; or, once
    something goes wrong, error with the problem.
    """
    return _answered(body)


@aliases.post("/orchestrate/", responses={200: QueryReply})
def orchestrate(body: OrchestrateRequest) -> Response:
    """The same as /api/v1/query, under the reference's path."""
    return _answered(body)


def _answered(body: QueryRequest) -> Response:
    return event_stream(stages(body, services())) if wants_stream() else reply(ask(body, services()))
