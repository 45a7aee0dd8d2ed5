"""Types of the readers: latest rows, points, series; and the statistics that are meaningful for each kind of metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from cc_common.catalog.equipment import Kind, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence, Statistic
from cc_common.core.windows import PlantClock, Window
from cc_common.db import Database, fetch

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
    """The newest row of a machine, readings by metric in column order; None where that row has no value.

    A tuple, because a curve has thousands, and a frozen dataclass takes four times as long to make.
    """

    equipment: str
    ts: datetime
    readings: Mapping[str, float | None]


class Point(NamedTuple):
    """One bucket of a curve: its start (UTC), value, and number of readings; None and 0 for a gap.

    A tuple, because a curve has thousands, and a frozen dataclass takes four times as long to make.
    """

    start: datetime
    value: float | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class Series:
    """A curve. The first and the last bucket cover only their part inside the window."""

    equipment: str
    metric: str
    unit: str
    window: Window
    step: str  # ISO 8601 duration
    aggregation: Statistic
    points: tuple[Point, ...]
    evidence: Evidence


def check_meaningful(metric: Metric, statistic: Statistic) -> None:
    """InvalidInput unless the statistic is meaningful for this kind of metric; the message names those that are."""
    allowed = MEANINGFUL[metric.kind]
    if statistic not in allowed:
        what = f"{metric.label} is a {metric.kind}"
        raise InvalidInput(f"{what}: {statistic!r} has no meaning for it; choose one of {', '.join(allowed)}.")


@dataclass(frozen=True)
class Store:
    """The readings of one plant."""

    database: Database
    catalog: Catalog

    @cached_property
    def clock(self) -> PlantClock:
        """The clock of the plant's hours and days."""
        return PlantClock(self.catalog.tz)

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[Any]:
        """Runs a statement and returns all its rows, in one round trip."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters)

    def tuples(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Like `rows`, as plain tuples: a curve has thousands of rows, and naming their fields takes time."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters, lambda _: tuple)
