"""POST /ratings: thumbs up or down, for an answer or one of its widgets, with a comment or a better plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.common import Body, Instant, Parameters, Plain, Reply, Utc
from api.schemas.intents import IntentName
from cc_common.core.evidence import Statistic
from cc_common.planning import WidgetType
from cc_common.planning.plan import Order

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Plain]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Plain]
ResponseId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class WindowBody(Body):
    """A window of time, half-open: as it should have been asked for, or its ends."""

    label: Name | None = Field(None, examples=["P7D"])
    start: Annotated[Instant, Field(strict=False)] | None = None
    end: Annotated[Instant, Field(strict=False)] | None = None


class Correction(Body):
    """The plan that would have been right; what is left out stands as it was."""

    intent: IntentName | None = None
    equipment: Annotated[list[Name], Field(max_length=20)] | None = Field(None, examples=[["chiller_002"]])
    metrics: Annotated[list[Name], Field(max_length=10)] | None = Field(None, examples=[["cooling_load_tr"]])
    equipment_type: Name | None = Field(None, examples=["chiller"])
    window: WindowBody | None = None
    aggregation: Statistic | None = None
    step: Name | None = Field(None, examples=["PT1H"])
    order: Order | None = None
    top_n: Annotated[int, Field(ge=1, le=1000)] | None = None
    widgets: Annotated[list[WidgetType], Field(max_length=10)] | None = Field(None, examples=[["kpi", "trend"]])


class RatingRequest(Body):
    """A rating of an answer, or of one of its widgets."""

    response_id: ResponseId = Field(
        description="The answer's response_id.", examples=["0198c0de-0000-7000-8000-000000000001"]
    )
    rating: Literal["up", "down"]
    widget_id: Name | None = Field(None, description="One widget of it; left out: the whole answer.", examples=["w1"])
    comment: Comment | None = Field(None, description="Why.", examples=["I asked for the load, not the power."])
    correction: Correction | None = Field(None, description="A better plan.")
    rater: Name = Field("operator", description="Who rates; the newest rating by the same rater counts.")


class IdempotencyHeader(Parameters):
    """Makes a rating safe to send again."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200), Plain] | None = Field(
        None,
        alias="Idempotency-Key",
        description="Sent again with the same body, the first receipt comes back (200); with another body, a 409.",
    )


class RatingReply(Reply):
    """The receipt: the rating is on disk."""

    rating_id: int
    response_id: str
    widget_id: str | None
    rating: Literal["up", "down"]
    rater: str
    rated_at: Utc
    tier1_version: int = Field(description="Lessons that Tier 1 had learned after this rating.")
    tier1_loss: float | None = Field(
        description="Its loss on this rating before the step; null when it taught nothing."
    )
