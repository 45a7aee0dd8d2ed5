"""A generated question and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STATISTIC_OF_KIND: Final = {"gauge": "avg", "counter": "delta", "tally": "sum"}
STATISTICS_OF_KIND: Final = {"gauge": ("avg", "max", "min"), "counter": ("delta",), "tally": ("sum", "max")}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The fields of a plan that the model chooses, names still as ids; `before` is the question it follows up."""

    question: str
    intent: str
    equipment: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    equipment_type: str | None = None
    aggregation: str | None = None
    order: str | None = None
    reason: str | None = None
    widgets: tuple[str, ...] = ()
    before: Sample | None = None
