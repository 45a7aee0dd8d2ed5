"""Endpoint of ratings: stored durably and learned from before the response is sent."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.ratings import Correction, IdempotencyHeader, RatingReply, RatingRequest
from api.services import Services, services
from cc_common import feedback
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.feedback import NewRating, RatingReceipt

blueprint = APIBlueprint(
    "ratings",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="ratings", description="Thumbs up or down.")],
    abp_responses=error_responses(400, 404, 409, 413, 415, 503),
)


@blueprint.post("/ratings", responses={201: RatingReply, 200: RatingReply})
def rate(header: IdempotencyHeader, body: RatingRequest) -> Response:
    """Rates an answer or one of its widgets; 200 with the first receipt when its Idempotency-Key comes again."""
    receipt = take(body, header.idempotency_key, services())
    return reply(RatingReply.model_validate(receipt), HTTPStatus.OK if receipt.duplicate else HTTPStatus.CREATED)


def take(body: RatingRequest, idempotency_key: str | None, parts: Services) -> RatingReceipt:
    """Records the rating and learns from it; durable when this returns."""
    if body.correction is not None:
        _check_names(body.correction, parts)
    new = NewRating(
        response_id=body.response_id,
        rating=body.rating,
        widget_id=body.widget_id,
        comment=body.comment,
        correction=body.correction.model_dump(mode="json", exclude_unset=True) if body.correction else None,
        rater=body.rater,
        idempotency_key=idempotency_key,
    )
    receipt = feedback.record_rating(parts.databases.app, new, learning_rate=parts.settings.tier1_learning_rate)
    if not receipt.duplicate:
        parts.tier1.follow()
        parts.metrics.ratings.labels(receipt.rating).inc()
    return receipt


def _check_names(correction: Correction, parts: Services) -> None:
    """InvalidInput for machines, types and metrics that the plant does not have."""
    try:
        for machine in correction.equipment or ():
            parts.catalog.get(machine)
        if correction.equipment_type is not None:
            parts.catalog.type(correction.equipment_type)
    except NotFound as exc:
        raise InvalidInput(f"correction: {exc}") from exc
    known = {m.name for t in parts.catalog.types for m in t.metrics}
    foreign = sorted(set(correction.metrics or ()) - known)
    if foreign:
        raise InvalidInput(f"correction: no machine has the metric {foreign[0]!r}.")
