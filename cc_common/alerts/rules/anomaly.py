"""Alarm rules on analytics: deviations, missing metrics, and drifts from expected behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cc_common.alerts.alert import NewAlert, Severity
from cc_common.alerts.snapshot import Snapshot, format_reading, whole_hours
from cc_common.alerts.store import OpenAlert
from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.expected_behaviour import Drift

DEVIATION: Final = "deviation"
MISSING: Final = "missing"
CLEAR: Final = timedelta(minutes=10)
CLEAR_READINGS: Final = 5
FAR: Final = 20.0  # robust sigmas from which the severity is warning


def find(view: Snapshot) -> Iterator[NewAlert]:
    """Finds machines that deviate, and metrics that are missing, in the newest whole hour."""
    for anomaly in view.current():
        if anomaly.kind == DEVIATION:
            yield _of_deviation(view, anomaly)
        elif anomaly.kind == "gap" and len(anomaly.metrics) == 1 and not _is_back(view, anomaly):
            yield _of_missing(view, anomaly)


def is_usual(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the machine has not deviated for some hours; False before the detector has run."""
    mine = (a for a in view.unusual.anomalies if a.equipment == alert.equipment and a.kind == DEVIATION)
    return view.unusual.are_over(anomaly.end for anomaly in mine)


def is_heard(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the metric has readings again."""
    return len(view.readings(alert.equipment, alert.metric or "", CLEAR)) >= CLEAR_READINGS


def _is_back(view: Snapshot, anomaly: Anomaly) -> bool:
    row = view.latest.get(anomaly.equipment)
    return row is not None and row.readings.get(anomaly.metrics[0]) is not None


def _of_deviation(view: Snapshot, anomaly: Anomaly) -> NewAlert:
    machine, metric = view.catalog.get(anomaly.equipment), view.catalog.metric(anomaly.equipment, anomaly.metrics[0])
    expected = "" if anomaly.expected is None else f", {format_reading(metric, anomaly.expected)} was expected"
    shown = "" if anomaly.value is None else f": {format_reading(metric, anomaly.value)} on average{expected}"
    severity: Severity = "warning" if anomaly.score >= FAR else "info"
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=DEVIATION,
        severity=severity,
        message=f"{machine.name} {metric.label} has been unusual for {_hours(anomaly)}{shown}.",
        value=anomaly.value,
        unit=metric.unit,
        evidence=anomaly.evidence,
        raised_at=view.now,
    )


def _of_missing(view: Snapshot, anomaly: Anomaly) -> NewAlert:
    machine, metric = view.catalog.get(anomaly.equipment), view.catalog.metric(anomaly.equipment, anomaly.metrics[0])
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=MISSING,
        severity="info",
        message=f"{machine.name} runs, but has told no {metric.label} for {_hours(anomaly)}.",
        unit=metric.unit,
        evidence=anomaly.evidence,
        raised_at=view.now,
    )


def _hours(anomaly: Anomaly) -> str:
    hours = whole_hours(anomaly.start, anomaly.end)
    return f"{hours} hour{'s' * (hours != 1)}"


DRIFT_KIND: Final = "drift"
DRIFT_FAR: Final = 2.0  # multiple of its limit from which the severity is warning


def find_drifts(view: Snapshot) -> Iterator[NewAlert]:
    """Finds machines that drift in the newest whole hour; one alert per machine, for its most deviating metric."""
    return (_of(view, drift) for drift in view.unusual.drifts if view.unusual.lasts(drift.end))


def is_over(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the machine has not drifted for some hours; False before the models were evaluated."""
    return view.unusual.are_over(drift.end for drift in view.unusual.drifts if drift.equipment == alert.equipment)


def _of(view: Snapshot, drift: Drift) -> NewAlert:
    machine, metric = view.catalog.get(drift.equipment), view.catalog.metric(drift.equipment, drift.metric)
    severity: Severity = "warning" if drift.excess >= DRIFT_FAR else "info"
    hours = whole_hours(drift.start, drift.end)
    cause = f": {drift.cause}" if drift.cause else ""
    means = f"{format_reading(metric, drift.value)} on average, {format_reading(metric, drift.expected)} was expected"
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=DRIFT_KIND,
        severity=severity,
        message=f"{machine.name} {metric.label} {_off(drift)} what its load explains for {hours} h{cause}. {means}.",
        value=drift.value,
        unit=metric.unit,
        evidence=drift.evidence,
        raised_at=view.now,
    )


def _off(drift: Drift) -> str:
    """The deviation in words, such as "has been 18 % above"."""
    side = "above" if drift.value > drift.expected else "below"
    share = drift.share
    return f"has been {side}" if share is None or abs(share) < 0.005 else f"has been {100 * abs(share):.0f} % {side}"
