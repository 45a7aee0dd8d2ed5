"""The models of machines on the simulator's labelled faults, compared with a z-score and an isolation forest.

    .venv/bin/python -m benchmarks.expected_behaviour [--seed 209] [--days 21]

All machines are simulated in memory: 84 days of training, then --days that are scored, refitted each week. The
models' drifts alone, the detector of docs/explanation/detectors.md alone (its last 28 days), and what an operator
sees: both.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np

from benchmarks.anomalies import FIRST_DAY, Event, Outcome, _match, _within, detected, simulated
from benchmarks.isolation_forest import forest, scores
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import assign_groups, bridge_gaps
from cc_common.analytics.anomalies.robust_statistics import Floats, median
from cc_common.analytics.expected_behaviour.backtest import hour_of_day
from cc_common.analytics.expected_behaviour.drift_episodes import find_drift_cause, find_drift_episodes
from cc_common.analytics.expected_behaviour.expectation_figures import find_moves
from cc_common.analytics.expected_behaviour.features import predict_hours
from cc_common.analytics.expected_behaviour.fitting import held_out_hours
from cc_common.analytics.expected_behaviour.learning import learn_models
from cc_common.analytics.expected_behaviour.machine_model import DRIFT_HOURS, HISTORY, TUNED_ON
from cc_common.catalog.metric_roles import weather_of
from cc_common.simulator import PLANT
from cc_common.simulator.site import Fault, faults_of_machine

LEARNED_DAYS: Final = HISTORY // timedelta(days=1)
WEEK: Final = 7
MINUTE_US: Final = 60_000_000
WORDS: Final = {  # words of the right cause
    "fouling": ("fouling", "clogged"),
    "bearing_wear": ("bearing wear",),
    "refrigerant_leak": ("refrigerant",),
    "sensor_stuck": ("sensor itself",),
    "power_loss": (),
}
CREEPING: Final = ("fouling", "bearing_wear", "refrigerant_leak")
SIGMAS: Final = 4.0
SHARE: Final = 1e-4  # share of training hours beyond the peers' limits


@dataclass
class Tally:
    """Over all types: the events of each method, the models' errors, and the cost."""

    found: dict[str, Outcome] = field(default_factory=dict)
    took: float = 0.0
    causes: dict[Event, str | None] = field(default_factory=dict)
    errors: list[float] = field(default_factory=list)  # of the models, relative to the mean per hour of day
    inside: int = 0
    judged: int = 0


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=209, help="the scored seed (default 209)")
    parser.add_argument("--days", type=int, default=21, help="scored days (default 21)")
    arguments = parser.parse_args()
    if arguments.seed in TUNED_ON:
        parser.error(f"seed {arguments.seed} was used for tuning; choose another")
    machines = len(PLANT.equipment)
    print(f"{machines} machines, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; chosen on {TUNED_ON}")
    tally = scored(arguments.seed, arguments.days)
    print(f"seed {arguments.seed}: {LEARNED_DAYS} days learned, {arguments.days} scored, learned anew each week")
    for name, kinds in (("all faults", None), ("what creeps in", CREEPING)):
        _table(name, tally, kinds, arguments.days)
    _delays(tally.found["models"], tally.causes)
    for event in tally.found["models"].false:
        print(f"false: {event.machine} {event.metric}, {(event.end - event.start) / 60:.0f} h")
    weeks = -(-arguments.days // WEEK)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nerror, as a share of the hour of day's mean: median {np.median(tally.errors):.3f}")
    print(f"hours of healthy machines within the 90 % band: {tally.inside / tally.judged:.3f}")
    print(
        f"learning all {machines} once: {tally.took / weeks:.1f} s of CPU (aim 900); peak {peak:.2f} GiB (aim 2), with"
    )
    print("the simulated plant in it")


def scored(seed: int, days: int) -> Tally:
    """Scores all types, one after the other."""
    tally, first_day = Tally(), FIRST_DAY + 13 * (seed % 23)
    sky = weather(seed, first_day, LEARNED_DAYS + days)
    for kind in PLANT.types:
        hours = simulated(kind, seed, first_day, LEARNED_DAYS + days)
        labels = [
            f for m in hours.machines for f in faults_of_machine(seed, kind.name, m, first_day, LEARNED_DAYS + days)
        ]
        own = _within(labels, first_day + LEARNED_DAYS, first_day + LEARNED_DAYS + days)
        events: dict[str, list[Event]] = {}
        for first in range(LEARNED_DAYS * 24, (LEARNED_DAYS + days) * 24, WEEK * 24):
            last = min(first + WEEK * 24, (LEARNED_DAYS + days) * 24)
            cut = slice(first - LEARNED_DAYS * 24, last)
            for name, found in _week(hours.between(cut.start, cut.stop), sky[cut], own, tally).items():
                events.setdefault(name, []).extend(found)
        events["detector"] = detected(hours, range(LEARNED_DAYS, LEARNED_DAYS + days))[0]
        events["detector and models"] = [*events["detector"], *events["models"]]
        for name, found in events.items():
            _match(tally.found.setdefault(name, Outcome()), own, found)
    return tally


def weather(seed: int, first_day: int, days: int) -> Floats:
    """(T,): the weather as the models use it; zeros where the plant measures none."""
    found = weather_of(PLANT)
    if found is None:
        return np.zeros(days * 24)
    kind, metric = found
    return median(simulated(kind, seed, first_day, days).mean[:, kind.metrics.index(metric)].T)


def _week(hours: Hours, sky: Floats, labels: Sequence[Fault], tally: Tally) -> dict[str, list[Event]]:
    """Events of each method in the hours after the training hours."""
    since, group = LEARNED_DAYS * 24, assign_groups(len(hours.machines))
    began = time.process_time()
    models = learn_models(
        hours.between(0, since), sky[:since], group, held_out=held_out_hours(since), named="weather", tz=PLANT.tz
    )
    tally.took += time.process_time() - began
    seen = predict_hours(models, hours, sky, group, PLANT.tz)
    _accuracy(tally, hours, seen.actual, seen.expected, np.stack([m.reach for m in models]), labels)
    limit = np.stack([m.limit for m in models])
    ours = []
    for s in find_drift_episodes(seen.missed, limit, hours.kind, since):
        ours.append(_event(hours, s.machine, s.metric, max(s.first, since), s.last, s.known))
        modelled = [name for name in models[s.machine].metrics if name not in models[s.machine].why]
        name = hours.kind.metrics[s.metric].name
        tally.causes[ours[-1]] = find_drift_cause(hours.kind.name, name, find_moves(hours.kind, s), modelled)
    means = hours.targets()[:, 0]
    return {
        f"z-score beyond {SIGMAS:g}": _apart(hours, _z(means, since), SIGMAS),
        "isolation forest": _forest(hours, means, since),
        "models": ours,
    }


def _accuracy(
    tally: Tally, hours: Hours, actual: Floats, expected: Floats, reach: Floats, labels: Sequence[Fault]
) -> None:
    """Errors and coverage on machines without a fault, in held-out hours."""
    since = LEARNED_DAYS * 24
    ill = {f.equipment_id for f in labels}
    well = [at for at, machine in enumerate(hours.machines) if machine not in ill]
    by_hour = hour_of_day(actual, hours, since, PLANT.tz)
    a, e, h = (values[well][..., since:] for values in (actual, expected, by_hour))
    known = np.isfinite(a) & np.isfinite(e) & np.isfinite(h)
    ours, plain = (np.where(known, np.abs(a - other), 0).sum(-1) for other in (e, h))
    told = plain > 0
    tally.errors += (ours[told] / plain[told]).tolist()
    tally.inside += int((known & (np.abs(a - e) <= reach[well][..., None])).sum())
    tally.judged += int(known.sum())


def _z(means: Floats, since: int) -> Floats:
    """(n, T): the largest distance of any metric from its mean, in standard deviations, as the DRIFT_HOURS median."""
    past = means[..., :since]
    away = np.abs(means - np.nanmean(past, -1, keepdims=True)) / (np.nanstd(past, -1, keepdims=True) + 1e-9)
    return np.asarray(_least(np.nan_to_num(away)).max(1))


def _least(away: Floats) -> Floats:
    """The minimum of each hour and the two before it: a single hour is no event for any method."""
    return np.asarray(np.minimum.reduce([np.roll(away, back, axis=-1) for back in range(DRIFT_HOURS // 2)]))


def _apart(hours: Hours, far: Floats, limit: float) -> list[Event]:
    since = LEARNED_DAYS * 24
    return [
        _event(hours, machine, 0, first, last, first + 1)
        for machine, own in enumerate(far)
        for first, last in bridge_gaps(own > limit, since)
    ]


def _forest(hours: Hours, means: Floats, since: int) -> list[Event]:
    """One forest per machine over its metrics and the hour; a share SHARE of training hours exceeds its limit."""
    clock = np.arange(len(hours)) % 24
    turn = np.stack([np.sin(2 * np.pi * clock / 24), np.cos(2 * np.pi * clock / 24)])
    found = []
    for machine, own in enumerate(np.nan_to_num(means)):
        x = np.concatenate([own, turn]).T
        score = _least(scores(forest(x[:since], seed=machine), x))
        limit = float(np.quantile(score[:since], 1 - SHARE))
        found += [_event(hours, machine, 0, *span, span[0] + 1) for span in bridge_gaps(score > limit, since)]
    return found


def _event(hours: Hours, machine: int, metric: int, first: int, last: int, known: int) -> Event:
    start, end, at = (int(hours.start // MINUTE_US) + 60 * h for h in (first, last, known))
    name = hours.kind.metrics[metric].name
    return Event(machine=hours.machines[machine], kind="drift", metric=name, start=start, end=end, known=at)


def _table(name: str, tally: Tally, kinds: Sequence[str] | None, days: int) -> None:
    """Prints the table; events that belong to a fault of another kind do not count as false."""
    print(f"\n{name:30}{'events':>8}{'precision':>11}{'recall':>8}{'F1':>8}{'false':>8}{'false/h':>10}{'a day':>8}")
    for method, outcome in tally.found.items():
        kept = {f: e for f, e in outcome.found.items() if kinds is None or f.kind in kinds}
        shown = Outcome(found=kept, false=outcome.false, events=outcome.events)
        print(f"{shown.row(method, 24 * days)}{outcome.events / days:8.2f}")


def _delays(outcome: Outcome, causes: Mapping[Event, str | None]) -> None:
    print(f"\n{'models':20}{'found':>8}{'delay, hours: p50':>20}{'longest':>10}{'cause told':>12}{'right':>8}")
    for kind in sorted({label.kind for label in outcome.found}):
        own = [(label, event) for label, event in outcome.found.items() if label.kind == kind]
        late = [max(event.known - label.start, 0) / 60 for label, event in own if event] or [float("nan")]
        hit = sum(event is not None for _, event in own)
        told = [words for _, event in own if event and (words := causes[event])]
        right = sum(any(word in words for word in WORDS[kind]) for words in told)
        print(f"{kind:20}{f'{hit}/{len(own)}':>8}{np.median(late):20.1f}{max(late):10.1f}{len(told):12}{right:8}")


if __name__ == "__main__":
    main()
