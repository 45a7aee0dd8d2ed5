"""Anomaly, and spans: runs of hours of one machine that form one event, found from scores and by rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import bridge_gaps, find_silent_hours, is_on, measure_operation
from cc_common.analytics.anomalies.robust_statistics import ALONE, MAX_GAP_MINUTES, Flags, Floats
from cc_common.analytics.anomalies.scoring import Scores
from cc_common.analytics.anomalies.stuck_sensors import find_stuck_hours
from cc_common.core.evidence import Evidence

AnomalyKind = Literal["deviation", "stuck", "gap", "out_of_range"]


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """One event of one machine over [start, end), UTC.

    `value` and `expected` are means of metrics[0] over the event (of a counter its advance, "delta"); value is
    None for a gap, expected is None without a baseline. `score`: robust sigmas of a deviation, else 0.
    """

    equipment: str
    metrics: tuple[str, ...]  # by falling deviation
    kind: AnomalyKind
    start: datetime
    end: datetime
    score: float
    value: float | None
    expected: float | None
    unit: str
    evidence: Evidence  # of value


@dataclass(frozen=True, kw_only=True)
class ExpectedPoint:
    """The expected mean (of a counter the advance) of the plant hour that begins at `start`, in the metric's unit.

    The hour's mean is normal within [low, high], its single readings within [lowest, highest]. The latter two are None
    in an hour of starting or stopping, and for tallies and counters.
    """

    start: datetime
    value: float
    low: float
    high: float
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, kw_only=True)
class Span:
    """Hours first <= i < last of one machine; indices of metrics, by falling deviation."""

    machine: int
    kind: AnomalyKind
    metrics: tuple[int, ...]
    first: int
    last: int
    sigmas: float = 0.0


def find_deviations(scores: Scores, since: int, *, only: int | None = None) -> Iterator[Span]:
    """Finds deviations from the scores, from the hour `since` on; `only`: one metric, without T squared and Q."""
    if only is not None:
        yield from _deviations_of(scores, since, only)
        return
    excess = np.maximum(scores.excess.max(1), scores.joint)
    for machine, own in enumerate(excess):
        for first, last in bridge_gaps(_lasting(own), since):
            peaks = scores.excess[machine, :, first:last].max(-1)
            order = np.argsort(-peaks, kind="stable")
            metrics = tuple(int(p) for p in order if peaks[p] > 1) or (int(order[0]),)
            sigmas = float(scores.sigmas[machine, metrics[0], first:last].max())
            yield Span(machine=machine, kind="deviation", metrics=metrics, first=first, last=last, sigmas=sigmas)


def _deviations_of(scores: Scores, since: int, place: int) -> Iterator[Span]:
    for machine, own in enumerate(scores.excess[:, place]):
        for first, last in bridge_gaps(_lasting(own), since):
            sigmas = float(scores.sigmas[machine, place, first:last].max())
            yield Span(machine=machine, kind="deviation", metrics=(place,), first=first, last=last, sigmas=sigmas)


def find_stuck(hours: Hours, since: int, limits: Floats | None = None, astray: Flags | None = None) -> Iterator[Span]:
    """The runs of `find_stuck_hours` that end after the hour `since`."""
    for machine, place, first, last in find_stuck_hours(hours, limits, astray):
        if last > since:
            yield Span(machine=machine, kind="stuck", metrics=(place,), first=first, last=last)


def find_silent_metrics(hours: Hours, baseline: Baseline, since: int) -> Iterator[Span]:
    """Finds metrics without any value for hours while the machine runs and reports the others."""
    share = measure_operation(hours, baseline.driver, baseline.level).share
    missing = find_silent_hours(hours, is_on(hours, share)) & (baseline.never_silent[..., None] > 0)
    for machine, place in zip(*np.nonzero(missing.any(-1)), strict=True):
        for first, last in bridge_gaps(missing[machine, place], since):
            if missing[machine, place, first:last].sum() >= 2:
                yield Span(machine=machine, kind="gap", metrics=(int(place),), first=first, last=last)


def find_out_of_range(hours: Hours, never_zero: Floats | None, since: int) -> Iterator[Span]:
    """Finds metrics outside the catalogue's limits; a zero below the low limit is ignored where zero is usual (off)."""
    for place, metric in enumerate(hours.kind.metrics):
        high = hours.high[:, place] > (np.inf if metric.high is None else metric.high)
        low = hours.low[:, place] < (-np.inf if metric.low is None else metric.low)
        if never_zero is not None:
            low = low & ((hours.low[:, place] > 0) | (never_zero[:, place, None] > 0))
        for machine in np.flatnonzero((high | low).any(-1)):
            for first, last in bridge_gaps((high | low)[machine], since):
                yield Span(machine=int(machine), kind="out_of_range", metrics=(place,), first=first, last=last)


def find_thin_machines(hours: Hours, since: int, minutes: int) -> Flags:
    """(n,): machines with an hour of too few rows, hence a gap; `minutes` from the hour `since` to the end."""
    due = np.clip(minutes - 60.0 * np.arange(len(hours) - since), 0, 60)
    few: Flags = (due - hours.rows[:, since:] > MAX_GAP_MINUTES / 2).any(-1)
    return few


def _lasting(excess: Floats) -> Flags:
    """Hours above their limit next to another such hour, or at ALONE times the limit."""
    above = excess > 1
    beside = np.zeros_like(above)
    beside[1:] |= above[:-1]
    beside[:-1] |= above[1:]
    return (above & beside) | (excess > ALONE)
