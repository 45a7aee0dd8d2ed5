"""Models, what was learned from ratings, and whether the system is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from api.schemas.common import Page, Parameters, Part, Reply, Utc
from api.schemas.equipment import Word

FromText = Annotated[Literal[1, 2], BeforeValidator(lambda given: int(given) if given in ("1", "2") else given)]
State = Literal["candidate", "served", "retired", "rejected"]


class ModelVersionReply(Reply):
    """One version of the ranker (tier 1) or the language model (tier 2)."""

    id: str
    tier: Literal[1, 2]
    state: State
    sha256: str
    parent: str | None = Field(description="The version it was trained from.")
    created_at: Utc
    gate: Mapping[str, Any] | None = Field(description="The numbers on which it was let through or rejected.")


class ModelPath(Parameters):
    """A version in a path."""

    model_id: Word = Field(description="The version's id.", json_schema_extra={"example": "starter-21ff1e2f3a4b"})


class TierQuery(Parameters):
    """Which tier."""

    tier: FromText = Field(2, description="1: the ranker; 2: the language model.")


class ModelPage(Page[ModelVersionReply]):
    """The model versions, newest first."""

    served: Mapping[str, str] = Field(
        description="The version served in each tier.", examples=[{"2": "smollm2-135m-instruct"}]
    )


class Tier1Reply(Reply):
    """The ranker that learns from every rating. Losses in nats per rated widget, before each step."""

    version: int = Field(description="Lessons learned.")
    parameters: int
    loss: float | None = Field(description="Exponential mean over the newest steps.")
    loss_first: float | None = Field(description="Mean of the first steps.")
    trend: Literal["falling", "flat", "rising", "unknown"] = Field(description="Unknown with too few steps.")
    temperature: float = Field(description="Spread of the sampled widget order.")
    explores: bool = Field(description="Whether the order is sampled; if not, no propensities are logged.")
    learning_rate: float


class BufferReply(Reply):
    """What is in store to learn from."""

    experiences: int
    rated: int = Field(description="Experiences with at least one rating.")
    ratings: int
    up: int
    down: int
    corrections: int
    last_rated_at: Utc | None


class Tier2Reply(Reply):
    """The language model, which learns at night."""

    ready: bool = Field(description="Whether the next night has enough to train on.")
    reason: str
    new_ratings: int = Field(description="Ratings since the last night.")
    needed: int
    served: ModelVersionReply | None


class EngineReply(Reply):
    """The process that plans."""

    ready: bool
    reason: str = Field(description="Why it does not plan; empty when it does.")
    queue: int = Field(description="Questions that wait.")
    restarts: int
    resident_bytes: int


class LearningStatus(Reply):
    """What the system has learned, and how it answers."""

    tier1: Tier1Reply
    buffer: BufferReply
    tier2: Tier2Reply
    engine: EngineReply


class Alive(Reply):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Ready(Reply):
    """Every part and how it is."""

    ready: bool
    parts: Sequence[Part]
