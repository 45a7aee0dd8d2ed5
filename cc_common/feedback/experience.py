"""Experience (an answered question) and Rating (an operator's judgement of it). Both are written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from cc_common.core.errors import InvalidInput
from cc_common.core.windows import iso

Thumb = Literal["up", "down"]


@dataclass(frozen=True, kw_only=True)
class ShownWidget:
    """A widget as it was shown. `position` from 1, `propensity` of `sample_order`, `features`: the scorer's rows."""

    widget_id: str
    type: str
    title: str
    equipment: tuple[str, ...]
    metrics: tuple[str, ...]
    position: int
    score: float
    propensity: float | None
    features: tuple[int, ...]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> ShownWidget:
        """From its JSON, where tuples are lists."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class Experience:
    """One answered question. `messages` and `plan_text`: verbatim from the model; empty when it was not asked."""

    id: str
    asked_at: datetime
    session_id: str | None
    question: str
    messages: Sequence[Mapping[str, str]]
    plan_text: str | None
    plan: Mapping[str, Any]
    widgets: tuple[ShownWidget, ...]
    figures: Sequence[Mapping[str, Any]]
    evidence: Sequence[Mapping[str, Any]]
    model_id: str | None
    catalog_version: str
    tier1_version: int
    tier1_layout: int
    context: tuple[int, ...]  # the scene's rows of the scorer

    def __post_init__(self) -> None:
        if self.asked_at.tzinfo is None:
            raise InvalidInput("An experience needs a time with a time zone.")

    @classmethod
    def from_row(cls, row: Any) -> Experience:
        """From a row of the table."""
        found = row._asdict()
        widgets = tuple(ShownWidget.from_json(widget) for widget in found["widgets"])
        return cls(**found | {"widgets": widgets, "context": tuple(found["context"])})

    def widget(self, widget_id: str) -> ShownWidget | None:
        """The widget shown under that id, or None."""
        return next((w for w in self.widgets if w.widget_id == widget_id), None)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A thumb for an answer or one of its widgets; `correction`: the part of the plan that should differ."""

    rating: Thumb
    widget_id: str | None = None  # None: the whole answer
    correction: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class NewRating(Judgement):
    """A rating to record. With an `idempotency_key` a repeated request records it once."""

    response_id: str
    rater: str
    comment: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rating(Judgement):
    """A rating as recorded."""

    id: int
    experience_id: str
    comment: str | None
    rater: str
    rated_at: datetime


@dataclass(frozen=True, kw_only=True)
class RatingReceipt:
    """The receipt of a durable rating. `tier1_loss` (nats, before the step): None when Tier 1 learned nothing."""

    rating_id: int
    response_id: str
    widget_id: str | None
    rating: Thumb
    rater: str
    rated_at: datetime
    tier1_version: int
    tier1_loss: float | None
    duplicate: bool = False  # the first receipt of this idempotency key, again


@dataclass(frozen=True, kw_only=True)
class RatedExperience:
    """An experience with the newest rating by each rater on the answer and on each widget, oldest first."""

    experience: Experience
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, kw_only=True)
class BufferCounts:
    """Counts of experiences and ratings that can be learned from."""

    experiences: int
    rated: int  # experiences with at least one rating
    ratings: int
    up: int
    down: int
    corrections: int
    last_rated_at: datetime | None


def new_id() -> str:
    """A new id for an experience (UUID)."""
    return str(uuid4())


def to_json_value(value: Any) -> Any:
    """Converts dataclasses, tuples and times (to ISO 8601, UTC) to JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_value(item) for item in value]
    return iso(value) if isinstance(value, datetime) else value
