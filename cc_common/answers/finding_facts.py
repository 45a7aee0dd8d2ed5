"""Figures of anomalies, alerts and forecasts, each with evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from cc_common import alerts
from cc_common.alerts import Alert
from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.forecasting import Forecast, ForecastPoint, TimeToThreshold
from cc_common.answers.answer import Facts, Sources
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.planning.plan import Plan
from cc_common.understanding.question import Side

_FRESH: Final = timedelta(hours=1)  # an older reading is not current


def find_reading_beyond(machine: str, plan: Plan, sources: Sources, now: datetime) -> Figure | None:
    """The newest reading, where it is beyond the plan's threshold and the plan's window has begun."""
    metric = sources.catalog.metric(machine, plan.metrics[0])
    if plan.threshold is None or plan.side is None or metric.kind != "gauge" or _later(plan, now):
        return None
    newest = next(iter(sources.readings.latest(machine, [metric.name])), None)
    if newest is None or newest.at is None or now - newest.at > _FRESH:
        return None
    return newest if _beyond(newest.value, plan.threshold, plan.side) else None


def find_time_to_threshold(
    forecast: Forecast, plan: Plan, threshold: float, sources: Sources, now: datetime
) -> TimeToThreshold:
    """When the level is first reached from now on, on the plan's side of the threshold.

    The newest hour may be beyond it while the newest reading is not: then the forecast's points determine it.
    """
    found = sources.forecaster.time_to(forecast.equipment, forecast.metric, threshold, now=now)
    gauge = sources.catalog.metric(forecast.equipment, forecast.metric).kind == "gauge"
    if plan.side is None or not gauge or not _beyond(found.value, threshold, plan.side):
        return found
    return _by_points(found, forecast, forecast.points, plan.side)


def find_time_in_window(
    forecast: Forecast, plan: Plan, reach: TimeToThreshold, sources: Sources, now: datetime
) -> TimeToThreshold | None:
    """When the level is reached in a window that begins later: at its first step, where the value is beyond it then.

    None for a window that has begun, and for counters and tallies, whose steps are no level.
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


def _by_points(
    reach: TimeToThreshold, forecast: Forecast, points: Sequence[ForecastPoint], side: Side
) -> TimeToThreshold:
    """The first points at which the value, and its bounds, are beyond the level."""
    first, last = ("high", "low") if side == "above" else ("low", "high")
    at, earliest, latest = (
        next((p.start for p in points if _beyond(getattr(p, name), reach.threshold, side)), None)
        for name in ("value", first, last)
    )
    horizon, method = forecast.window.end, forecast.method
    return replace(reach, at=at, earliest=earliest, latest=latest, horizon=horizon, method=method)


def _beyond(value: float, threshold: float, side: Side) -> bool:
    return value >= threshold if side == "above" else value <= threshold


def forecast_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The forecast of the plan's metric for each machine; a note where one has not enough history."""
    if plan.window is None:
        return Facts()
    found = [_of_machine(machine, plan, plan.window, sources, now) for machine in plan.equipment]
    if len(found) == 1:
        return found[0]
    return Facts(figures=tuple(chain.from_iterable(facts.figures for facts in found)), each=tuple(found))


def _of_machine(machine: str, plan: Plan, window: Window, sources: Sources, now: datetime) -> Facts:
    metric = plan.metrics[0]
    stands = find_reading_beyond(machine, plan, sources, now)
    try:
        forecast = sources.forecaster.forecast(machine, metric, window.end - now, now=now)
        figures = _figures(forecast, plan, adds_up=sources.catalog.metric(machine, metric).kind != "gauge")
        if stands:
            return Facts(figures=(stands,), forecast=forecast, stands=stands)
        if plan.threshold is None:
            return Facts(figures=figures, forecast=forecast)
        reach = find_time_to_threshold(forecast, plan, plan.threshold, sources, now)
    except (NotFound, InvalidInput) as exc:
        return Facts(figures=(stands,), stands=stands) if stands else Facts(note=str(exc))
    crossing = find_time_in_window(forecast, plan, reach, sources, now)
    return Facts(figures=figures, forecast=forecast, reach=reach, crossing=crossing)


