"""Anomalies: which to list, and each with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.common import Instant, Parameters, Reply, Utc
from api.schemas.equipment import SourceReply, Word
from cc_common.analytics.anomalies import AnomalyKind


class AnomaliesParameters(Parameters):
    """Which anomalies to list; times are ISO 8601 with a zone (2026-03-01T00:00:00Z)."""

    start: Instant | None = Field(None, description="From; 24 hours before `end` when left out.")
    end: Instant | None = Field(None, description="Until, not included; now when left out.")
    limit: int = Field(100, ge=1, le=1000, description="At most so many.")
    cursor: int = Field(0, ge=0, le=1_000_000, description="`next` of the page before.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise PydanticCustomError("window", "start must lie before end")
        return self


class MachineAnomaliesParameters(AnomaliesParameters):
    """Which anomalies of one machine to list."""

    metric: Word | None = Field(
        None, description="Only of this metric.", json_schema_extra={"example": "power_consumption_kw"}
    )


class FleetAnomaliesParameters(AnomaliesParameters):
    """Which anomalies of the plant to list."""

    type: Word | None = Field(None, description="Only of this type.", json_schema_extra={"example": "chiller"})


class AnomalyReply(Reply):
    """One event of one machine; it lies within [start, end)."""

    equipment: str = Field(examples=["chiller_001"])
    metrics: Sequence[str] = Field(description="Most deviating first.", examples=[["vibration_mm_s"]])
    kind: AnomalyKind = Field(description="deviation (from what was expected), stuck, gap or out_of_range.")
    start: Utc
    end: Utc
    score: float = Field(description="Robust sigmas of a deviation, else 0.")
    value: float | None = Field(description="Mean of the first metric over the event; of a counter its advance.")
    expected: float | None = Field(description="What it should have been; null where nothing was learned yet.")
    unit: str = Field(examples=["mm/s"])
    cause: str | None = Field(
        None, description="Of a deviation, where its pattern is known.", examples=["bearing wear likely"]
    )
    evidence: SourceReply = Field(description="The rows behind `value`.")
