"""Weeks replayed for the alarm figures go through the watcher's own judgement; an outage of the feed is one alarm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.alarm_replay import DAY_MINUTES, OUTAGE, Detector, moment, replay, stretch_of
from cc_common import alerts
from cc_common.db import Database
from cc_common.simulator import PLANT
from cc_common.simulator.site import faults

SEED, DAY, DAYS = 31, 20_542, 3
SMALL = replace(
    PLANT,
    types=tuple(PLANT.type(name) for name in ("cooling_tower", "ahu")),
    equipment=tuple(m for m in PLANT.equipment if m.type in ("cooling_tower", "ahu") and m.number <= 12),
)


@pytest.fixture
def small_plant(monkeypatch: pytest.MonkeyPatch) -> Any:
    for module in ("alarm_replay", "alarm_drifts", "anomalies", "machines"):
        monkeypatch.setattr(f"benchmarks.{module}.PLANT", SMALL)
    return SMALL


def test_an_outage_of_the_feed_is_one_alarm_and_faults_are_told(app_db: Database, small_plant: Any) -> None:
    outage = DAY_MINUTES + 600
    detector = Detector(seed=SEED, first_day=DAY, days=DAYS, outage=outage)
    stood = replay(app_db, stretch_of(SEED, DAY, DAYS, outage=outage), detector, every=5)
    found = alerts.find(app_db, limit=1000).items
    silent = [a for a in found if a.kind == "gap"]
    assert [(a.equipment, a.state) for a in silent] == [("plant", "cleared")]
    at = (silent[0].raised_at.timestamp() / 60) - DAY * DAY_MINUTES - outage
    assert 20 <= at <= OUTAGE
    ill = {m.id for m in SMALL.equipment if faults(SEED, m.type, m.id, DAY - 5, DAYS + 5)}
    assert {a.equipment for a in found if a.kind in ("stuck", "deviation")} <= ill
    assert stood.looks > 0 and max(stood.groups) <= len(ill) + 1


def test_what_the_models_of_machines_miss_is_a_drift_in_the_replay_too(small_plant: Any) -> None:
    first, hour = DAY + 6, 54.5  # the plant's hours end at half past
    (stuck,) = faults(SEED, "ahu", "ahu_006", first, DAYS)
    detector = Detector(seed=SEED, first_day=first, days=DAYS, outage=None)
    told = detector.at(moment(first * DAY_MINUTES + round(hour * 60))).drifts
    assert {drift.equipment for drift in told} == {stuck.equipment_id}
    assert detector.at(moment(first * DAY_MINUTES + 30 * 60 + 30)).drifts == ()
