"""Check of the alarm replay: an outage of the feed is one alarm, faults raise alerts, and model drifts are found.

    .venv/bin/python -m benchmarks.alarm_replay_check

Replays three days of 24 simulated machines on an embedded PostgreSQL of its own; prints one line a check, and exits
with 1 when one fails.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import alarm_drifts, alarm_replay, anomalies, expected_behaviour
from benchmarks.alarm_replay import DAY_MINUTES, OUTAGE, Detector, moment, replay, stretch_of
from cc_common import alerts
from cc_common.db import Database, EmbeddedServer, migrate
from cc_common.simulator import PLANT
from cc_common.simulator.site import faults_of_machine

SEED, DAY, DAYS = 31, 20_542, 3
TYPES: Final = ("cooling_tower", "ahu")
SMALL: Final = replace(
    PLANT,
    types=tuple(PLANT.type(name) for name in TYPES),
    equipment=tuple(m for m in PLANT.equipment if m.type in TYPES and m.number <= 12),
)


def main() -> int:
    """Runs every check; returns 1 when one fails."""
    for module in (alarm_replay, alarm_drifts, anomalies, expected_behaviour):
        module.PLANT = SMALL  # type: ignore[attr-defined]  # the whole plant would take minutes
    with tempfile.TemporaryDirectory(prefix="cc-replay-") as folder, EmbeddedServer(Path(folder), durable=False) as pg:
        database = Database(pg.dsn("cc_app"), pool_size=2, timeout_s=10.0, name="replay")
        migrate(database, "app")
        found = [*check_outage_and_faults(database), *check_drifts()]
        database.close()
    for what, holds in found:
        print(f"{'PASS' if holds else 'FAIL'} {what}")
    return int(not all(holds for _, holds in found))


def check_outage_and_faults(app: Database) -> Iterator[tuple[str, bool]]:
    """The feed is down for OUTAGE minutes on the second day."""
    outage = DAY_MINUTES + 600
    detector = Detector(seed=SEED, first_day=DAY, days=DAYS, outage=outage)
    stood = replay(app, stretch_of(SEED, DAY, DAYS, outage=outage), detector, every=5)
    found = alerts.find(app, limit=1000).items
    silent = [a for a in found if a.kind == "gap"]
    yield "an outage of the feed is one alarm", [(a.equipment, a.state) for a in silent] == [("plant", "cleared")]
    delay = silent[0].raised_at.timestamp() / 60 - DAY * DAY_MINUTES - outage if silent else 0.0
    yield f"the outage is reported within it (after {delay:.0f} minutes)", 20 <= delay <= OUTAGE
    ill = {m.id for m in SMALL.equipment if faults_of_machine(SEED, m.type, m.id, DAY - 5, DAYS + 5)}
    raised = {a.equipment for a in found if a.kind in ("stuck", "deviation")}
    yield "only machines with a fault raise alerts", raised <= ill
    yield "groups of alerts are not more than faults", stood.looks > 0 and max(stood.groups) <= len(ill) + 1


def check_drifts() -> Iterator[tuple[str, bool]]:
    """A stuck sensor that shows as a drift from the model while it lasts, and not before."""
    first, hour = DAY + 6, 54.5  # plant hours end at half past in UTC
    (stuck,) = faults_of_machine(SEED, "ahu", "ahu_006", first, DAYS)
    detector = Detector(seed=SEED, first_day=first, days=DAYS, outage=None)
    during = detector.state_at(moment(first * DAY_MINUTES + round(hour * 60))).drifts
    yield "a deviation from the models is a drift", {drift.equipment for drift in during} == {stuck.equipment_id}
    before = detector.state_at(moment(first * DAY_MINUTES + 30 * 60 + 30)).drifts
    yield "there is no drift before the fault", before == ()


if __name__ == "__main__":
    sys.exit(main())
