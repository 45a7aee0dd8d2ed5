"""What the access layer hands out beside Figure: rows of the fleet, curves; and which statistic means something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from cc_common.catalog.equipment import Kind, Metric
from cc_common.errors import InvalidInput
from cc_common.evidence import Evidence, Statistic
from cc_common.window import Window

Order = Literal["desc", "asc"]

MEANINGFUL: Final[dict[Kind, tuple[Statistic, ...]]] = {
    "gauge": ("avg", "min", "max", "count", "last"),
    "counter": ("delta", "min", "max", "count", "last"),
    "tally": ("sum", "avg", "min", "max", "count", "last"),
}
DEFAULT_STATISTIC: Final[dict[Kind, Statistic]] = {"gauge": "avg", "counter": "delta", "tally": "sum"}
SUMMARY: Final[dict[Kind, tuple[Statistic, ...]]] = {
    "gauge": ("avg", "min", "max", "count"),
    "counter": ("delta", "count"),
    "tally": ("sum", "max", "count"),
}


@dataclass(frozen=True, kw_only=True)
class LatestRow:
    """The newest row of a machine, readings by metric in column order; None where that row has none."""

    equipment: str
    ts: datetime
    readings: Mapping[str, float | None]


class Point(NamedTuple):
    """One bucket of a curve: where it starts (UTC), its value, and how many readings; None and 0 for a gap.

    A tuple, for a curve has thousands, and a frozen dataclass takes four times as long to make.
    """

    start: datetime
    value: float | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class Series:
    """A curve. The first and the last bucket hold only what lies inside the window."""

    equipment: str
    metric: str
    unit: str
    window: Window
    step: str  # ISO 8601 duration
    aggregation: Statistic
    points: tuple[Point, ...]
    evidence: Evidence


def check_meaningful(metric: Metric, statistic: Statistic) -> None:
    """InvalidInput unless the statistic means something for this kind of metric; it names those that do."""
    allowed = MEANINGFUL[metric.kind]
    if statistic not in allowed:
        what = f"{metric.label} is a {metric.kind}"
        raise InvalidInput(f"{what}: its {statistic!r} means nothing. Meaningful are {', '.join(allowed)}.")
