"""GET /plant and GET /latest: what the plant is, and all of it at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from api.schemas.common import Parameters, Reply, Utc
from api.schemas.equipment import MetricReply, Word


class ShownMetricReply(MetricReply):
    """One thing that is measured, and how it is written."""

    decimals: int = Field(description="Digits after the point.")


class TypeReply(Reply):
    """One type of machine."""

    name: str = Field(examples=["chiller"])
    label: str
    plural: str
    count: int = Field(description="Machines of this type.")
    metrics: Sequence[ShownMetricReply] = Field(description="The first is the one meant when none is named.")


class PlantReply(Reply):
    """The plant."""

    name: str
    tz: str = Field(description="Its IANA time zone.", examples=["Asia/Kolkata"])
    version: str = Field(description="Of the catalogue: another plant, another version.")
    equipment: int = Field(description="Machines in all.", examples=[363])
    types: Sequence[TypeReply]


class LatestParameters(Parameters):
    """Which machines."""

    type: Word | None = Field(None, description="Only of this type.", json_schema_extra={"example": "chiller"})


class MachineNowReply(Reply):
    """One machine now."""

    equipment: str = Field(examples=["chiller_001"])
    at: Utc | None = Field(description="Of the newest readings; null: it has none.")
    readings: Mapping[str, float | None] = Field(description="By metric, as stored; null where that row has none.")
    alerts: Mapping[str, int] = Field(description="Open ones by severity; what is missing is none.")
