"""What is known of the quality of readings: how complete, where silent, where stuck, how often past the limits."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from cc_common.evidence import Evidence
from cc_common.window import Window


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Minutes [start, end) without a reading."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class StuckRun:
    """`rows` readings in [start, end), all of the same value."""

    start: datetime
    end: datetime
    value: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class MetricQuality:
    """One metric over a window: of `expected` minutes `rows` have a reading, the rest lies in `gaps`."""

    metric: str
    unit: str
    expected: int
    rows: int
    gaps: tuple[Gap, ...]
    stuck: tuple[StuckRun, ...]
    below: int  # readings under the alarm limit
    above: int  # readings over it
    evidence: Evidence  # of `rows`

    @property
    def completeness(self) -> float:
        """Share of the minutes with a reading, 0 to 1."""
        return self.rows / self.expected


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """One machine's metrics, in column order; exact, from its rows. `window` is cut to whole minutes."""

    equipment: str
    window: Window
    metrics: tuple[MetricQuality, ...]


@dataclass(frozen=True, kw_only=True)
class MachineQuality:
    """One machine of the overview. `expected` and `rows` count readings of all metrics."""

    equipment: str
    window: Window
    expected: int
    rows: int
    missing: tuple[str, ...]  # metrics without any reading
    stuck: tuple[str, ...]  # metrics that stood still for two whole hours in a row
    out_of_range: tuple[str, ...]  # metrics with a reading past a limit

    @property
    def completeness(self) -> float:
        """Share of the readings that are there, 0 to 1."""
        return self.rows / self.expected


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A sensor that has stood still since `since`, after it had moved: `rows` readings, all `value`.

    `expected`: the mean of what it should have shown meanwhile, where its normal is known.
    """

    equipment: str
    metric: str
    value: float
    since: datetime
    until: datetime
    rows: int
    expected: float | None = None


def as_stored(limit: float | None) -> float | None:
    """A limit as a column of real holds it: a reading of 0.85 is not above 0.85."""
    return None if limit is None else float(struct.unpack("f", struct.pack("f", limit))[0])
