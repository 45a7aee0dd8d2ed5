"""What foresight hands out: a forecast with its interval, and when a metric will reach a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cc_common.evidence import Evidence
from cc_common.window import Window


@dataclass(frozen=True, kw_only=True)
class ForecastPoint:
    """One step ahead: where it starts (UTC), what is expected, and the interval, low <= value <= high."""

    start: datetime
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A metric ahead: a gauge's mean by step, a counter's use in each step, a tally's sum of each step.

    `error` is the mean absolute error over the machine's newest day (or two), made without it, in units of that of
    repeating the day before (below 1 is better than that); None where there is nothing to compare with.
    """

    equipment: str
    metric: str
    unit: str
    window: Window  # ahead: whole steps, the first at or after the moment asked
    step: str  # ISO 8601 duration
    level: float  # the share of what comes that the interval is to hold
    points: tuple[ForecastPoint, ...]
    method: str
    trained_on: Evidence
    error: float | None
    caution: str  # what of the history was left out, and why; empty when nothing was


@dataclass(frozen=True, kw_only=True)
class Reach:
    """When a metric will reach a threshold, times in UTC: `at` in half of the courses, `earliest` in 5 % of them and
    `latest` in 95 %; each None where so many do not reach it before `horizon`. Of a counter its register is meant:
    one that has gone past the threshold has `passed` it, and all three are the moment asked.
    """

    equipment: str
    metric: str
    unit: str
    threshold: float
    value: float  # of the newest hour; a counter's newest register reading
    at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    horizon: datetime  # as far as was looked
    method: str
    trained_on: Evidence
    caution: str
    passed: bool = False
