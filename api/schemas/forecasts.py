"""Forecasts: a metric ahead with its interval, and when it will reach a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.common import Parameters, Reply, Utc
from api.schemas.equipment import SourceReply, Word
from cc_common.analytics.forecasting import Forecast, TimeToThreshold


def _iso_only(text: object) -> object:
    """Refuses what pydantic would also take for a length of time: bare numbers and clock times."""
    if isinstance(text, str) and not text.startswith("P"):
        raise PydanticCustomError("duration", "The horizon is an ISO 8601 duration such as PT24H or P7D")
    return text


Horizon = Annotated[timedelta, BeforeValidator(_iso_only)]


class ForecastParameters(Parameters):
    """What to forecast, and how far."""

    metric: Word = Field(description="The metric.", json_schema_extra={"example": "power_consumption_kw"})
    horizon: Horizon = Field(
        timedelta(hours=24), description="ISO 8601 duration, PT1H to P7D.", json_schema_extra={"example": "PT24H"}
    )
    step: Word | None = Field(
        None, description="PT15M or PT1H; left out: as suits the horizon.", json_schema_extra={"example": "PT1H"}
    )
    threshold: float | None = Field(
        None, allow_inf_nan=False, description="Also tell when the metric will reach this value."
    )


class ForecastPointReply(Reply):
    """One step ahead."""

    start: Utc
    value: float = Field(description="A gauge's mean, a counter's use, a tally's sum in this step.")
    low: float
    high: float


class ReachReply(Reply):
    """When the metric by the hour, or a counter's register, reaches the threshold; null where it is not seen to."""

    threshold: float
    value: float = Field(description="Of the newest hour; of a counter, the newest reading of its register.")
    at: Utc | None = Field(
        description="When half of the courses ahead have reached it; now, where a counter has passed it."
    )
    earliest: Utc | None = Field(description="When 5 % of them have.")
    latest: Utc | None = Field(description="When 95 % of them have.")
    horizon: Utc = Field(description="As far as was looked: 7 days; a year for a tank that is run down.")
    method: str = Field(examples=["the rate of the last half hour"])
    evidence: SourceReply


class ForecastReply(Reply):
    """A metric ahead."""

    equipment: str
    metric: str
    unit: str
    start: Utc = Field(description="Of the first whole step ahead.")
    end: Utc
    step: str = Field(examples=["PT1H"])
    level: float = Field(description="The share of what comes that low to high is to hold.", examples=[0.9])
    points: Sequence[ForecastPointReply]
    method: str = Field(examples=["seasonal regression"])
    error: float | None = Field(
        description="Mean absolute error over the newest day or two, made without them, in units of that of repeating "
        "the day before; null: nothing to compare with.",
        examples=[0.4],
    )
    caution: str = Field(description="What of the history was left out, and why; empty when nothing was.")
    evidence: SourceReply = Field(description="The readings that the forecast rests on.")
    reach: ReachReply | None = Field(description="With `threshold`: when it will be reached.")

    @classmethod
    def from_forecast(cls, found: Forecast, reach: TimeToThreshold | None) -> ForecastReply:
        """As the API shows them."""
        shown = None if reach is None else ReachReply.model_validate({**vars(reach), "evidence": reach.trained_on})
        return cls.model_validate({**vars(found), **vars(found.window), "evidence": found.trained_on, "reach": shown})
