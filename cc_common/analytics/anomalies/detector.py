"""AnomalyDetector: finds anomalies in a window from stored baselines and the readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from cc_common.analytics.anomalies import anomaly_figures, spans
from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.fitting import Baselines
from cc_common.analytics.anomalies.hours import Hours, newest_hour, read_hours
from cc_common.analytics.anomalies.robust_statistics import LEAD_HOURS, MARGIN
from cc_common.analytics.anomalies.scoring import Scores, in_units, score_hours
from cc_common.analytics.anomalies.spans import Anomaly, ExpectedPoint, Span
from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import HOUR, Window
from cc_common.db import Database
from cc_common.timeseries.model import Store
from cc_common.timeseries.statements import check_years

MAX_OF_ONE: Final = timedelta(days=92)
MAX_OF_ALL: Final = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Hours from LEAD_HOURS before a window, with scores and baseline of the same machines where one was learned."""

    hours: Hours
    baseline: Baseline | None
    scores: Scores | None
    since: int  # index of the window's first hour


class AnomalyDetector:
    """Finds the anomalies of one plant. Machines without a baseline have only the rules: stuck, gap, out of range."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._store = Store(database, catalog)
        self._catalog = catalog
        self._baselines = Baselines(database)

    def detect(self, equipment_id: str, window: Window, *, metric: str | None = None) -> tuple[Anomaly, ...]:
        """The anomalies of one machine (and one metric) in the window, by start; at most 92 days."""
        _check_length(window, MAX_OF_ONE)
        kind = self._catalog.type_of(equipment_id)
        only = None if metric is None else self._catalog.metric(equipment_id, metric)
        return self._told(kind, window, [equipment_id], only)

    def fleet(self, window: Window, *, equipment_type: str | None = None) -> tuple[Anomaly, ...]:
        """The anomalies of all machines (of a type) in the window, by start, then catalogue order; at most 31 days."""
        _check_length(window, MAX_OF_ALL)
        types = self._catalog.types if equipment_type is None else (self._catalog.type(equipment_type),)
        told = (self._told(kind, window, None, None) for kind in types if self._catalog.of_type(kind.name))
        return tuple(sorted((a for own in told for a in own), key=lambda a: a.start))

    def expected(self, equipment_id: str, metric: str, window: Window) -> tuple[ExpectedPoint, ...]:
        """The expected value of each hour that the window touches, given neighbours and own operation.

        At most 92 days. The band is what the machine and its healthy siblings kept to in the learned history.

        Hours without readings and machines without a baseline have no expected value.
        """
        _check_length(window, MAX_OF_ONE)
        kind, only = self._catalog.type_of(equipment_id), self._catalog.metric(equipment_id, metric)
        for scan in self._scans(kind, window, [equipment_id], only):
            if scan.scores and scan.baseline:
                place = scan.hours.kind.metrics.index(only)
                return tuple(_points(scan, scan.hours.machines.index(equipment_id), place))
        return ()

    def learned(self) -> frozenset[str]:
        """The ids of the machines that have a baseline."""
        found = (self._baselines.get(kind) for kind in self._catalog.types)
        return frozenset(machine for baseline in found if baseline for machine in baseline.machines)

    def _told(
        self, kind: EquipmentType, window: Window, wanted: Sequence[str] | None, only: Metric | None
    ) -> tuple[Anomaly, ...]:
        found = []
        for scan in self._scans(kind, window, wanted, only):
            for span in _spans(scan, only):
                if wanted is None or scan.hours.machines[span.machine] in wanted:
                    found.append(
                        anomaly_figures.build_anomaly(self._store, scan.hours, scan.baseline, scan.scores, span, window)
                    )
            if only is None:
                machines = scan.hours.machines if wanted is None else wanted
                found += anomaly_figures.find_silent_stretches(
                    self._store, scan.hours, scan.since, machines, window, newest_hour(self._store)
                )
        return tuple(sorted((a for a in found if a is not None), key=lambda a: a.start))

    def _scans(
        self, kind: EquipmentType, window: Window, wanted: Sequence[str] | None, only: Metric | None
    ) -> Iterator[Scan]:
        """Scans of the machines with a baseline, in whole groups of neighbours; then of those without."""
        check_years(window)
        baseline = self._baselines.get(kind)
        asked = tuple(m.id for m in self._catalog.of_type(kind.name)) if wanted is None else tuple(wanted)
        learned = _groups_of(baseline, asked) if baseline else None
        if learned:
            yield self._scan(kind, learned.machines, window, only, learned)
        if rest := [m for m in asked if learned is None or m not in learned.machines]:
            yield self._scan(kind, rest, window, only, None)

    def _scan(
        self,
        kind: EquipmentType,
        machines: Sequence[str],
        window: Window,
        only: Metric | None,
        baseline: Baseline | None,
    ) -> Scan:
        read = None
        if only is not None:
            driver = (kind.metrics[baseline.driver],) if baseline else ()
            read = tuple(dict.fromkeys((*driver, only)))
            baseline = baseline.narrow([kind.metrics.index(m) for m in read]) if baseline else None
        start = self._store.clock.floor(window.start, HOUR) - timedelta(hours=LEAD_HOURS)
        hours = read_hours(self._store, kind, machines, start, window.end, read)
        scores = score_hours(hours, baseline, self._catalog.tz) if baseline else None
        return Scan(hours=hours, baseline=baseline, scores=scores, since=LEAD_HOURS)


def _check_length(window: Window, longest: timedelta) -> None:
    if window.end - window.start > longest:
        raise InvalidInput(f"Anomalies are told for {longest.days} days at a time, at most; ask for a shorter window.")


def _groups_of(baseline: Baseline, machines: Sequence[str]) -> Baseline | None:
    """The machines of the same groups as these; None when none of them has a baseline."""
    groups = {g for m, g in zip(baseline.machines, baseline.group, strict=True) if m in machines}
    places = [at for at, g in enumerate(baseline.group) if g in groups]
    return baseline.pick(places) if places else None


def _spans(scan: Scan, only: Metric | None) -> Iterator[Span]:
    baseline, hours, since = scan.baseline, scan.hours, scan.since
    place = None if only is None else hours.kind.metrics.index(only)
    if baseline and scan.scores:
        yield from spans.find_deviations(scan.scores, since, only=place)
        yield from _of(spans.find_silent_metrics(hours, baseline, since), place)
    yield from _of(_stuck(scan), place)
    yield from _of(spans.find_out_of_range(hours, baseline.never_zero if baseline else None, since), place)


def _stuck(scan: Scan) -> Iterator[Span]:
    if scan.baseline is None or scan.scores is None:
        return spans.find_stuck(scan.hours, scan.since)
    return spans.find_stuck(scan.hours, scan.since, scan.baseline.still, scan.scores.astray)


def _of(found: Iterator[Span], place: int | None) -> Iterator[Span]:
    return (span for span in found if place is None or span.metrics[0] == place)


def _points(scan: Scan, machine: int, place: int) -> Iterator[ExpectedPoint]:
    scores, baseline = scan.scores, scan.baseline
    if scores is None or baseline is None:
        return
    usual, gauge = scores.reach / MARGIN, scan.hours.kind.metrics[place].kind == "gauge"
    middle, low, high = (
        in_units(values, baseline)[machine, :, place]
        for values in (scores.expected, scores.expected - usual, scores.expected + usual)
    )
    for hour in range(scan.since, len(scan.hours)):
        if np.isfinite(middle[0, hour]):
            of_readings = gauge and np.isfinite(low[1, hour]) and np.isfinite(high[2, hour])
            yield ExpectedPoint(
                start=scan.hours.hour_start(hour),
                value=float(middle[0, hour]),
                low=float(low[0, hour]),
                high=float(high[0, hour]),
                lowest=float(low[1, hour]) if of_readings else None,
                highest=float(high[2, hour]) if of_readings else None,
            )
