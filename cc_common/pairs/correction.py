"""From a correction (part of a plan, as the API takes it) to the line that says it, for the prompt it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput, NotFound
from cc_common.evidence import Statistic
from cc_common.pairs.ground import Ground
from cc_common.plan import WIDGETS_OF, Plan, WidgetType, render
from cc_common.plan.language import REASONS
from cc_common.plan.model import OF_TYPES, STATISTICS_OF_KIND
from cc_common.plan.reading import NEEDS
from cc_common.window import Window

_OF_MACHINES: Final = ("latest", "trend", "statistics", "compare", "forecast")


def corrected_line(ground: Ground, correction: Mapping[str, Any], catalog: Catalog) -> str | None:
    """The line of the better plan; None where this prompt does not let the model say it.

    What the correction leaves out stays as it was, or, where another intent needs more, is what the question names.
    """
    wanted = {part: value for part, value in correction.items() if value is not None}
    try:
        line = render(_plan(ground, wanted, catalog), ground.resolution)
    except (InvalidInput, NotFound, LookupError):
        return None
    return line if ground.grammar.admits(line) else None


def _plan(ground: Ground, wanted: Mapping[str, Any], catalog: Catalog) -> Plan:
    plan, resolution = ground.plan, ground.resolution
    intent = wanted.get("intent", plan.intent)
    if intent == "out_of_scope":
        return Plan(intent=intent, reason=plan.reason if plan.intent == intent else REASONS["topic"])
    equipment = _equipment(ground, wanted, intent)
    kind = None if equipment else _type(ground, wanted, intent)
    metrics = _metrics(ground, wanted, intent)
    shown = kind or (catalog.get(equipment[0]).type if equipment else "")
    return Plan(
        intent=intent,
        equipment=equipment,
        equipment_type=kind,
        metrics=metrics,
        aggregation=_aggregation(ground, wanted, intent, catalog.type(shown), metrics)
        if "aggregation" in NEEDS[intent]
        else None,
        order=wanted.get("order") or plan.order or "desc" if intent == "rank" else None,
        top_n=wanted.get("top_n") or plan.top_n or next(iter(resolution.numbers), None),
        window=_window(ground, wanted.get("window"), intent),
        widgets=_widgets(ground, wanted, intent),
    )


def _equipment(ground: Ground, wanted: Mapping[str, Any], intent: str) -> tuple[str, ...]:
    if intent in OF_TYPES and ("equipment_type" in wanted or intent in ("rank", "list")):
        return ()
    named = tuple(e.id for e in ground.resolution.equipment) if intent in _OF_MACHINES else ()
    return tuple(wanted.get("equipment") or ground.plan.equipment or named)


def _type(ground: Ground, wanted: Mapping[str, Any], intent: str) -> str | None:
    """The type asked about; None for the whole plant."""
    found = wanted.get("equipment_type") or ground.plan.equipment_type
    return found or (ground.resolution.equipment_types[0] if intent in ("rank", "list") else None)


def _metrics(ground: Ground, wanted: Mapping[str, Any], intent: str) -> tuple[str, ...]:
    if "metrics" in NEEDS[intent]:
        return tuple(wanted.get("metrics") or ground.plan.metrics or [m.name for m in ground.resolution.metrics[:1]])
    kept = ground.plan.metrics if ground.plan.intent == intent else ()
    return tuple(wanted.get("metrics", kept)) if intent == "anomalies" else ()


def _aggregation(
    ground: Ground, wanted: Mapping[str, Any], intent: str, shown: EquipmentType, metrics: tuple[str, ...]
) -> Statistic | None:
    if "aggregation" in wanted:
        return wanted["aggregation"]  # type: ignore[no-any-return]
    metric = shown.metric(metrics[0]) if metrics else None
    allowed = STATISTICS_OF_KIND[metric.kind] if metric else ()
    kept = ground.plan.aggregation if ground.plan.intent == intent or ground.plan.aggregation in allowed else None
    return kept or allowed[0]


def _window(ground: Ground, wanted: Mapping[str, Any] | None, intent: str) -> Window | None:
    """The one of the question's windows that is meant; code chooses where it has one or none."""
    windows = ground.resolution.windows
    if wanted:
        offered = windows or ((ground.plan.window,) if ground.plan.window else ())
        meant = [w for w in offered if _is_meant(w, wanted)]
        return meant[0]
    if intent in ("latest", "list") or len(windows) < 2:
        return None
    return ground.plan.window if ground.plan.window in windows else windows[0]


def _is_meant(window: Window, wanted: Mapping[str, Any]) -> bool:
    ends = {side: datetime.fromisoformat(wanted[side]) for side in ("start", "end") if wanted.get(side)}
    label = wanted.get("label")
    return (not label or label == window.label) and all(getattr(window, side) == at for side, at in ends.items())


def _widgets(ground: Ground, wanted: Mapping[str, Any], intent: Any) -> tuple[WidgetType, ...]:
    possible = WIDGETS_OF[intent]
    shown = dict.fromkeys(w.type for w in ground.experience.widgets)
    kept = tuple(w for w in shown if w in possible)
    return tuple(wanted.get("widgets", ())) or kept or possible[:1]
