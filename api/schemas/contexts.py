"""Contexts: what there is to know, as text and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.common import Instant, Parameters, Reply
from api.schemas.equipment import Word
from api.schemas.figures import EvidenceReply, Value
from cc_common.answers.context import ContextKind

MachineKind = Literal["summary", "trend", "anomalies", "comparison", "alerts", "maintenance"]
FleetKind = Literal["anomalies", "comparison", "alerts", "maintenance"]


class _ContextParameters(Parameters):
    """A window, and how long the text may be."""

    start: Instant | None = Field(None, description="From; 24 hours before `end` when left out.")
    end: Instant | None = Field(None, description="Until, not included; now when left out.")
    budget: int = Field(
        8000,
        ge=1,
        le=1_000_000,
        description="Tokens the text may have, counted as bytes: no tokenizer makes more. Whole facts are left out.",
    )
    metric: Word | None = Field(None, description="Of a trend: only this one. Of a comparison: by this one.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise PydanticCustomError("window", "start must lie before end")
        return self


class ContextParameters(_ContextParameters):
    """Which context of a machine."""

    kind: MachineKind | None = Field(None, description="Left out: all of them, assembled.")


class FleetContextParameters(_ContextParameters):
    """Which context of several machines."""

    kind: FleetKind | None = Field(None, description="Left out: anomalies and alerts, assembled.")
    type: Word | None = Field(None, description="Of anomalies and comparison: all machines of this type.")
    equipment: list[Word] = Field(
        default_factory=list, max_length=50, description="Of a comparison: ids; repeat the parameter."
    )


class ContextReply(Reply):
    """A context."""

    kind: ContextKind
    text: str = Field(description="Markdown; every number in it is one of `values`, rounded.")
    complete: bool = Field(description="False when facts were left out for want of room.")
    tokens: int = Field(description="At most so many: the text's bytes.")
    values: Sequence[Value]
    evidence: Sequence[EvidenceReply]
    sources: Sequence[str] = Field(
        description="Tables that were read, and alerts as alert:<id>.", examples=[["chiller_001"]]
    )
