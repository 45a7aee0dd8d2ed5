"""Stuck sensors: one alert per sensor, or one per machine where several are stuck, as then the connection is faulty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from math import isclose
from operator import attrgetter
from typing import Final

from cc_common.alerts.alert import NewAlert
from cc_common.alerts.snapshot import Snapshot, format_reading
from cc_common.alerts.store import OpenAlert
from cc_common.analytics.data_quality import StuckSensor
from cc_common.core.evidence import Evidence

KIND: Final = "stuck"
CLEAR: Final = timedelta(minutes=10)
SEVERAL: Final = 3


def find(view: Snapshot) -> Iterator[NewAlert]:
    """Finds stuck sensors."""
    still = sorted((*view.frozen, *_told(view)), key=attrgetter("equipment"))
    for machine_id, group in groupby(still, key=attrgetter("equipment")):
        sensors = list(group)
        if len(sensors) > SEVERAL:
            yield _of_machine(view, machine_id, sensors)
        else:
            yield from (_of_sensor(view, sensor) for sensor in sensors)


def is_resolved(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the sensor has moved."""
    if alert.metric is not None:
        return any(_moved(value, alert.value) for _, value in view.readings(alert.equipment, alert.metric, CLEAR))
    metrics = view.catalog.type_of(alert.equipment).metrics
    return any(len({value for _, value in view.readings(alert.equipment, m.name, CLEAR)}) > 1 for m in metrics)


def _told(view: Snapshot) -> Iterator[StuckSensor]:
    """The detector's stuck sensors of machines with a baseline, unless they have moved since."""
    for anomaly in view.current():
        row, metric = view.latest.get(anomaly.equipment), anomaly.metrics[0]
        value = row.readings.get(metric) if row else None
        if anomaly.kind == KIND and anomaly.value is not None and not (value is None or _moved(value, anomaly.value)):
            yield StuckSensor(
                equipment=anomaly.equipment,
                metric=metric,
                value=value,
                since=anomaly.start,
                until=anomaly.end,
                rows=anomaly.evidence.rows,
                expected=anomaly.expected,
            )


def _moved(value: float, stood_at: float | None) -> bool:
    """Whether the reading differs from the value; a mean of equal readings equals them within rounding."""
    return stood_at is None or not isclose(value, stood_at, rel_tol=1e-6)


def _of_sensor(view: Snapshot, sensor: StuckSensor) -> NewAlert:
    machine, metric = view.catalog.get(sensor.equipment), view.catalog.metric(sensor.equipment, sensor.metric)
    hours, stood = (sensor.until - sensor.since) / timedelta(hours=1), format_reading(metric, sensor.value)
    expected = sensor.value if sensor.expected is None else sensor.expected
    is_off = abs(expected - sensor.value) > 0.5 * 10**-metric.decimals
    instead = f", {format_reading(metric, expected)} was expected on average" if is_off else ""
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=KIND,
        severity="info",
        message=f"{machine.name} {metric.label} has stood at {stood} for {hours:.1f} hours{instead}.",
        value=sensor.value,
        unit=metric.unit,
        evidence=_evidence(sensor),
        raised_at=view.now,
    )


def _of_machine(view: Snapshot, machine_id: str, sensors: Sequence[StuckSensor]) -> NewAlert:
    return NewAlert(
        equipment=machine_id,
        metric=None,
        kind=KIND,
        severity="warning",
        message=f"{len(sensors)} sensors of {view.catalog.get(machine_id).name} have stood still for hours.",
        value=float(len(sensors)),
        evidence=_evidence(sensors[0]),
        raised_at=view.now,
    )


def _evidence(sensor: StuckSensor) -> Evidence:
    return Evidence(
        table=sensor.equipment,
        column=sensor.metric,
        statistic="max",
        start=sensor.since,
        end=sensor.until,
        rows=sensor.rows,
    )
