"""A generated question and its plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cc_common.core.evidence import Statistic
from cc_common.planning.plan import Order, WidgetType

STATISTIC_OF_KIND: Final[dict[str, Statistic]] = {"gauge": "avg", "counter": "delta", "tally": "sum"}
STATISTICS_OF_KIND: Final[dict[str, tuple[Statistic, ...]]] = {
    "gauge": ("avg", "max", "min"),
    "counter": ("delta",),
    "tally": ("sum", "max"),
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The plan fields that the model chooses, with ids as names; `before`: the question that it follows up."""

    question: str
    intent: str
    equipment: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    equipment_type: str | None = None
    aggregation: Statistic | None = None
    order: Order | None = None
    reason: str | None = None
    widgets: tuple[WidgetType, ...] = ()
    before: Sample | None = None
