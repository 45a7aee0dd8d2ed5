"""The alarm load on weeks of a simulated year with faults, by EEMUA 191, and the faults that were reported in time.

    .venv/bin/python -m benchmarks.alarms [--seed 110] [--weeks 6] [--every 5]

363 machines minute by minute in weeks spread evenly over a year, the detector fitted on the 28 days before each and
the models on the 84 days before, one feed outage in each; the watcher's own evaluation and database
(benchmarks/alarm_replay.py), run every --every minutes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Final
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import psycopg

from benchmarks.alarm_replay import DAY_MINUTES, EPOCH, MINUTE, OUTAGE, Detector, Standing, replay, stretch_of
from cc_common import alerts
from cc_common.alerts import PLANT as WHOLE
from cc_common.alerts import Alert
from cc_common.analytics.anomalies.robust_statistics import TUNED_ON
from cc_common.db import Database, EmbeddedServer, migrate
from cc_common.simulator import PLANT
from cc_common.simulator.history import simulate_signals
from cc_common.simulator.site import Fault, faults_of_machine, random_key, uniform

YEAR: Final = date(2025, 6, 2)
WEEK: Final = 7
LEAD_DAYS: Final = 1  # replayed before each week, so that alerts that are already open are no burst
BLOCK: Final = timedelta(minutes=10)
FLOOD: Final = 10  # alarms per block of 10 minutes
# The hours from its beginning within which a fault must raise an alert. A gradual fault, from a quarter of its
# severity to the whole, has until half its growth, at least a day.
ALLOWED_H: Final = {"power_loss": 2, "sensor_stuck": 4, "refrigerant_leak": 24, "fouling": 24, "bearing_wear": 24}
AFTER_MINUTES: Final = 6 * 60  # a rolling median of so many hours still shows a fault that is over
CREEPING: Final = frozenset(["refrigerant_leak", "fouling", "bearing_wear"])


@dataclass(frozen=True, kw_only=True)
class Week:
    """One replayed week: its alerts, the number of open groups, and the labels that had to be reported."""

    first: int  # minutes since 1970
    alerts: tuple[Alert, ...]
    standing: Standing
    labels: tuple[Fault, ...]
    faults: tuple[Fault, ...]  # including those that need not be reported
    outage: int

    @property
    def told(self) -> tuple[Alert, ...]:
        """The alarms: the first alert of each group."""
        return tuple(a for a in self.alerts if a.group == a.id)


def main() -> None:
    """Prints the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=110, help="seed of the plant, not used for tuning (default 110)")
    parser.add_argument("--weeks", type=int, default=6, help="number of weeks, spread over the year (default 6)")
    parser.add_argument("--every", type=int, default=5, help="minutes between evaluations (default 5)")
    arguments = parser.parse_args()
    if arguments.seed in TUNED_ON:
        parser.error(f"seed {arguments.seed} was used for tuning; choose another")
    began, cpu = perf_counter(), process_time()
    print(f"{len(PLANT.equipment)} machines, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    weeks = list(_weeks(arguments.seed, arguments.weeks, arguments.every))
    _load(weeks)
    _found(weeks, arguments.seed)
    looks = sum(week.standing.looks for week in weeks)
    print(f"\n{looks} looks; {perf_counter() - began:.0f} s, {process_time() - cpu:.0f} s of CPU without the database")


def _weeks(seed: int, count: int, every: int) -> Iterator[Week]:
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), durable=False) as server:
        for number in range(count):
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE week_{number}".encode())
            app = Database(server.dsn(f"week_{number}"), pool_size=2, timeout_s=5.0, name="alarms")
            migrate(app, "app")
            yield _week(app, seed, (YEAR - EPOCH.date()).days + number * 52 // count * WEEK, every)
            app.close()


def _week(app: Database, seed: int, first_day: int, every: int) -> Week:
    begins, days = first_day - LEAD_DAYS, LEAD_DAYS + WEEK
    away = int(uniform(random_key(seed, "outage"), np.array([first_day]))[0] * (WEEK * DAY_MINUTES - OUTAGE))
    outage = LEAD_DAYS * DAY_MINUTES + away
    detector = Detector(seed=seed, first_day=begins, days=days, outage=outage)
    stood = replay(app, stretch_of(seed, begins, days, outage=outage), detector, every=every)
    first = first_day * DAY_MINUTES
    labels = tuple(f for m in PLANT.equipment for f in faults_of_machine(seed, m.type, m.id, begins, days))
    inside = tuple(f for f in labels if f.start >= first and _due(f) <= first + WEEK * DAY_MINUTES)
    found = alerts.find(app, limit=100_000).items
    since = EPOCH + first * MINUTE
    return Week(
        first=first,
        alerts=tuple(a for a in found if a.raised_at >= since),
        standing=stood,
        labels=inside,
        faults=labels,
        outage=begins * DAY_MINUTES + outage,
    )


def _due(fault: Fault) -> int:
    """The minute by which it must be reported."""
    half = (fault.end - fault.start) // 2 if fault.kind in CREEPING else 0
    return fault.start + max(60 * ALLOWED_H[fault.kind], half)


def _load(weeks: Sequence[Week]) -> None:
    told, raised = ([a for week in weeks for a in getattr(week, name)] for name in ("told", "alerts"))
    blocks = Counter((week.first, (a.raised_at - EPOCH) // BLOCK) for week in weeks for a in week.told)
    total = len(weeks) * WEEK * DAY_MINUTES // 10
    floods = sum(n > FLOOD for n in blocks.values())
    stood = np.concatenate([week.standing.groups for week in weeks])
    a_day = len(told) / len(weeks) / WEEK
    print(f"\n{len(weeks)} weeks, {len(raised)} alerts in {len(told)} groups: {a_day:.1f} alarms a day")
    print(f"{'':44}{'':>10}{'aim':>8}")
    print(f"{'alarms in 10 minutes, average':44}{len(told) / total:10.4f}{'1':>8}")
    print(f"{'the worst 10 minutes':44}{max(blocks.values(), default=0):10}{'10':>8}")
    print(f"{'share of 10 minutes with more than 10':44}{floods / total:10.2%}{'1%':>8}")
    print(f"{'groups standing, average':44}{stood.mean():10.1f}{'9':>8}")
    print(f"{'groups standing, most':44}{stood.max():10}")
    for severity in alerts.SEVERITIES:
        print(f"{f'raised as {severity}':44}{sum(a.severity == severity for a in told) / max(len(told), 1):10.0%}")
    print(f"{'escalated (nobody acknowledges here)':44}{sum(a.escalated_at is not None for a in raised):10}")
    well = Counter(a.kind for week in weeks for a in week.told if not _is_of_a_fault(a, week))
    for kind, count in Counter(a.kind for a in told).most_common():
        print(f"{f'of kind {kind}':44}{count:10}{f', of a machine without a fault {well[kind]}' if well[kind] else ''}")


def _is_of_a_fault(alert: Alert, week: Week) -> bool:
    """Whether its machine has a fault, or had one some hours ago, or it is caused by the feed outage."""
    minute = (alert.raised_at - EPOCH) // MINUTE
    own = (f for f in week.faults if f.equipment_id == alert.equipment)
    return _is_outage(alert, week) or any(f.start <= minute <= f.end + AFTER_MINUTES for f in own)


def _found(weeks: Sequence[Week], seed: int) -> None:
    print(f"\n{'':20}{'raised in time':>16}{'own alarm':>11}{'allowed h':>11}{'delay, hours: p50':>20}{'longest':>10}")
    missed = []
    for kind, allowed in ALLOWED_H.items():
        pairs = [(week, f, _first(week, f)) for week in weeks for f in week.labels if f.kind == kind]
        hit = [(f, a) for _, f, a in pairs if a is not None]
        missed += [(week, f) for week, f, a in pairs if a is None]
        own = sum(a.group == a.id for _, a in hit)
        delays = [((a.raised_at - EPOCH) / MINUTE - f.start) / 60 for f, a in hit] or [float("nan")]
        shown = f"{kind:20}{f'{len(hit)}/{len(pairs)}':>16}{own:11}{allowed:11}"
        print(f"{shown}{np.median(delays):20.1f}{max(delays):10.1f}")
    outages = [sum(_is_outage(alert, week) for alert in week.told) for week in weeks]
    print(f"feed outages: {len(weeks)}, reported by {outages} alarms")
    for week, fault in missed:
        hours = (fault.end - fault.start) / 60
        what = f"{fault.equipment_id} {fault.kind} of {hours:.1f} h, severity {fault.severity}"
        print(f"missed: {what}: {_seen(seed, fault, week)}")


def _is_outage(alert: Alert, week: Week) -> bool:
    """Whether it is an alarm about missing data during the outage, or just after."""
    since = (alert.raised_at - EPOCH) // MINUTE - week.outage
    return alert.equipment == WHOLE or (alert.kind == "gap" and 0 <= since <= 2 * OUTAGE)


def _first(week: Week, fault: Fault) -> Alert | None:
    """The first alert of its machine from its beginning to the time allowed."""
    start, due = (EPOCH + minute * MINUTE for minute in (fault.start, _due(fault)))
    mine = [a for a in week.alerts if a.equipment == fault.equipment_id and start <= a.raised_at <= due]
    return min(mine, key=lambda a: a.raised_at, default=None)


def _seen(seed: int, fault: Fault, week: Week) -> str:
    """How long its readings differ from a twin without faults; and when it was reported late."""
    differs = _differs(seed, fault)
    allowed, in_all = (differs[: until - fault.start].sum() / 60 for until in (_due(fault), fault.end))
    shown = f"its readings differ from the healthy twin's for {allowed:.1f} h of those allowed, {in_all:.1f} h in all"
    late = [(a.raised_at - EPOCH) // MINUTE for a in week.alerts if _is_after(a, fault)]
    if not late:
        return f"{shown}; never reported"
    after = min(late) - fault.start
    return f"{shown}; reported after {after / 60:.1f} h, in {differs[:after].sum() / 60:.1f} of which they differed"


def _differs(seed: int, fault: Fault) -> npt.NDArray[np.bool_]:
    """Per minute from the fault's beginning, whether readings differ from the twin's."""
    day = fault.start // DAY_MINUTES
    days = fault.end // DAY_MINUTES + 1 - day
    ill = simulate_signals(PLANT, seed, fault.equipment_id, day, days).values
    with patch("cc_common.simulator.machine.faults_of_machine", return_value=()):
        well = simulate_signals(PLANT, seed, fault.equipment_id, day, days).values
    differs: npt.NDArray[np.bool_] = ((ill != well) & ~(np.isnan(ill) & np.isnan(well))).any(axis=1)
    return differs[fault.start - day * DAY_MINUTES :]


def _is_after(alert: Alert, fault: Fault) -> bool:
    """Whether it is of the fault's machine, after the time allowed and before the fault is over."""
    minute = (alert.raised_at - EPOCH) / MINUTE
    return alert.equipment == fault.equipment_id and _due(fault) < minute <= fault.end


if __name__ == "__main__":
    main()
