"""Alerts: what an operator should look at, and what has become of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.common import Body, Instant, Parameters, Plain, Reply, Utc
from api.schemas.equipment import SourceReply, Word
from cc_common.alerts import AlertState, Severity

Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Plain]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Plain]


class AlertPath(Parameters):
    """One alert."""

    alert_id: Word = Field(description="Its id.", json_schema_extra={"example": "0198c0de-0000-7000-8000-000000000001"})


class MachineAlertsParameters(Parameters):
    """Which alerts to list."""

    state: AlertState | Literal["open"] | None = Field(None, description="open: raised or acknowledged.")
    severity: Severity | None = Field(None, description="Only those so severe.")
    group: Word | None = Field(None, description="Only those of this group.")
    leaders: bool = Field(False, description="Only the first of each group: one a cause.")
    shelved: bool | None = Field(None, description="Open and on the shelf now, or not.")
    start: Instant | None = Field(None, description="Raised at or after this.")
    end: Instant | None = Field(None, description="Raised before this.")
    limit: int = Field(100, ge=1, le=1000, description="At most so many.")
    cursor: Word | None = Field(None, description="`next` of the page before.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise PydanticCustomError("window", "start must lie before end")
        return self


class AlertsParameters(MachineAlertsParameters):
    """Which alerts to list, of which machines."""

    equipment: list[Word] | None = Field(
        None,
        max_length=20,
        description="Only of these machines, repeat the parameter; plant: of all at once.",
        json_schema_extra={"example": ["chiller_001"]},
    )
    type: Word | None = Field(
        None, description="Only of machines of this type.", json_schema_extra={"example": "chiller"}
    )


class ActRequest(Body):
    """Who acts on an alert, and why."""

    who: Who = Field("operator", description="Who it is.", examples=["asha"])
    comment: Comment | None = Field(None, description="Why.", examples=["Filter ordered."])


class ShelveRequest(Body):
    """For how long an alert's group is to be out of sight, who says so, and why."""

    who: Who = Field("operator", description="Who it is.", examples=["asha"])
    comment: Comment = Field(description="Why.", examples=["Sensor is replaced on Friday."])
    hours: float | None = Field(None, gt=0, le=168, description="For so long; this or `until`.", examples=[8])
    until: Annotated[Instant, Field(strict=False)] | None = Field(
        None, description="Until then, at most 7 days ahead; this or `hours`.", examples=[None]
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.hours is None) == (self.until is None):
            said = "hours or until is needed" if self.hours is None else "Only one of hours and until may be given"
            raise PydanticCustomError("span", said)
        return self

    def ends(self, now: datetime) -> datetime:
        """When it comes back."""
        return self.until if self.until is not None else now + timedelta(hours=self.hours or 0)


class KeyHeader(Parameters):
    """Acting on an alert is safe to send again with or without a key."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200), Plain] | None = Field(
        None, alias="Idempotency-Key", description="Allowed and not needed: the first fact stands."
    )


class AlertReply(Reply):
    """An alert. Raised, acknowledged and cleared are three facts, each written once."""

    id: str = Field(examples=["0198c0de-0000-7000-8000-000000000001"])
    equipment: str = Field(description="plant: all machines at once.", examples=["chiller_001"])
    metric: str | None = Field(description="Null: the machine as a whole.", examples=["vibration_mm_s"])
    kind: str = Field(description="out_of_range, gap, stopped, stuck, deviation, ...", examples=["out_of_range"])
    severity: Severity
    state: AlertState = Field(description="Cleared beats acknowledged.")
    message: str = Field(examples=["Chiller 1 vibration is 4.62 mm/s, above its limit of 4.5 mm/s."])
    value: float | None = Field(description="As stored, not rounded.")
    limit: float | None = Field(description="What the value went past.")
    unit: str
    evidence: SourceReply | None = Field(description="The rows behind the value.")
    raised_at: Utc
    raised_by: str = Field(description="system: the watcher.")
    acknowledged_at: Utc | None
    acknowledged_by: str | None
    acknowledged_comment: str | None
    cleared_at: Utc | None
    cleared_by: str | None
    cleared_comment: str | None
    group: str = Field(description="The id of the first alert of its cause; its own where it is that.")
    escalated_at: Utc | None = Field(description="When it was found that nobody saw it in time, or that it grew worse.")
    shelved_until: Utc | None = Field(description="When its group comes back; in the past: it has.")
    shelved_by: str | None
    shelved_comment: str | None
