"""What the package hands out: a machine's model, its versions, what was expected hour by hour, and drifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from cc_common.anomalies.robust import Floats
from cc_common.evidence import Evidence, Figure
from cc_common.window import Window

ModelState = Literal["served", "retired", "rejected"]
HourState = Literal["on", "off", "ran", "unread"]
Judged = Literal["running", "resting", "any"]
Step = Literal["PT1H", "P1D"]


@dataclass(frozen=True, kw_only=True)
class MachineModel:
    """p metrics, k regressors. Readings are taken as (value - center) / scale. NaN: that metric has no model."""

    equipment: str
    metrics: tuple[str, ...]
    load: str | None
    beside: tuple[str, ...]
    weather: str | None
    judged: Judged  # the hours it is a model of: those of a machine that runs, that rests, or all
    trained: Window  # never judged within it
    hours: int  # learned from
    level: Floats  # (1,) the load's usual level
    covariates: Floats  # (beside and weather, 2) center and scale
    center: Floats  # (p,)
    scale: Floats  # (p,)
    own: Floats  # (p, k) load, weather and hour alone
    full: Floats  # (p, k + 1) and the neighbours' common movement
    sigma: Floats  # (p,) in units, as are the next two
    reach: Floats  # (p,) half the band's width
    limit: Floats  # (p,) of the median of some hours: beyond it a metric drifts
    why: Mapping[str, str]  # of metrics without a model
    since: Mapping[str, datetime] = field(default_factory=dict)  # of metrics that stand on another level since then


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One version of one machine's model; `gate` holds the backtest that let it in or kept it out."""

    equipment: str
    version: int
    state: ModelState
    trained_from: datetime
    trained_until: datetime
    hours: int
    created_at: datetime
    gate: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ExpectedHour:
    """The plant hour (or day) from `start` on, in the metric's unit; nothing is expected of a machine off."""

    start: datetime
    state: HourState
    value: float | None
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ExpectedSeries:
    """`error`: mean absolute error of this version in its backtest, `hourly_error` that of the hour of day's mean."""

    equipment: str
    metric: str
    unit: str
    window: Window
    step: Step
    level: float
    version: int
    trained_from: datetime
    trained_until: datetime
    error: float | None
    hourly_error: float | None
    points: tuple[ExpectedHour, ...]
    evidence: Evidence  # the readings it was learned from


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A metric that has left what its machine's model explains over [start, end), UTC; means over its evidence."""

    equipment: str
    metric: str
    start: datetime
    end: datetime
    value: float
    expected: float
    unit: str
    excess: float  # times its limit
    cause: str | None  # in words, where a rule knows the pattern
    version: int
    error: float | None
    evidence: Evidence  # of value

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """What was read and what was expected, each with the rows behind it."""
        expected = replace(self.evidence, statistic="forecast")
        return self._figure(self.value, self.evidence), self._figure(self.expected, expected)

    def _figure(self, value: float, evidence: Evidence) -> Figure:
        return Figure(
            equipment=self.equipment,
            metric=self.metric,
            statistic=evidence.statistic,
            value=value,
            unit=self.unit,
            start=evidence.start,
            end=evidence.end,
            evidence=evidence,
        )

    @property
    def share(self) -> float | None:
        """How far above (or below) what was expected, as a share of that; None beside zero."""
        return (self.value - self.expected) / abs(self.expected) if abs(self.expected) > 1e-9 else None
