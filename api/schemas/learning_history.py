"""GET /rl/...: how learning went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field

from api.schemas.common import Parameters, Reply, Utc
from cc_common.model_registry.training_runs import State


class StepsParameters(Parameters):
    """How finely."""

    stretches: int = Field(200, ge=1, le=2000, description="At most so many points; each is the mean of its steps.")


class StepsReply(Reply):
    """Steps of Tier 1 in a row."""

    first: int = Field(description="The first step, counted from 1.")
    last: int
    steps: int
    loss: float = Field(description="Mean, in nats per rated widget, each before its step.")
    until: Utc = Field(description="When the last of them was taken.")


class DaysParameters(Parameters):
    """How far back."""

    days: int = Field(30, ge=1, le=366, description="So many days of the plant, today included.")


class RatedDayReply(Reply):
    """One day of the plant."""

    day: date
    up: int
    down: int
    corrections: int


class PlacementsParameters(Parameters):
    """Of which answers."""

    answers: int = Field(500, ge=1, le=10_000, description="The newest so many.")


class PlacementReply(Reply):
    """One type of widget in the newest answers."""

    type: str = Field(examples=["trend"])
    shown: int
    first: int = Field(description="How often it stood in front.")
    position: float = Field(description="Its mean place, from 1.")
    propensity: float | None = Field(description="Mean chance of its place, given those above; null: fixed.")
    score: float = Field(description="Tier 1's mean score.")


class NightsParameters(Parameters):
    """How many."""

    limit: int = Field(20, ge=1, le=200, description="The newest so many.")


class NightReply(Reply):
    """One night of learning."""

    run_id: str
    window_start: Utc = Field(description="Of the ratings it learns from, half-open.")
    window_end: Utc
    parent: str = Field(description="The model that was served when it began.")
    state: State
    stage: str | None = Field(description="The last one begun.")
    reason: str | None = Field(description="Why it was skipped, rejected or failed; what a promotion gains.")
    figures: Mapping[str, Any] = Field(description="By stage: pairs, tier1, tier2, gguf, gate (the verdict), publish.")
    started_at: Utc
    finished_at: Utc | None
