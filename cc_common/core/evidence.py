"""Provenance: which rows of which table a figure was computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Statistic = Literal["avg", "min", "max", "sum", "count", "last", "delta"]
Shown = Statistic | Literal["forecast"]  # a forecast is no statistic of rows, but is computed from them


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`statistic` of `column` over the `rows` readings of `table` with start <= ts < end that are not null.

    delta is the last minus the first reading of a running counter. For last, the window is the reading's own minute;
    for forecast, the history it was made from.
    """

    table: str
    column: str
    statistic: Shown
    start: datetime | None
    end: datetime | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of an answer, not rounded; `start`/`end` for the statistic of a window, `at` for a single reading."""

    equipment: str
    metric: str
    statistic: Shown
    value: float
    unit: str
    start: datetime | None = None
    end: datetime | None = None
    at: datetime | None = None
    evidence: Evidence
