"""Models of single machines: versions with their backtest, and what they expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from api.schemas.common import Reply, Utc
from api.schemas.equipment import SourceReply, WindowParameters
from cc_common.analytics.expected_behaviour.machine_model import HourState, ModelState, Step


class MachineModelVersion(Reply):
    """One version."""

    equipment: str = Field(examples=["chiller_001"])
    version: int
    state: ModelState
    trained_from: Utc
    trained_until: Utc = Field(description="The backtest begins here: what follows was not learned from.")
    hours: int = Field(description="Of the machine running, learned from.")
    created_at: Utc
    gate: Mapping[str, Any] = Field(
        description="The backtest: `reason`, `score` (mean absolute errors as shares of how much each metric moves), "
        "`hourly` and `before` (the same of the hour of day's mean and of the version before), `metrics` (errors of "
        "each in its unit), `without` (metrics without a model, and why), `new_level_since`."
    )


class MachineModelReply(Reply):
    """A machine's model."""

    equipment: str
    served: MachineModelVersion | None = Field(description="Null: there is none; the newest version tells why.")
    versions: Sequence[MachineModelVersion] = Field(description="Those kept, newest first.")


class ExpectedParameters(WindowParameters):
    """Of what to tell the expectation."""

    step: Step = Field("PT1H", description="By the hour, or by plant day: P1D.")


class ExpectedHourReply(Reply):
    """One hour, or day, of the plant."""

    start: Utc
    state: HourState = Field(
        description="on: told; off: it did not run throughout; ran: it did, of a type that stands by, or was warm of "
        "that; unread: what explains it is missing."
    )
    value: float | None = Field(description="The mean that was read.")
    expected: float | None = Field(description="Null unless on.")
    low: float | None
    high: float | None


class ExpectedReply(Reply):
    """What a machine's model expects of a metric."""

    equipment: str
    metric: str
    unit: str
    start: Utc
    end: Utc
    step: Step
    level: float = Field(description="The share of a healthy machine's hours within low to high.", examples=[0.9])
    version: int = Field(description="Of the model.")
    trained_from: Utc
    trained_until: Utc
    error: float | None = Field(description="Mean absolute error in the backtest, in the metric's unit.")
    hourly_error: float | None = Field(description="That of the hour of day's mean over the same hours.")
    points: Sequence[ExpectedHourReply]
    evidence: SourceReply = Field(description="The readings it was learned from.")
