"""Builds anomalies from spans of hours: exact start and end, and figures with the rows they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.robust_statistics import MAX_GAP_MINUTES
from cc_common.analytics.anomalies.scoring import Scores
from cc_common.analytics.anomalies.spans import Anomaly, Span, find_thin_machines
from cc_common.catalog.equipment import Metric
from cc_common.core.evidence import Evidence, Statistic
from cc_common.core.windows import Window
from cc_common.db import compose, queries
from cc_common.timeseries.model import Store
from cc_common.timeseries.window_figures import MINUTE, figures_of_window


def build_anomaly(
    store: Store, hours: Hours, baseline: Baseline | None, scores: Scores | None, span: Span, window: Window
) -> Anomaly | None:
    """Builds the anomaly of a span, clipped to the window; None when they do not overlap."""
    machine, metric = hours.machines[span.machine], hours.kind.metrics[span.metrics[0]]
    start, end = _ends(store, hours, machine, metric, span)
    start, end = max(start, window.start), min(end, window.end)
    if start >= end:
        return None
    value, evidence = _figure(store, machine, metric, Window(start=start, end=end))
    return Anomaly(
        equipment=machine,
        metrics=tuple(hours.kind.metrics[place].name for place in span.metrics),
        kind=span.kind,
        start=start,
        end=end,
        score=span.sigmas,
        value=value,
        expected=_expected(hours, baseline, scores, span) if value is not None else None,
        unit=metric.unit,
        evidence=evidence,
    )


def find_silent_stretches(
    store: Store, hours: Hours, since: int, machines: Sequence[str], window: Window, newest: datetime | None
) -> Iterator[Anomaly]:
    """Finds gaps without any rows, by minute; reads only the machines that have an hour with missing rows."""
    end = min(window.end, newest or window.start)
    few = find_thin_machines(hours, since, (end - hours.hour_start(since)) // MINUTE)
    suspects = [m for m, is_thin in zip(hours.machines, few, strict=True) if is_thin and m in machines]
    first = hours.kind.metrics[0]
    for machine in suspects if end > window.start else ():
        query = compose(queries("anomalies")["silences"], table=machine).as_string()
        for row in store.rows(query, {"start": window.start, "end": end, "longest": MAX_GAP_MINUTES * MINUTE}):
            start, until = row.since.astimezone(UTC), row.until.astimezone(UTC)
            evidence = Evidence(table=machine, column=first.name, statistic="avg", start=start, end=until, rows=0)
            yield Anomaly(
                equipment=machine,
                metrics=tuple(m.name for m in hours.kind.metrics),
                kind="gap",
                start=start,
                end=until,
                score=0.0,
                value=None,
                expected=None,
                unit=first.unit,
                evidence=evidence,
            )


def _ends(store: Store, hours: Hours, machine: str, metric: Metric, span: Span) -> tuple[datetime, datetime]:
    """The start and end of a span: whole hours of a deviation, to the minute for the rules."""
    start, end = hours.hour_start(span.first), hours.hour_start(span.last)
    if span.kind == "stuck":
        value = float(hours.low[span.machine, span.metrics[0], span.first])
        row = _look(store, "same", machine, metric, {"start": start, "end": end, "value": value})
        return (row.before + MINUTE if row.before else start), (row.after or end)
    if span.kind == "out_of_range":
        limits = {"high": metric.high, "low": metric.low}
        row = _look(store, "beyond", machine, metric, {"start": start, "end": end, **limits})
        return (row.first, row.last + MINUTE) if row.first else (start, end)
    return start, end


def _look(store: Store, name: str, machine: str, metric: Metric, parameters: dict[str, Any]) -> Any:
    query = compose(queries("anomalies")[name], table=machine, metric=metric.name).as_string()
    return store.rows(query, parameters)[0]


def _figure(store: Store, machine: str, metric: Metric, window: Window) -> tuple[float | None, Evidence]:
    statistic: Statistic = "delta" if metric.kind == "counter" else "avg"
    for found in figures_of_window(store, [store.catalog.get(machine)], metric, window, [statistic]):
        return found.value, found.evidence
    bounds = {"start": window.start, "end": window.end}
    return None, Evidence(table=machine, column=metric.name, statistic=statistic, rows=0, **bounds)


def _expected(hours: Hours, baseline: Baseline | None, scores: Scores | None, span: Span) -> float | None:
    """The mean of the expected hourly means, weighted by readings; of a counter the sum of its expected advances."""
    if baseline is None or scores is None:
        return None
    place, during = span.metrics[0], slice(span.first, span.last)
    found = scores.expected[span.machine, 0, place, during]
    weights = np.where(np.isfinite(found), hours.count[span.machine, place, during], 0.0)
    if not weights.any():
        return None
    scale, center = baseline.scale[span.machine, place], baseline.center[span.machine, place]
    values = np.nan_to_num(found) * scale + center
    if hours.kind.metrics[place].kind == "counter":
        return float(values[weights > 0].sum())
    return float(np.average(values, weights=weights))
