"""The plant: equipment, its readings, series and statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.common import Instant, Parameters, Reply, Utc
from api.schemas.figures import Figures
from cc_common.catalog.equipment import Kind
from cc_common.core.evidence import Statistic
from cc_common.timeseries import Order

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class EquipmentPath(Parameters):
    """One machine."""

    equipment_id: Word = Field(description="Its id.", json_schema_extra={"example": "chiller_001"})


class ListParameters(Parameters):
    """Which machines to list."""

    type: Word | None = Field(None, description="Only of this type.", json_schema_extra={"example": "chiller"})
    q: Word | None = Field(None, description="Only those whose id, name, alias or location holds this.")
    limit: int = Field(100, ge=1, le=1000, description="At most so many.")
    cursor: Word | None = Field(None, description="`next` of the page before.")


class WindowParameters(Parameters):
    """A window of time, half-open; times are ISO 8601 with a zone (2026-03-01T00:00:00Z)."""

    metric: Word = Field(description="The metric.", json_schema_extra={"example": "power_consumption_kw"})
    start: Instant | None = Field(None, description="From; 24 hours before `end` when left out.")
    end: Instant | None = Field(None, description="Until, not included; now when left out.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise PydanticCustomError("window", "start must lie before end")
        return self


class SeriesParameters(WindowParameters):
    """A series: the window cut into buckets."""

    step: Word | None = Field(
        None,
        description="Length of a bucket (ISO 8601); left out: one that makes about 300 points at most.",
        json_schema_extra={"example": "PT1H"},
    )
    aggregation: Statistic | None = Field(None, description="Left out: what suits the metric (avg, delta or sum).")


class CompareParameters(WindowParameters):
    """Machines to compare."""

    equipment: list[Word] = Field(min_length=2, max_length=20, description="Ids; repeat the parameter.")
    statistic: Statistic | None = Field(None, description="Left out: what suits the metric (avg, delta or sum).")


class RankParameters(WindowParameters):
    """Which machines to rank, and by what."""

    type: Word = Field(description="Of this type.", json_schema_extra={"example": "energy_meter"})
    statistic: Statistic | None = Field(
        None,
        description="Left out: what suits the metric (avg, delta or sum). `last` without `start` and `end` ranks the "
        "newest readings, whenever they were.",
    )
    order: Order = Field("desc", description="The highest first, or the lowest (asc).")
    limit: int = Field(10, ge=1, le=1000, description="At most so many.")


class EquipmentReply(Reply):
    """One machine."""

    id: str = Field(examples=["chiller_001"])
    type: str = Field(examples=["chiller"])
    number: int
    name: str = Field(examples=["Chiller 1"])
    location: str
    aliases: Sequence[str]


class MetricReply(Reply):
    """One thing that is measured."""

    name: str = Field(examples=["power_consumption_kw"])
    label: str = Field(examples=["power consumption"])
    unit: str = Field(examples=["kW"])
    kind: Kind = Field(description="gauge (averaged), counter (running; use is last minus first), tally (summed).")
    low: float | None = Field(description="Alarm limit.")
    high: float | None = Field(description="Alarm limit.")


class EquipmentDetail(EquipmentReply):
    """One machine and what it measures."""

    metrics: Sequence[MetricReply]


class Summary(Reply):
    """One machine at a glance."""

    equipment: EquipmentReply
    latest: Figures = Field(description="The newest readings.")
    statistics: Figures = Field(description="Of every metric over the last 24 hours.")


class PointReply(Reply):
    """One bucket."""

    start: Utc
    value: float | None = Field(description="Null: no readings.")
    rows: int


class SourceReply(Reply):
    """The rows behind a series."""

    table: str
    column: str
    statistic: Statistic
    start: Utc | None
    end: Utc | None
    rows: int


class SeriesReply(Reply):
    """A series."""

    equipment: str
    metric: str
    unit: str
    start: Utc
    end: Utc
    step: str = Field(examples=["PT1H"])
    aggregation: Statistic
    points: Sequence[PointReply]
    evidence: SourceReply
