"""What the detector hands out: anomalies, and what was expected of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cc_common.evidence import Evidence

AnomalyKind = Literal["deviation", "stuck", "gap", "out_of_range"]


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """One event of one machine over [start, end), UTC.

    `value` and `expected` are means of metrics[0] over the event (of a counter its advance, "delta"); value is
    None for a gap, expected where nothing was learned yet. `score`: robust sigmas of a deviation, else 0.
    """

    equipment: str
    metrics: tuple[str, ...]  # most deviating first
    kind: AnomalyKind
    start: datetime
    end: datetime
    score: float
    value: float | None
    expected: float | None
    unit: str
    evidence: Evidence  # of value


@dataclass(frozen=True, kw_only=True)
class ExpectedPoint:
    """What was expected of the plant hour from `start` on: its mean (of a counter its advance), in its unit.

    The hour's mean belongs within [low, high], its single readings within [lowest, highest]; these two are None in an
    hour of starting or stopping, which may show anything between on and off, and for tallies and counters.
    """

    start: datetime
    value: float
    low: float
    high: float
    lowest: float | None
    highest: float | None