def _figures(forecast: Forecast, plan: Plan, *, adds_up: bool) -> tuple[Figure, ...]:
    """Mean (or total) of the plan's window; then its peak, and the bounds of the peak."""
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


MAX_FIGURES: Final = 20  # findings with figures; the lists have the others
MAX_ALERTS: Final = 100


def anomaly_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The anomalies of the plan's window, strongest first, each with the mean of its readings."""
    if plan.window is None:
        return Facts()
    try:
        found = find_anomalies(plan, plan.window, sources)
    except InvalidInput as exc:  # a window too long to search
        return Facts(note=str(exc))
    values = chain.from_iterable(anomaly_figures(anomaly)[:1] for anomaly in found[:MAX_FIGURES])
    return Facts(anomalies=found, figures=tuple(values))


def find_anomalies(plan: Plan, window: Window, sources: Sources) -> tuple[Anomaly, ...]:
    """The anomalies of the plan's machines, type or plant, strongest first."""
    if plan.equipment:
        metric = plan.metrics[0] if plan.intent == "anomalies" and plan.metrics else None
        found = [a for e in plan.equipment for a in sources.anomalies.detect(e, window, metric=metric)]
    else:
        found = list(sources.anomalies.fleet(window, equipment_type=plan.equipment_type))
    return tuple(sorted(found, key=lambda a: (-a.score, a.start)))


def alert_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """Alerts raised in the plan's window; without a window, the open ones."""
    page = find_alerts(plan, sources)
    figures = (alert_figure(alert, sources.catalog) for alert in page.items[:MAX_FIGURES])
    return Facts(alerts=page, figures=tuple(f for f in figures if f is not None))


def find_alerts(plan: Plan, sources: Sources) -> alerts.AlertPage:
    """The alerts of the plan's machines, type or plant, newest first."""
    machines = plan.equipment
    if not machines and plan.equipment_type:
        machines = tuple(e.id for e in sources.catalog.of_type(plan.equipment_type))
    window = plan.window if plan.intent == "alerts" else None
    return alerts.find(
        sources.app, state=None if window else "open", equipment=machines or None, window=window, limit=MAX_ALERTS
    )


def anomaly_figures(anomaly: Anomaly) -> tuple[Figure, ...]:
    """The anomaly's value and, if it has one, its expected value; () without readings."""
    if anomaly.value is None or anomaly.evidence.rows < 1:
        return ()
    value = _anomaly_figure(anomaly, anomaly.value, anomaly.evidence)
    if anomaly.expected is None:
        return (value,)
    # The expectation is a forecast from the same rows and the learned model, no statistic of the rows.
    return value, _anomaly_figure(anomaly, anomaly.expected, replace(anomaly.evidence, statistic="forecast"))


def _anomaly_figure(anomaly: Anomaly, value: float, evidence: Evidence) -> Figure:
    return Figure(
        equipment=anomaly.equipment,
        metric=anomaly.metrics[0],
        statistic=evidence.statistic,
        value=value,
        unit=anomaly.unit,
        start=anomaly.start,
        end=anomaly.end,
        evidence=evidence,
    )


def alert_figure(alert: Alert, catalog: Catalog) -> Figure | None:
    """The reading or statistic that raised the alert; None without one, or where the catalogue lacks its metric.

    A single reading has its own time and no window, like TimeSeries.latest, so that both figures are equal.
    """
    evidence = alert.evidence
    if alert.value is None or alert.metric is None or evidence is None or evidence.rows < 1:
        return None
    if not catalog.measures(alert.equipment, alert.metric):
        return None
    last = evidence.statistic == "last"
    return Figure(
        equipment=alert.equipment,
        metric=alert.metric,
        statistic=evidence.statistic,
        value=alert.value,
        unit=alert.unit,
        start=None if last else evidence.start,
        end=None if last else evidence.end,
        at=evidence.start if last else None,
        evidence=evidence,
    )
