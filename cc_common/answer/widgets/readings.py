"""Widgets of readings: one figure, several, statistics, curves."""

from __future__ import annotations

from typing import Any

from cc_common.answer.widgets.scene import MOST_CURVES, Scene, bounds, curve, items


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
    return {"step": curves[0]["step"], "series": curves, **bounds(scene.window)}
