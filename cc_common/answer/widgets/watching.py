"""Widgets of what was found unusual, what alarms and what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cc_common.alerts import PLANT, Alert
from cc_common.anomalies import Anomaly
from cc_common.answer.watching import alarming, unusual
from cc_common.answer.widgets.scene import Scene, bounds, curve, source
from cc_common.foresight import Reach
from cc_common.machines import cause_of
from cc_common.window import iso


def anomalies(scene: Scene) -> dict[str, Any]:
    """Spells out of the ordinary; of the scene's window where the answer is about something else."""
    found = scene.facts.anomalies
    if found is None:
        found = unusual(scene.plan, scene.window, scene.sources)
    return {"items": [_anomaly(a, found, scene) for a in found], "total": len(found), **bounds(scene.window)}


def alerts(scene: Scene) -> dict[str, Any]:
    """Alerts, the newest first; the open ones where the answer is about something else."""
    page = scene.facts.alerts or alarming(scene.plan, scene.sources)
    return {"items": [_alert(alert, scene) for alert in page.items], "total": page.total}


def forecast(scene: Scene) -> dict[str, Any]:
    """The curve ahead with its band, beside the time before it."""
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


def _reach(reach: Reach | None) -> dict[str, str | None] | None:
    if reach is None:
        return None
    times = {"at": reach.at, "earliest": reach.earliest, "latest": reach.latest}
    return {name: iso(at) if at else None for name, at in times.items()}


def _anomaly(anomaly: Anomaly, found: Sequence[Anomaly], scene: Scene) -> dict[str, Any]:
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
        "cause": cause_of(anomaly, scene.catalog, found),
        "source": source(anomaly.evidence),
    }


def _alert(alert: Alert, scene: Scene) -> dict[str, Any]:
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
