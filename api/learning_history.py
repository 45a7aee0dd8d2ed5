"""Endpoints of the history of learning: Tier 1's loss, ratings by day, widget placements, nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel

from api.errors import error_responses
from api.request_hooks import reply
from api.schemas.common import Page
from api.schemas.learning_history import (
    DaysParameters,
    NightReply,
    NightsParameters,
    PlacementReply,
    PlacementsParameters,
    RatedDayReply,
    StepsParameters,
    StepsReply,
)
from api.services import services
from api.status import LEARNING
from cc_common.feedback import experience_store
from cc_common.model_registry import training_runs

blueprint = APIBlueprint(
    "learning",
    __name__,
    url_prefix="/api/v1/rl",
    abp_tags=[LEARNING],
    abp_responses=error_responses(HTTPStatus.SERVICE_UNAVAILABLE),
)


@blueprint.get("/steps", responses={200: Page[StepsReply]})
def list_steps(query: StepsParameters) -> Response:
    """The course of Tier 1's loss from its first step on, the oldest first."""
    return _whole(StepsReply, experience_store.loss_segments(services().databases.app, query.stretches))


@blueprint.get("/ratings", responses={200: Page[RatedDayReply]})
def list_days(query: DaysParameters) -> Response:
    """Ratings by day of the plant, the oldest first; quiet days have zeros."""
    parts = services()
    found = experience_store.daily_ratings(parts.databases.app, query.days, parts.catalog.tz, now=datetime.now(UTC))
    return _whole(RatedDayReply, found)


@blueprint.get("/placements", responses={200: Page[PlacementReply]})
def list_placements(query: PlacementsParameters) -> Response:
    """Where Tier 1 placed each type of widget in the newest answers, and with what propensity."""
    return _whole(PlacementReply, experience_store.widget_placements(services().databases.app, query.answers))


@blueprint.get("/nights", responses={200: Page[NightReply]})
def list_nights(query: NightsParameters) -> Response:
    """The nights, newest first, with each stage's figures."""
    return _whole(NightReply, training_runs.newest_nights(services().databases.app, query.limit))


def _whole(shape: type[BaseModel], found: Sequence[Any]) -> Response:
    """A list that is all on one page."""
    items = [shape.model_validate(each, from_attributes=True) for each in found]
    return reply(Page[shape](items=items, total=len(items), next=None))  # type: ignore[valid-type]
