"""Widgets of readings: one figure, several, statistics, curves."""

from __future__ import annotations

from typing import Any

from cc_common.answer.widgets.scene import MOST_CURVES, Scene, bounds, curve, items
from cc_common.window import iso


def figures(scene: Scene) -> dict[str, Any]:
    return {"items": items(scene.figures, scene)}


def first(scene: Scene) -> dict[str, Any]:
    figure = scene.figures[0]
    metric = scene.catalog.metric(figure.equipment, figure.metric)
    return {**items([figure], scene)[0], "low": metric.low, "high": metric.high}


def statistics(scene: Scene) -> dict[str, Any]:
    figures = [f for e, m in scene.subjects[:MOST_CURVES] for f in scene.readings.statistics(e, m, scene.window)]
    return {"items": items(figures, scene), **bounds(scene.window)}


def trend(scene: Scene) -> dict[str, Any]:
    """Curves of one statistic each; only the first metric's unit where several metrics differ in unit."""
    curves = [curve(e, m, scene) for e, m in scene.subjects[:MOST_CURVES]]
    if len(curves) == 1 and (band := _expected(curves[0], scene)) is not None:
        curves[0]["expected"] = band
    return {"step": curves[0]["step"], "series": curves, **bounds(scene.window)}


def _expected(curve: dict[str, Any], scene: Scene) -> dict[str, Any] | None:
    """What the machine's own model expects of each hour of a curve of means; None where there is no model."""
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
