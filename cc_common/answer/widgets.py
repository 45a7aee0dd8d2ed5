"""What each widget type shows of a plan. Figures are named by their place in the answer; curves carry their source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cc_common.answer.model import Ledger, Widget
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.evidence import Evidence, Figure
from cc_common.plan.model import Plan, WidgetType
from cc_common.timeseries import Series, TimeSeries
from cc_common.window import Window, iso

MOST_CURVES: Final = 5
CONTEXT_HOURS: Final = 24  # of a curve beside a reading that asked for no window


@dataclass(frozen=True)
class Scene:
    """What a widget may draw on."""

    plan: Plan
    figures: tuple[Figure, ...]
    ledger: Ledger
    readings: TimeSeries
    catalog: Catalog
    window: Window

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """(equipment, metric) pairs of the answer, in order of first mention."""
        return list(dict.fromkeys((f.equipment, f.metric) for f in self.figures))


def build(
    plan: Plan, figures: tuple[Figure, ...], ledger: Ledger, readings: TimeSeries, catalog: Catalog, *, now: datetime
) -> tuple[Widget, ...]:
    """The plan's widgets in its order."""
    window = plan.window or Window(start=now - timedelta(hours=CONTEXT_HOURS), end=now, label=f"PT{CONTEXT_HOURS}H")
    scene = Scene(plan, figures, ledger, readings, catalog, window)
    return tuple(_widget(kind, scene) for kind in plan.widgets)


def _widget(kind: WidgetType, scene: Scene) -> Widget:
    subjects = scene.subjects
    return Widget(
        type=kind,
        title=_title(kind, scene),
        equipment=tuple(dict.fromkeys(e for e, _ in subjects)),
        metrics=tuple(dict.fromkeys(m for _, m in subjects)),
        data=_DATA[kind](scene),
    )


def _title(kind: WidgetType, scene: Scene) -> str:
    machines = list(dict.fromkeys(e for e, _ in scene.subjects))
    metrics = list(dict.fromkeys(scene.catalog.metric(e, m).label for e, m in scene.subjects))
    who = scene.catalog.get(machines[0]).name if len(machines) == 1 else _crowd(machines, scene)
    return f"{who}: {', '.join(metrics[:2])}" if len(metrics) <= 2 else who


def _crowd(machines: list[str], scene: Scene) -> str:
    if len(machines) <= 3:
        return ", ".join(scene.catalog.get(e).name for e in machines)
    types = {scene.catalog.get(e).type for e in machines}
    plural = scene.catalog.type(types.pop()).plural if len(types) == 1 else "the plant"
    return f"{plural[0].upper()}{plural[1:]}"


def _items(figures: Sequence[Figure], scene: Scene) -> list[dict[str, Any]]:
    return [
        {
            "value_index": scene.ledger.place(f),
            "equipment": f.equipment,
            "name": scene.catalog.get(f.equipment).name,
            "metric": f.metric,
            "label": scene.catalog.metric(f.equipment, f.metric).label,
            "statistic": f.statistic,
            "value": f.value,
            "unit": f.unit,
        }
        for f in figures
    ]


def _figures(scene: Scene) -> dict[str, Any]:
    return {"items": _items(scene.figures, scene)}


def _first(scene: Scene) -> dict[str, Any]:
    figure = scene.figures[0]
    metric = scene.catalog.metric(figure.equipment, figure.metric)
    return {**_items([figure], scene)[0], "low": metric.low, "high": metric.high}


def _statistics(scene: Scene) -> dict[str, Any]:
    figures = [f for e, m in scene.subjects[:MOST_CURVES] for f in scene.readings.statistics(e, m, scene.window)]
    return {"items": _items(figures, scene), **_bounds(scene.window)}


def _trend(scene: Scene) -> dict[str, Any]:
    """Curves of one statistic each; only the first metric's unit where several metrics differ in unit."""
    curves = [_curve(e, m, scene) for e, m in scene.subjects[:MOST_CURVES]]
    return {"step": curves[0]["step"], "series": curves, **_bounds(scene.window)}


def _curve(equipment: str, metric: str, scene: Scene) -> dict[str, Any]:
    series = _series(equipment, metric, scene)
    return {
        "equipment": equipment,
        "name": scene.catalog.get(equipment).name,
        "metric": metric,
        "label": scene.catalog.metric(equipment, metric).label,
        "unit": series.unit,
        "step": series.step,
        "aggregation": series.aggregation,
        "points": _points(series),
        "source": _source(series.evidence),
    }


def _series(equipment: str, metric: str, scene: Scene) -> Series:
    """By the step asked for; where that step is unknown or too fine for the window, by the one that suits it."""
    try:
        return scene.readings.series(equipment, metric, scene.window, step=scene.plan.step)
    except InvalidInput:
        return scene.readings.series(equipment, metric, scene.window)


def _points(series: Series) -> list[list[Any]]:
    """[[bucket start, value or null], ...]; a null is a gap to be shown as one."""
    return [[iso(point.start), point.value] for point in series.points]


def _source(evidence: Evidence) -> dict[str, Any]:
    found = asdict(evidence)
    return {**found, **{k: iso(found[k]) for k in ("start", "end") if found[k]}}


def _bounds(window: Window) -> dict[str, str]:
    return {"start": iso(window.start), "end": iso(window.end)}


_DATA: Final[dict[str, Callable[[Scene], dict[str, Any]]]] = {
    "kpi": _first,
    "gauge": _first,
    "trend": _trend,
    "statistics": _statistics,
    "comparison": _figures,
    "ranking": _figures,
    "table": _figures,
    "summary": _figures,
}
