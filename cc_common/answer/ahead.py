"""What is to come: a forecast's mean and peak, and when a level is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cc_common.answer.sources import Facts, Sources
from cc_common.errors import InvalidInput, NotFound
from cc_common.evidence import Figure
from cc_common.foresight import Forecast, ForecastPoint
from cc_common.plan.model import Plan


def found_ahead(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The forecast of the plan's first machine and metric; a note where there is not enough history for one."""
    if plan.window is None:
        return Facts()
    machine, metric = plan.equipment[0], plan.metrics[0]
    try:
        forecast = sources.forecaster.forecast(machine, metric, plan.window.end - now, now=now)
        reach = None
        if plan.threshold is not None:
            reach = sources.forecaster.time_to(machine, metric, plan.threshold, now=now)
    except (NotFound, InvalidInput) as exc:
        return Facts(note=str(exc))
    kind = sources.catalog.metric(machine, metric).kind
    return Facts(figures=_figures(forecast, plan, adds_up=kind != "gauge"), forecast=forecast, reach=reach)


def _figures(forecast: Forecast, plan: Plan, *, adds_up: bool) -> tuple[Figure, ...]:
    """Mean (or total) of the window asked for; then its peak, and the bounds of the peak."""
    points = [p for p in forecast.points if plan.window is None or p.start >= plan.window.start] or list(
        forecast.points
    )
    peak = max(points, key=lambda point: point.value)
    values = [p.value for p in points]
    whole = sum(values) if adds_up else sum(values) / len(values)
    return (
        _figure(forecast, whole),
        _figure(forecast, peak.value, peak),
        _figure(forecast, peak.low, peak),
        _figure(forecast, peak.high, peak),
    )


def _figure(forecast: Forecast, value: float, point: ForecastPoint | None = None) -> Figure:
    window = forecast.window
    return Figure(
        equipment=forecast.equipment,
        metric=forecast.metric,
        statistic="forecast",
        value=value,
        unit=forecast.unit,
        start=None if point else window.start,
        end=None if point else window.end,
        at=point.start if point else None,
        evidence=replace(forecast.trained_on, statistic="forecast"),
    )
