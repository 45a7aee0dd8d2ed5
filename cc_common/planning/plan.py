"""A Plan: intent, machines, metrics, window and widgets. It contains choices only, no figures of the plant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, get_args

from cc_common.core.evidence import Statistic
from cc_common.core.windows import Window
from cc_common.understanding import Resolution
from cc_common.understanding.question import Side

WidgetType = Literal[
    "kpi",
    "trend",
    "alerts",
    "comparison",
    "ranking",
    "statistics",
    "anomalies",
    "forecast",
    "table",
    "gauge",
    "summary",
]
Order = Literal["desc", "asc"]
WIDGETS: Final[tuple[WidgetType, ...]] = get_args(WidgetType)

# The statistics of a window that are meaningful for each kind of metric.
STATISTICS_OF_KIND: Final[dict[str, tuple[Statistic, ...]]] = {
    "gauge": ("avg", "min", "max"),
    "counter": ("delta",),
    "tally": ("sum", "max"),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to fetch and show. For a type or the whole plant `equipment` is empty."""

    intent: str  # a name of the intent registry
    equipment: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    window: Window | None = None  # None: the newest readings
    aggregation: Statistic | None = None
    step: str | None = None  # ISO 8601 duration of the question; None: chosen by the length of the window
    equipment_type: str | None = None
    top_n: int | None = None
    threshold: float | None = None  # forecast only: the level to reach, in the metric's unit
    side: Side | None = None  # the side of the threshold in question; None: the side opposite to the newest reading
    passed: Window | None = None  # forecast only: the requested window, when it is in the past
    order: Order | None = None
    widgets: tuple[WidgetType, ...] = ()
    reason: str | None = None  # out_of_scope only


def plan_of(kept: Mapping[str, Any]) -> Plan:
    """Parses the plan of an experience from its JSON."""
    windows = {name: _window_of(kept.get(name)) for name in ("window", "passed")}
    known = {field.name: kept[field.name] for field in fields(Plan) if field.name in kept}
    lists = {name: tuple(known[name]) for name in ("equipment", "metrics", "widgets")}
    return Plan(**known | lists | windows)


def _window_of(kept: Mapping[str, Any] | None) -> Window | None:
    if kept is None:
        return None
    start, end = (datetime.fromisoformat(kept[side]) for side in ("start", "end"))
    return Window(start=start, end=end, label=kept["label"])


def refuse_unknown_names(resolution: Resolution) -> Plan | None:
    """The out_of_scope plan when the question names something that the plant does not have; None otherwise."""
    if not resolution.unknown:
        return None
    named = " and ".join(f"{u.text!r}" for u in resolution.unknown)
    what = "metric" if resolution.unknown[0].kind == "metric" else "machine"
    nearest = [name for u in resolution.unknown for name in u.nearest][:5]
    hint = f" Did you mean {', '.join(nearest)}?" if nearest else ""
    return Plan(intent="out_of_scope", reason=f"I know no {what} called {named}.{hint}")
