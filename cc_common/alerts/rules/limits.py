"""Alarm limits of the catalogue: exceeding one for some minutes raises, a return well inside for longer clears."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cc_common.alerts.alert import NewAlert, Severity
from cc_common.alerts.snapshot import FRESH, OBSERVATION, Snapshot, find_limit_passed, format_reading
from cc_common.alerts.store import OpenAlert
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.timeseries.window_figures import reading_figure as figure_of

KIND: Final = "out_of_range"
RAISE_MINUTES: Final = 5  # consecutive readings
CLEAR: Final = timedelta(minutes=10)
CLEAR_READINGS: Final = 5
FAR_PAST: Final = 0.1  # share of the limit, or of the band between two, from which it is critical
MARGIN: Final = 0.02  # deadband inside a limit, likewise


def find(view: Snapshot) -> Iterator[NewAlert]:
    """Finds metrics outside a limit."""
    for machine_id in view.recent:
        machine = view.catalog.get(machine_id)
        for metric in view.catalog.type(machine.type).metrics:
            if (alert := _of_metric(view, machine, metric)) is not None:
                yield alert


def is_resolved(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the metric has been well inside its limits for some minutes; False without readings."""
    metric = view.catalog.metric(alert.equipment, alert.metric or "")
    inner = limit_margin(metric)
    values = [value for _, value in view.readings(alert.equipment, metric.name, CLEAR)]
    inside = (
        (metric.low is None or value >= metric.low + inner) and (metric.high is None or value <= metric.high - inner)
        for value in values
    )
    return len(values) >= CLEAR_READINGS and all(inside)


def limit_margin(metric: Metric, share: float = MARGIN) -> float:
    """A share of the band between two limits, or of the only one."""
    if metric.low is not None and metric.high is not None:
        return share * (metric.high - metric.low)
    return share * abs(metric.low if metric.low is not None else metric.high or 0.0)


def _of_metric(view: Snapshot, machine: Equipment, metric: Metric) -> NewAlert | None:
    newest = view.readings(machine.id, metric.name, OBSERVATION)[:RAISE_MINUTES]
    limits = [find_limit_passed(metric, value) for _, value in newest]
    if len(newest) < RAISE_MINUTES or None in limits or newest[0][0] < view.now - FRESH:
        return None
    (at, value), limit = newest[0], limits[0] or 0.0
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=KIND,
        severity=_severity(metric, value, limit),
        message=_message(machine, metric, value, limit),
        value=value,
        limit=limit,
        unit=metric.unit,
        evidence=figure_of(machine, metric, value, at).evidence,
        raised_at=view.now,
    )


def _severity(metric: Metric, value: float, limit: float) -> Severity:
    return "critical" if abs(value - limit) > limit_margin(metric, FAR_PAST) else "warning"


def _message(machine: Equipment, metric: Metric, value: float, limit: float) -> str:
    side = "above" if value > limit else "below"
    read, bound = format_reading(metric, value), format_reading(metric, limit)
    return f"{machine.name} {metric.label} is {read}, {side} its limit of {bound}."
