"""Builds the plan's widgets in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from cc_common.answers import widget_content
from cc_common.answers.answer import Facts, Ledger, Sources, Widget
from cc_common.answers.widget_content import WidgetContext
from cc_common.core.windows import Window
from cc_common.planning.plan import Plan, WidgetType

CONTEXT_HOURS: Final = 24  # length of a curve beside a reading without a window, or beside a forecast
_DATA: Final[dict[WidgetType, Callable[[WidgetContext], dict[str, Any]]]] = {
    "kpi": widget_content.first_content,
    "gauge": widget_content.first_content,
    "trend": widget_content.trend_content,
    "statistics": widget_content.statistics_content,
    "comparison": widget_content.figures_content,
    "ranking": widget_content.figures_content,
    "table": widget_content.figures_content,
    "summary": widget_content.figures_content,
    "anomalies": widget_content.anomalies_content,
    "alerts": widget_content.alerts_content,
    "forecast": widget_content.forecast_content,
}
_SINGLE: Final = ("kpi", "gauge")
_LISTS: Final = ("alerts", "anomalies")
_OF_FIGURES: Final = ("kpi", "gauge", "statistics", "comparison", "ranking", "summary")


def build_widgets(plan: Plan, facts: Facts, ledger: Ledger, sources: Sources, *, now: datetime) -> tuple[Widget, ...]:
    """The plan's widgets in its order, without those that have nothing to show."""
    window = plan.window if plan.window and plan.intent != "forecast" else _before(now)
    scene = WidgetContext(plan, facts, ledger, sources, window, now)
    shown = ((kind, each) for kind in plan.widgets for each in _scenes(kind, scene))
    return tuple(_widget(kind, each) for kind, each in shown if _has_anything(kind, each))


def _scenes(kind: WidgetType, scene: WidgetContext) -> list[WidgetContext]:
    """One scene for each machine's forecast; otherwise one for the whole answer."""
    each = scene.facts.each if kind == "forecast" else ()
    return [replace(scene, facts=facts) for facts in each] or [scene]


def _before(now: datetime) -> Window:
    return Window(start=now - timedelta(hours=CONTEXT_HOURS), end=now, label=f"PT{CONTEXT_HOURS}H")


def _has_anything(kind: WidgetType, scene: WidgetContext) -> bool:
    """Tells whether a widget has content: a list may be empty, a figure or a curve may not."""
    if scene.facts.note is not None:
        return False
    if kind in _OF_FIGURES:
        return bool(scene.figures)
    if kind == "forecast":
        return scene.facts.forecast is not None
    watched = scene.facts.anomalies is not None or scene.facts.alerts is not None
    if kind == "trend":
        return bool(scene.subjects if watched else scene.figures)
    return watched or bool(scene.figures)


def _widget(kind: WidgetType, scene: WidgetContext) -> Widget:
    subjects = scene.subjects
    return Widget(
        type=kind,
        title=_title(kind, scene),
        equipment=tuple(dict.fromkeys(e for e, _ in subjects)) or scene.plan.equipment,
        metrics=tuple(dict.fromkeys(m for _, m in subjects)),
        data=_DATA[kind](scene),
    )


def _title(kind: WidgetType, scene: WidgetContext) -> str:
    """The title: "Chiller 1: power consumption", "Chillers: alerts"."""
    if kind in _LISTS:
        return f"{_who(list(scene.plan.equipment), scene)}: {kind}"
    subjects = scene.subjects[:1] if kind in _SINGLE else scene.subjects
    of_type = scene.plan.equipment_type is not None and kind not in _SINGLE
    who = _who([] if of_type else list(dict.fromkeys(e for e, _ in subjects)) or list(scene.plan.equipment), scene)
    metrics = list(dict.fromkeys(scene.catalog.metric(e, m).label for e, m in subjects))
    return f"{who}: {', '.join(metrics)}" if 0 < len(metrics) <= 2 else who


def _who(machines: list[str], scene: WidgetContext) -> str:
    """The names of up to three machines; of more, the plural of their common type, or the plant."""
    if 0 < len(machines) <= 3:
        return ", ".join(scene.catalog.get(machine).name for machine in machines)
    types = {scene.catalog.get(machine).type for machine in machines} or {scene.plan.equipment_type} - {None}
    plural = scene.catalog.type(types.pop() or "").plural if len(types) == 1 else "the plant"
    return f"{plural[0].upper()}{plural[1:]}"
