"""What the readers share: rows of the newest readings, points, series, and which statistic suits which metric."""

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


@dataclass(frozen=True)
class Store:
    """The readings of one plant."""

    database: Database
    catalog: Catalog

    @cached_property
    def clock(self) -> PlantClock:
        """The clock by which the plant's hours and days are cut."""
        return PlantClock(self.catalog.tz)

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows of a statement, in one round trip."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters)

    def tuples(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same as plain tuples: a curve has rows by the thousand, and naming their fields takes time."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters, lambda _: tuple)
