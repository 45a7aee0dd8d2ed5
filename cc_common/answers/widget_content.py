"""The content of each widget type. Figures are referenced by their index in the answer; curves have their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from cc_common.alerts import PLANT, Alert
from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.expected_behaviour import find_anomaly_cause
from cc_common.analytics.forecasting import TimeToThreshold
from cc_common.answers.answer import Facts, Ledger, Sources
from cc_common.answers.finding_facts import find_alerts, find_anomalies
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window, iso
from cc_common.planning.plan import Plan
from cc_common.timeseries import Series, TimeSeries

MAX_CURVES: Final = 5


@dataclass(frozen=True)
class WidgetContext:
    """The input of a widget. `window` has readings: the plan's, or the time before now."""

    plan: Plan
    facts: Facts
    ledger: Ledger
    sources: Sources
    window: Window
    now: datetime

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The answer's figures."""
        return self.facts.figures

    @property
    def readings(self) -> TimeSeries:
        """The plant's readings."""
        return self.sources.readings

    @property
    def catalog(self) -> Catalog:
        """The plant's catalogue."""
        return self.sources.catalog

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """(equipment, metric) pairs of the answer, in order of first mention."""
        named = [(e, m) for e in self.plan.equipment for m in self.plan.metrics]
        return list(dict.fromkeys((f.equipment, f.metric) for f in self.figures)) or named


def items(figures: Sequence[Figure], scene: WidgetContext) -> list[dict[str, Any]]:
    """The figures with their indices in the answer."""
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


def curve(equipment: str, metric: str, scene: WidgetContext) -> dict[str, Any]:
    """One curve of the scene's window with its evidence."""
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
        "source": source(series.evidence),
    }


def _series(equipment: str, metric: str, scene: WidgetContext) -> Series:
    """The series by the plan's step; where that is unknown or too fine for the window, by a suitable one."""
    try:
        return scene.readings.series(equipment, metric, scene.window, step=scene.plan.step)
    except InvalidInput:
        return scene.readings.series(equipment, metric, scene.window)


def _points(series: Series) -> list[list[Any]]:
    """[[bucket start, value or null], ...]; null is a gap."""
    return [[iso(point.start), point.value] for point in series.points]


def source(evidence: Evidence) -> dict[str, Any]:
    """Evidence as JSON values."""
    found = asdict(evidence)
    return {**found, **{k: iso(found[k]) for k in ("start", "end") if found[k]}}


def bounds(window: Window) -> dict[str, str]:
    """The start and end of a window."""
    return {"start": iso(window.start), "end": iso(window.end)}


def figures_content(scene: WidgetContext) -> dict[str, Any]:
    return {"items": items(scene.figures, scene)}


def first_content(scene: WidgetContext) -> dict[str, Any]:
    figure = scene.figures[0]
    metric = scene.catalog.metric(figure.equipment, figure.metric)
    return {**items([figure], scene)[0], "low": metric.low, "high": metric.high}


def statistics_content(scene: WidgetContext) -> dict[str, Any]:
    figures = [f for e, m in scene.subjects[:MAX_CURVES] for f in scene.readings.statistics(e, m, scene.window)]
    return {"items": items(figures, scene), **bounds(scene.window)}


def trend_content(scene: WidgetContext) -> dict[str, Any]:
    """Curves of one statistic each; with several units only those of the first metric's unit."""
    curves = [curve(e, m, scene) for e, m in scene.subjects[:MAX_CURVES]]
    if len(curves) == 1 and (band := _expected(curves[0], scene)) is not None:
        curves[0]["expected"] = band
    return {"step": curves[0]["step"], "series": curves, **bounds(scene.window)}


def _expected(curve: dict[str, Any], scene: WidgetContext) -> dict[str, Any] | None:
    """The expected value of each hour of a curve of means, by the machine's model; None without a model."""
    if scene.sources.machines is None or curve["aggregation"] != "avg":
        return None
    found = scene.sources.machines.band(curve["equipment"], curve["metric"], scene.window)
    if found is None:
        return None
    hours = (p for p in found.points if p.expected is not None and p.start >= scene.window.start)
    return {
        "points": [[iso(p.start), p.expected, p.low, p.high] for p in hours],
        "level": found.level,
        "model": {
            "version": found.version,
            "trained_from": iso(found.trained_from),
            "trained_until": iso(found.trained_until),
        },
        "error": found.error,
    }


def anomalies_content(scene: WidgetContext) -> dict[str, Any]:
    """Anomalies; those of the scene's window where the answer is about something else."""
    found = scene.facts.anomalies
    if found is None:
        found = find_anomalies(scene.plan, scene.window, scene.sources)
    return {"items": [_anomaly(a, found, scene) for a in found], "total": len(found), **bounds(scene.window)}


def alerts_content(scene: WidgetContext) -> dict[str, Any]:
    """Alerts, newest first; the open ones where the answer is about something else."""
    page = scene.facts.alerts or find_alerts(scene.plan, scene.sources)
    return {"items": [_alert(alert, scene) for alert in page.items], "total": page.total}


def forecast_content(scene: WidgetContext) -> dict[str, Any]:
    """The forecast with its interval, and the history before it."""
    found = scene.facts.forecast
    if found is None:
        return {}
    metric = scene.catalog.metric(found.equipment, found.metric)
    return {
        "equipment": found.equipment,
        "name": scene.catalog.get(found.equipment).name,
        "metric": found.metric,
        "label": metric.label,
        "unit": found.unit,
        "step": found.step,
        "level": found.level,
        "points": [[iso(p.start), p.value, p.low, p.high] for p in found.points],
        "history": curve(found.equipment, found.metric, scene),
        "method": found.method,
        "error": found.error,
        "caution": found.caution,
        "threshold": scene.plan.threshold,
        "reach": _reach(scene.facts.crossing or scene.facts.reach),
        "source": source(found.trained_on),
        **bounds(found.window),
    }


def _reach(reach: TimeToThreshold | None) -> dict[str, str | None] | None:
    if reach is None:
        return None
    times = {"at": reach.at, "earliest": reach.earliest, "latest": reach.latest}
    return {name: iso(at) if at else None for name, at in times.items()}


def _anomaly(anomaly: Anomaly, found: Sequence[Anomaly], scene: WidgetContext) -> dict[str, Any]:
    metrics = [scene.catalog.metric(anomaly.equipment, name) for name in anomaly.metrics]
    return {
        "equipment": anomaly.equipment,
        "name": scene.catalog.get(anomaly.equipment).name,
        "metrics": list(anomaly.metrics),
        "labels": [metric.label for metric in metrics],
        "kind": anomaly.kind,
        "start": iso(anomaly.start),
        "end": iso(anomaly.end),
        "score": anomaly.score,
        "value": anomaly.value,
        "expected": anomaly.expected,
        "unit": anomaly.unit,
        "cause": find_anomaly_cause(anomaly, scene.catalog, found),
        "source": source(anomaly.evidence),
    }


def _alert(alert: Alert, scene: WidgetContext) -> dict[str, Any]:
    times = {"raised_at": alert.raised_at, "acknowledged_at": alert.acknowledged_at, "cleared_at": alert.cleared_at}
    return {
        "alert_id": alert.id,
        "equipment": alert.equipment,
        "name": "The plant" if alert.equipment == PLANT else scene.catalog.name_of(alert.equipment),
        "metric": alert.metric,
        "kind": alert.kind,
        "severity": alert.severity,
        "state": alert.state,
        "message": alert.message,
        "value": alert.value,
        "limit": alert.limit,
        "unit": alert.unit,
        **{name: iso(at) if at else None for name, at in times.items()},
    }
