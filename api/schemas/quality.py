"""Data quality: completeness, gaps, stuck sensors, readings past their limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.common import Instant, Parameters, Reply, Utc
from api.schemas.equipment import SourceReply, Word


class SpanParameters(Parameters):
    """A window of time, half-open; times are ISO 8601 with a zone (2026-03-01T00:00:00Z)."""

    start: Instant | None = Field(None, description="From; 24 hours before `end` when left out.")
    end: Instant | None = Field(None, description="Until, not included; the last whole minute when left out.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise PydanticCustomError("window", "start must lie before end")
        return self


class FleetParameters(SpanParameters):
    """Which machines, over which window."""

    limit: int = Field(100, ge=1, le=1000, description="At most so many machines.")
    cursor: Word | None = Field(None, description="`next` of the page before.")


class StretchReply(Reply):
    """Minutes without a reading, half-open."""

    start: Utc
    end: Utc


class StuckReply(StretchReply):
    """Readings that were all the same."""

    value: float
    rows: int


class MetricQualityReply(Reply):
    """One metric over the window."""

    metric: str
    unit: str
    expected: int = Field(description="Minutes in the window.")
    rows: int = Field(description="Minutes with a reading.")
    completeness: float = Field(description="Their share, 0 to 1.")
    gaps: Sequence[StretchReply] = Field(description="Where the others lie, in order.")
    stuck: Sequence[StuckReply] = Field(description="Runs of two hours and more, of sensors that move otherwise.")
    below: int = Field(description="Readings under the alarm limit.")
    above: int = Field(description="Readings over it.")
    evidence: SourceReply


class QualityReply(Reply):
    """One machine's data quality, counted over its rows."""

    equipment: str
    start: Utc
    end: Utc
    metrics: Sequence[MetricQualityReply]


class MachineQualityReply(Reply):
    """One machine at a glance."""

    equipment: str
    start: Utc
    end: Utc
    expected: int = Field(description="Minutes in the window, times its metrics.")
    rows: int = Field(description="Readings that are there.")
    completeness: float = Field(description="Their share, 0 to 1.")
    missing: Sequence[str] = Field(description="Metrics without any reading.")
    stuck: Sequence[str] = Field(description="Metrics that stood still for two whole hours in a row.")
    out_of_range: Sequence[str] = Field(description="Metrics with a reading past an alarm limit.")
