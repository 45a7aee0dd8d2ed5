"""The anomaly detector on the simulator's labelled faults, compared with a 3-sigma rule, on seeds not used for tuning.

    .venv/bin/python -m benchmarks.anomalies [--seeds 107] [--days 28]

All machines are simulated in memory: 28 days of training, then --days that are scored, refitted each week.
The time of scans is in the table of benchmarks/timeseries.py.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from unittest.mock import patch

import numpy as np

from cc_common.analytics.anomalies import spans
from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.learning import learn_baseline
from cc_common.analytics.anomalies.operation import bridge_gaps
from cc_common.analytics.anomalies.robust_statistics import ALONE, HISTORY, LEAD_HOURS, TUNED_ON, Floats
from cc_common.analytics.anomalies.scoring import Scores, score_hours
from cc_common.analytics.anomalies.spans import Span
from cc_common.catalog.equipment import EquipmentType
from cc_common.simulator import PLANT
from cc_common.simulator.history import hourly_rollups, simulate_signals
from cc_common.simulator.site import Fault, faults_of_machine

FIRST_DAY: Final = (date(2026, 4, 6) - date(1970, 1, 1)).days
LEARNED_DAYS: Final = HISTORY // timedelta(days=1)
WEEK: Final = 7
TOLERANCE_MIN: Final = 120  # a later event within this time belongs to the fault, as when oil cools down
MINUTE_US: Final = 60_000_000
Z: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Event:
    """Its span in minutes since 1970, and when it could be known."""

    machine: str
    kind: str
    metric: str
    start: int
    end: int
    known: int


@dataclass
class Outcome:
    """The result of one detector on one seed."""

    found: dict[Fault, Event | None] = field(default_factory=dict)
    false: list[Event] = field(default_factory=list)
    events: int = 0

    def row(self, name: str, hours: int) -> str:
        """Formats one line of the table."""
        hit = sum(event is not None for event in self.found.values())
        precision = hit / max(hit + len(self.false), 1)
        recall = hit / max(len(self.found), 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        load = len(self.false) / hours
        return f"{name:30}{self.events:8}{precision:11.3f}{recall:8.3f}{f1:8.3f}{len(self.false):8}{load:10.4f}"


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[107], help="scored seeds (default 107)")
    parser.add_argument("--days", type=int, default=28, help="scored days (default 28)")
    arguments = parser.parse_args()
    print(f"{len(PLANT.equipment)} machines, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"parameters chosen on seeds {', '.join(map(str, TUNED_ON))}; scored on {arguments.seeds}")
    for seed in arguments.seeds:
        if seed in TUNED_ON:
            parser.error(f"seed {seed} was used for tuning; choose another")
        _scored(seed, arguments.days)


def _scored(seed: int, days: int) -> None:
    ours, learned, plain, fresh, took = Outcome(), Outcome(), Outcome(), Outcome(), 0.0
    first_day, scored = FIRST_DAY + 13 * (seed % 23), range(LEARNED_DAYS, LEARNED_DAYS + days)
    for kind in PLANT.types:
        hours = simulated(kind, seed, first_day, LEARNED_DAYS + days)
        labels = [
            f for m in hours.machines for f in faults_of_machine(seed, kind.name, m, first_day, LEARNED_DAYS + days)
        ]
        found, seconds = detected(hours, scored)
        took += seconds
        own = _within(labels, first_day + scored.start, first_day + scored.stop)
        _match(ours, own, found)
        _match(learned, own, [event for event in found if event.kind != "out_of_range"])
        _match(plain, own, three_sigma(hours, scored))
        week = hours.between(0, WEEK * 24)
        _match(fresh, _within(labels, first_day, first_day + WEEK), _events(week, learn_baseline(week, PLANT.tz), 0))
    weeks = -(-days // WEEK)
    print(f"\nseed {seed}: {days} scored days, {len(ours.found)} labels; {weeks} times learned in {took:.0f} s")
    print(f"{'':30}{'events':>8}{'precision':>11}{'recall':>8}{'F1':>8}{'false':>8}{'false/h':>10}")
    print(ours.row("detector", 24 * days))
    print(learned.row("of it without the limits", 24 * days))  # limits that a heat wave exceeds on all machines at once
    print(plain.row(f"plain {Z:g}-sigma of each metric", 24 * days))
    print(fresh.row("detector, a plant 7 days old", 24 * WEEK))
    _delays(ours)
    _exceptions(ours, seed)


def simulated(kind: EquipmentType, seed: int, first_day: int, days: int) -> Hours:
    """The type's hours, as from roll-ups."""
    machines = tuple(m.id for m in PLANT.of_type(kind.name))
    return Hours.of_rollups(kind, machines, hourly_rollups(PLANT, seed, machines, first_day, days))


def detected(hours: Hours, scored: range) -> tuple[list[Event], float]:
    """The detector's events, refitted each week on the days before; and the seconds of fitting."""
    found, took = [], 0.0
    for first in range(scored.start * 24, scored.stop * 24, WEEK * 24):
        began = time.perf_counter()
        baseline = learn_baseline(hours.between(first - LEARNED_DAYS * 24, first), PLANT.tz)
        took += time.perf_counter() - began
        last = min(first + WEEK * 24, scored.stop * 24)
        found += _events(hours.between(first - LEAD_HOURS, last), baseline, LEAD_HOURS)
    return found, took


