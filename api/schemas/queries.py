"""POST /query: a question in, an answer out, every figure with the rows behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from flask_openapi3.models.data_type import DataType
from flask_openapi3.models.media_type import MediaType
from flask_openapi3.models.schema import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from api.schemas.common import Body, Plain, Reply, Utc
from api.schemas.figures import EvidenceReply, Value
from api.schemas.intents import IntentName
from cc_common.core.evidence import Statistic
from cc_common.planning import WidgetType
from cc_common.planning.plan import Order
from cc_common.understanding.question import Side

STREAMED: Final = MediaType(
    schema=Schema(
        type=DataType.STRING,
        description="Events plan, widgets ({values, widgets, evidence}), text ({text, spoken}), then done: the JSON "
        "answer. Once something goes wrong: error, with the problem.",
    )
)
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Plain]
SessionId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Plain]


class QueryRequest(Body):
    """A question."""

    query: Question = Field(description="The question, as typed or said.", examples=["Show chiller 1 power"])
    session_id: SessionId | None = Field(
        None, description="Groups the questions of one conversation; follow-ups need it.", examples=["desk-4"]
    )


class OrchestrateRequest(QueryRequest):
    """A question as the reference's front end sends it: `transcript` is `query`, everything else is ignored."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _transcript(cls, body: Any) -> Any:
        if isinstance(body, dict) and "query" not in body and "transcript" in body:
            return {**body, "query": body["transcript"]}
        return body


class Period(Reply):
    """A window of time, half-open."""

    start: Utc
    end: Utc
    label: str | None = Field(description="As it was asked for; null for plain dates.", examples=["PT24H"])


class PlanReply(Reply):
    """What was understood."""

    intent: IntentName
    equipment: Sequence[str] = Field(examples=[["chiller_001"]])
    metrics: Sequence[str] = Field(examples=[["power_consumption_kw"]])
    window: Period | None = Field(description="Null: the newest readings.")
    aggregation: Statistic | None
    step: str | None = Field(
        description="Length of a trend's buckets (ISO 8601) where it was asked for.", examples=["PT1H"]
    )
    equipment_type: str | None = Field(description="Of rank and list: over which machines.", examples=["chiller"])
    top_n: int | None
    threshold: float | None = Field(None, description="Of forecast: the level to be reached, in the metric's unit.")
    side: Side | None = Field(None, description="Of forecast: the side of the level that is asked about.")
    order: Order | None
    reason: str | None = Field(description="Of out_of_scope: why there is no answer.")


class WidgetReply(Reply):
    """Something to draw. Numbers in `data` that stand for values name them by `value_index`."""

    widget_id: str = Field(description="Names the widget within this response, for ratings.", examples=["w1"])
    type: WidgetType
    title: str = Field(examples=["Chiller 1: power consumption"])
    equipment: Sequence[str]
    metrics: Sequence[str]
    position: int = Field(description="From 1, in the order in which to show them.")
    score: float = Field(description="Tier 1's score.")
    propensity: float | None = Field(
        description="How likely it was to be placed here, given those above; null: not sampled."
    )
    data: dict[str, Any] = Field(description="What to draw, by type; times as ISO 8601 in UTC, null for a gap.")


class ModelReply(Reply):
    """The language model that planned."""

    id: str = Field(examples=["smollm2-135m-instruct"])
    sha256: str


class Tier1Version(Reply):
    """The ranker that ordered the widgets."""

    version: int = Field(description="How many steps it had learned.")


class Timings(Reply):
    """Where the time went, in milliseconds."""

    resolve: float = Field(description="Names and times found in the question.")
    plan: float = Field(description="The model, its queue included.")
    data: float = Field(description="Rows read, the sentence worded and checked.")
    compose: float = Field(description="Widgets ordered, the experience written.")
    total: float


class WidgetsEvent(Reply):
    """Event `widgets` of a streamed answer: what to draw, and the values and rows behind it."""

    values: Sequence[Value]
    widgets: Sequence[WidgetReply]
    evidence: Sequence[EvidenceReply]


class TextEvent(Reply):
    """Event `text` of a streamed answer."""

    text: str = Field(description="To read.")
    spoken: str = Field(description="To say.")


class QueryReply(Reply):
    """The answer."""

    model_config = ConfigDict(openapi_extra={"content": {"text/event-stream": STREAMED}})  # type: ignore[typeddict-unknown-key]

    response_id: str = Field(
        description="Names this answer, for ratings.", examples=["0198c0de-0000-7000-8000-000000000001"]
    )
    query: str
    text: str = Field(description="To read.", examples=["Chiller 1 power consumption is 94.7 kW at 10:42."])
    spoken: str = Field(description="To say.", examples=["Chiller 1 power consumption is 94.7 kilowatts."])
    plan: PlanReply
    values: Sequence[Value]
    widgets: Sequence[WidgetReply]
    evidence: Sequence[EvidenceReply]
    model: ModelReply | None = Field(description="Null where the names alone settled it and no model was asked.")
    tier1: Tier1Version
    cached: bool = Field(description="Whether the plan came from the cache. Values never do.")
    timings_ms: Timings
