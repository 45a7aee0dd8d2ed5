"""When a level is crossed: from the side that the question asks about, and within its window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from cc_common.answer.sources import Sources
from cc_common.catalog.resolution.levels import Side
from cc_common.evidence import Figure
from cc_common.foresight import Forecast, ForecastPoint, Reach
from cc_common.plan.model import Plan

_FRESH: Final = timedelta(hours=1)  # an older reading does not say where the metric stands


def already(machine: str, plan: Plan, sources: Sources, now: datetime) -> Figure | None:
    """The newest reading, where it is on the side asked about and the time asked about has begun."""
    metric = sources.catalog.metric(machine, plan.metrics[0])
    if plan.threshold is None or plan.side is None or metric.kind != "gauge" or _later(plan, now):
        return None
    newest = next(iter(sources.readings.latest(machine, [metric.name])), None)
    if newest is None or newest.at is None or now - newest.at > _FRESH:
        return None
    return newest if _beyond(newest.value, plan.threshold, plan.side) else None


def reached(forecast: Forecast, plan: Plan, threshold: float, sources: Sources, now: datetime) -> Reach:
    """When the level is reached from now on, from the side asked about.

    The newest hour may lie beyond it while the newest reading does not: then the forecast's own points tell.
    """
    found = sources.forecaster.time_to(forecast.equipment, forecast.metric, threshold, now=now)
    gauge = sources.catalog.metric(forecast.equipment, forecast.metric).kind == "gauge"
    if plan.side is None or not gauge or not _beyond(found.value, threshold, plan.side):
        return found
    return _by_points(found, forecast, forecast.points, plan.side)


def crossed(forecast: Forecast, plan: Plan, reach: Reach, sources: Sources, now: datetime) -> Reach | None:
    """When the level is reached in a window that begins later: with its first step, where it is beyond by then.

    None for a window that has begun, and for what adds up, whose steps are no level.
    """
    gauge = sources.catalog.metric(forecast.equipment, forecast.metric).kind == "gauge"
    if plan.window is None or not gauge or not _later(plan, now):
        return None
    points = [point for point in forecast.points if point.start >= plan.window.start]
    if not points:
        return None
    side: Side = "above" if points[0].value < reach.threshold else "below"
    return _by_points(reach, forecast, points, plan.side or side)


def _later(plan: Plan, now: datetime) -> bool:
    return plan.window is not None and plan.window.start > now


def _by_points(reach: Reach, forecast: Forecast, points: Sequence[ForecastPoint], side: Side) -> Reach:
    """The first points whose value, and whose bounds, are beyond the level."""
    first, last = ("high", "low") if side == "above" else ("low", "high")
    at, earliest, latest = (
        next((p.start for p in points if _beyond(getattr(p, name), reach.threshold, side)), None)
        for name in ("value", first, last)
    )
    horizon, method = forecast.window.end, forecast.method
    return replace(reach, at=at, earliest=earliest, latest=latest, horizon=horizon, method=method)


def _beyond(value: float, threshold: float, side: Side) -> bool:
    return value >= threshold if side == "above" else value <= threshold
