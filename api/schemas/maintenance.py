"""Maintenance figures of a machine and of the plant."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from api.schemas.common import Page, Parameters, Reply, Utc
from api.schemas.equipment import SourceReply, Word
from cc_common.analytics.maintenance import ItemKind, ItemState


class ItemReply(Reply):
    """One figure of one machine."""

    equipment: str = Field(examples=["chiller_001"])
    kind: ItemKind
    metric: str = Field(examples=["power_consumption_kw"])
    state: ItemState = Field(
        description="due: limit reached, or within 7 days; soon: within 30; loss: clear of the method's error; off: "
        "the machine did not run; unknown: not enough history or readings, or they stand still, see message."
    )
    message: str = Field(examples=["Pump 5 vibration reaches its limit of 4.5 mm/s in 3 days."])
    value: float | None = Field(description="kWh lost in the last 7 days; of all others the value now, at usual load.")
    low: float | None = Field(description="Of a loss: the interval of 90 %.")
    high: float | None
    unit: str
    limit: float | None = Field(description="What the value goes towards.")
    at: Utc | None = Field(description="When it gets there; null: not before `horizon`, or no trend.")
    earliest: Utc | None
    latest: Utc | None
    horizon: Utc | None = Field(description="As far as was looked.")
    cost: float | None = Field(description="Of the loss, by CC_TARIFF.")
    currency: str
    method: str
    error: float | None = Field(description="How far the method errs on this machine; mean absolute, in `error_unit`.")
    error_unit: str
    evidence: SourceReply | None = Field(description="The rows it was worked out from.")


class MachineMaintenanceReply(Reply):
    """One machine's items, the most urgent first."""

    equipment: str
    as_of: Utc = Field(description="The end of the newest whole hour.")
    items: Sequence[ItemReply]


class MaintenanceParameters(Parameters):
    """Which items of the plant."""

    type: Word | None = Field(None, description="One type only.", json_schema_extra={"example": "chiller"})
    state: ItemState | None = Field(None, description="One state only.")
    limit: int = Field(100, ge=1, le=1000, description="At most so many.")
    cursor: int = Field(0, ge=0, le=1_000_000, description="`next` of the page before.")


class PlantMaintenanceReply(Page[ItemReply]):
    """The plant's items, the most urgent first."""

    as_of: Utc = Field(description="The end of the newest whole hour.")
    loss_kwh: float = Field(description="Of the machines asked for in 7 days: losses clear of the method's error.")
    cost: float
    currency: str
