"""What is to come: each machine's forecast with its mean and peak, and when a level is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import chain

from cc_common.answer.crossing import already, crossed, reached
from cc_common.answer.sources import Facts, Sources
from cc_common.errors import InvalidInput, NotFound
from cc_common.evidence import Figure
from cc_common.foresight import Forecast, ForecastPoint
from cc_common.plan.model import Plan
from cc_common.window import Window


def found_ahead(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The forecast of the plan's metric for each of its machines; a note where there is not enough history for one."""
    if plan.window is None:
        return Facts()
    found = [_of_machine(machine, plan, plan.window, sources, now) for machine in plan.equipment]
    if len(found) == 1:
        return found[0]
    return Facts(figures=tuple(chain.from_iterable(facts.figures for facts in found)), each=tuple(found))


def _of_machine(machine: str, plan: Plan, window: Window, sources: Sources, now: datetime) -> Facts:
    metric = plan.metrics[0]
    stands = already(machine, plan, sources, now)
    try:
        forecast = sources.forecaster.forecast(machine, metric, window.end - now, now=now)
        figures = _figures(forecast, plan, adds_up=sources.catalog.metric(machine, metric).kind != "gauge")
        if stands:
            return Facts(figures=(stands,), forecast=forecast, stands=stands)
        if plan.threshold is None:
            return Facts(figures=figures, forecast=forecast)
        reach = reached(forecast, plan, plan.threshold, sources, now)
    except (NotFound, InvalidInput) as exc:
        return Facts(figures=(stands,), stands=stands) if stands else Facts(note=str(exc))
    crossing = crossed(forecast, plan, reach, sources, now)
    return Facts(figures=figures, forecast=forecast, reach=reach, crossing=crossing)


def _figures(forecast: Forecast, plan: Plan, *, adds_up: bool) -> tuple[Figure, ...]:
    """Mean (or total) of the window asked for; then its peak, and the bounds of the peak."""
    points = [p for p in forecast.points if plan.window is None or p.start >= plan.window.start] or list(
        forecast.points
    )
    peak = max(points, key=lambda point: (point.value, point.high))
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