def _events(hours: Hours, baseline: Baseline, since: int) -> list[Event]:
    scores = score_hours(hours, baseline, PLANT.tz)
    told: list[Span] = [
        *spans.find_deviations(scores, since),
        *spans.find_stuck(hours, since, baseline.still, scores.astray),
        *spans.find_silent_metrics(hours, baseline, since),
        *spans.find_out_of_range(hours, baseline.never_zero, since),
    ]
    return [_event(hours, span, _known(span, scores, baseline)) for span in told]


def _event(hours: Hours, span: Span, known: int) -> Event:
    start, end, at = (int(hours.start // MINUTE_US) + 60 * h for h in (span.first, span.last, known))
    machine, metric = hours.machines[span.machine], hours.kind.metrics[span.metrics[0]].name
    return Event(machine=machine, kind=span.kind, metric=metric, start=start, end=end, known=at)


def _known(span: Span, scores: Scores, baseline: Baseline) -> int:
    """The hour from which the event is known: a single hour far beyond its limit, or a stuck run long enough."""
    if span.kind == "stuck":
        away = scores.astray[span.machine, span.metrics[0], span.first : span.last]
        limit = int(baseline.still[span.machine, span.metrics[0]].min())
        return span.first + (min(limit, int(away.argmax()) + 1) if away.any() else limit)
    if span.kind == "gap":
        return span.first + 2
    if span.kind == "out_of_range":
        return span.first + 1
    excess = np.maximum(scores.excess[span.machine].max(0), scores.joint[span.machine])[span.first : span.last]
    sure = excess > ALONE
    sure[1:] |= (excess[1:] > 1) & (excess[:-1] > 1)
    return span.first + (int(sure.argmax()) if sure.any() else 0) + 1


def three_sigma(hours: Hours, scored: range) -> list[Event]:
    """Hours with a mean beyond 3 standard deviations of the training days, merged likewise."""
    first, last = scored.start * 24, scored.stop * 24
    means = hours.targets()[:, 0]
    known = means[..., first - LEARNED_DAYS * 24 : first]
    far: Floats = np.abs(means - np.nanmean(known, -1, keepdims=True)) / (np.nanstd(known, -1, keepdims=True) + 1e-9)
    found = []
    for machine, own in enumerate(np.nan_to_num(far) > Z):
        for since, until in bridge_gaps(own.any(0)[:last], first):
            place = int(own[:, since:until].sum(-1).argmax())
            span = Span(machine=machine, kind="deviation", metrics=(place,), first=since, last=until)
            found.append(_event(hours, span, since + 1))
    return found


def _within(labels: Sequence[Fault], first_day: int, end_day: int) -> list[Fault]:
    return [f for f in labels if f.start < end_day * 1440 and f.end > first_day * 1440]


def _match(outcome: Outcome, labels: Sequence[Fault], events: Sequence[Event]) -> None:
    """Matches a label with the first overlapping event of its machine; events that overlap none are false."""
    outcome.events += len(events)
    outcome.found |= dict.fromkeys(labels)
    for event in sorted(events, key=lambda e: e.known):
        mine = [f for f in labels if f.equipment_id == event.machine and _overlap(f, event)]
        for label in mine:
            outcome.found[label] = outcome.found[label] or event
        if not mine:
            outcome.false.append(event)


def _overlap(label: Fault, event: Event) -> bool:
    return event.start < label.end + TOLERANCE_MIN and event.end > label.start


def _delays(outcome: Outcome) -> None:
    print(f"\n{'':20}{'found':>8}{'delay, hours: p50':>20}{'p90':>8}{'longest':>10}")
    for kind in sorted({label.kind for label in outcome.found}):
        labels = [label for label in outcome.found if label.kind == kind]
        hit = [(label, event) for label in labels if (event := outcome.found[label])]
        hours = [max(event.known - label.start, 0) / 60 for label, event in hit] or [float("nan")]
        p50, p90, longest = np.percentile(hours, [50, 90, 100])
        print(f"{kind:20}{f'{len(hit)}/{len(labels)}':>8}{p50:20.1f}{p90:8.1f}{longest:10.1f}")


def _exceptions(outcome: Outcome, seed: int) -> None:
    """Lists every label missed, with the share of readings that the fault changed, and every false event."""
    for label in (label for label, event in outcome.found.items() if event is None):
        hours = (label.end - label.start) / 60
        what = f"{label.equipment_id} {label.kind} of {hours:.1f} h, severity {label.severity}"
        print(f"missed: {what}: {_seen(seed, label)}")
    for event in outcome.false:
        print(f"false: {event.machine} {event.kind} {event.metric}, {(event.end - event.start) / 60:.0f} h")


def _seen(seed: int, label: Fault) -> str:
    """Compares the machine with its twin without faults."""
    day = label.start // 1440
    days = label.end // 1440 + 1 - day
    ill = simulate_signals(PLANT, seed, label.equipment_id, day, days).values
    with patch("cc_common.simulator.machine.faults_of_machine", return_value=()):
        well = simulate_signals(PLANT, seed, label.equipment_id, day, days).values
    during = slice(label.start - day * 1440, label.end - day * 1440)
    changed = (ill != well) & ~(np.isnan(ill) & np.isnan(well))
    metrics = PLANT.type_of(label.equipment_id).metrics
    shares = {m.name: float(c) for m, c in zip(metrics, changed[during].mean(axis=0), strict=True) if c > 0}
    if not shares:
        return "no reading differs from the healthy twin's"
    told = (f"{name} in {shares[name]:.0%} of minutes" for name in sorted(shares, key=lambda n: -shares[n])[:3])
    return f"{len(shares)} metrics differ from the healthy twin: {', '.join(told)}"


if __name__ == "__main__":
    main()
