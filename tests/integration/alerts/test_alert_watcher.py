"""The watcher end to end: readings go in, alerts come out and go away; once, whoever else watches or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from cc_common import alerts
from cc_common.alerts import Alert, NewAlert
from cc_common.alerts.watcher import SHELVED, Watcher
from cc_common.catalog.store import install_catalog
from cc_common.core.errors import Conflict, DatabaseUnavailable
from cc_common.core.settings import PROJECT
from cc_common.db import Database, Databases
from cc_common.simulator import PLANT
from cc_common.timeseries.writer import write_minute

NOW = datetime(2026, 3, 4, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOWERS = [f"cooling_tower_{n:03d}" for n in (1, 2, 3, 4)]
SMALL = replace(PLANT, equipment=tuple(m for m in PLANT.equipment if m.id in TOWERS))
COLUMNS = [m.name for m in PLANT.type("cooling_tower").metrics]
BASIN = "basin_temp_c"  # its limit is 34.0


class Plant:
    """Four cooling towers whose readings a test writes, with a watcher that lives by the test's clock."""

    def __init__(self, databases: Databases) -> None:
        install_catalog(databases.timeseries, SMALL)
        self.databases, self.now = databases, NOW
        self.watcher = self.watching()

    def watching(self) -> Watcher:
        return Watcher(databases=self.databases, catalog=SMALL, clock=lambda: self.now)

    def pass_minutes(self, count: int, *, silent: tuple[str, ...] = (), look: bool = True, **readings: float) -> None:
        """Minutes go by, of the first tower with these readings; all else moves within its limits."""
        for _ in range(count):
            minute = self.now.replace(second=0)
            values = {
                m: [20 + minute.minute / 100 + at for at in range(len(COLUMNS))] for m in TOWERS if m not in silent
            }
            for own in values.values():
                own[COLUMNS.index("approach_temp_c")] = own[COLUMNS.index("vibration_mm_s")] = 1 + minute.minute / 100
                own[COLUMNS.index("makeup_water_m3h")] = 1 + minute.minute / 100
            for name, value in readings.items():
                values[TOWERS[0]][COLUMNS.index(name)] = value
            with self.databases.timeseries.connection() as connection:
                write_minute(connection, SMALL, minute, values)
            self.now += MINUTE
            if look:
                self.watcher.watch()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All there are, oldest first."""
        return alerts.find(self.databases.app).items[::-1]


@pytest.fixture
def small(app_db: Database, timeseries_db: Database) -> Plant:
    return Plant(Databases(app=app_db, timeseries=timeseries_db))


def test_past_a_limit_raises_once_and_clears_by_itself(small: Plant) -> None:
    small.pass_minutes(4, basin_temp_c=34.5)
    assert small.alerts == ()
    small.pass_minutes(6, basin_temp_c=34.5)
    (alert,) = small.alerts
    assert (alert.equipment, alert.metric, alert.value, alert.state) == (TOWERS[0], BASIN, 34.5, "raised")
    small.pass_minutes(9)
    assert small.alerts[0].state == "raised"
    small.pass_minutes(2)
    assert (small.alerts[0].state, small.alerts[0].cleared_by) == ("cleared", "system")
    assert len(small.alerts) == 1


def test_the_evidence_is_the_reading_itself(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=34.6)
    (alert,) = small.alerts
    found = alert.evidence
    assert found and found.start
    with small.databases.timeseries.connection() as connection:
        row = connection.execute(f"SELECT {found.column}::float8 AS v FROM {found.table} WHERE ts = %s", [found.start])  # type: ignore[arg-type]
        assert [r.v for r in row] == [alert.value]


def test_chatter_about_a_limit_is_one_alert(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=34.5)
    for _ in range(8):
        small.pass_minutes(2, basin_temp_c=33.9)  # inside, but not by the margin
        small.pass_minutes(2, basin_temp_c=34.1)
    assert [a.state for a in small.alerts] == ["raised"]


def test_an_acknowledged_alert_clears_too(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=34.5)
    alerts.acknowledge(small.databases.app, small.alerts[0].id, who="asha")
    small.pass_minutes(12)
    assert (small.alerts[0].acknowledged_by, small.alerts[0].cleared_by) == ("asha", "system")


def test_what_a_person_cleared_is_shelved_for_an_hour(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=34.5)
    alerts.clear(small.databases.app, small.alerts[0].id, who="asha", at=small.now)
    small.pass_minutes(10, basin_temp_c=34.5)
    assert len(small.alerts) == 1
    small.now += SHELVED
    small.pass_minutes(6, basin_temp_c=34.5)
    assert [a.state for a in small.alerts] == ["cleared", "raised"]


def test_a_silent_machine_and_its_return(small: Plant) -> None:
    small.pass_minutes(4)
    small.pass_minutes(19, silent=(TOWERS[3],))
    assert small.alerts == ()
    small.pass_minutes(3, silent=(TOWERS[3],))
    assert [(a.equipment, a.metric, a.kind) for a in small.alerts] == [(TOWERS[3], None, "gap")]
    small.pass_minutes(6)
    assert small.alerts[0].cleared_by == "system"


def test_a_feed_that_stops_is_one_alert(small: Plant) -> None:
    small.pass_minutes(2)
    for _ in range(30):
        small.now += MINUTE
        small.watcher.watch()
    assert [(a.equipment, a.severity) for a in small.alerts] == [("plant", "critical")]
    small.pass_minutes(6)
    assert [a.state for a in small.alerts] == ["cleared"]


def test_a_stuck_sensor_and_its_release(small: Plant) -> None:
    small.pass_minutes(200, look=False)
    small.pass_minutes(150, look=False, basin_temp_c=25.5)
    small.pass_minutes(40, basin_temp_c=25.5)
    assert [(a.kind, a.metric, a.value) for a in small.alerts] == [("stuck", BASIN, 25.5)]
    small.pass_minutes(2)
    assert [a.state for a in small.alerts] == ["cleared"]


def test_a_restart_changes_nothing(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=34.5)
    before = small.alerts
    small.watcher = small.watching()
    small.pass_minutes(3, basin_temp_c=34.5)
    assert small.alerts == before
    small.watcher = small.watching()
    small.pass_minutes(12)
    assert [a.state for a in small.alerts] == ["cleared"]


def test_a_machine_that_comes_meanwhile_is_watched_without_a_restart(small: Plant) -> None:
    small.pass_minutes(4)
    fifth, database = PLANT.get("cooling_tower_005"), small.databases.timeseries
    install_catalog(database, grown := replace(SMALL, equipment=(*SMALL.equipment, fifth)))
    small.pass_minutes(1)
    assert small.watcher.catalog == grown and small.alerts == ()
    for _ in range(6):
        values = [34.5 if name == BASIN else 1 + small.now.minute / 100 for name in COLUMNS]
        with database.connection() as connection:
            write_minute(connection, grown, small.now.replace(second=0), {fifth.id: values})
        small.pass_minutes(1)
    assert [(a.equipment, a.metric) for a in small.alerts] == [(fifth.id, BASIN)]


def test_of_what_has_just_come_silence_is_not_told_for_three_minutes(small: Plant) -> None:
    fifth, database = PLANT.get("cooling_tower_005"), small.databases.timeseries
    small.pass_minutes(30)
    install_catalog(database, grown := replace(SMALL, equipment=(*SMALL.equipment, fifth)))
    with database.connection() as connection:
        write_minute(connection, grown, (small.now - 29 * MINUTE).replace(second=0), {fifth.id: [1.0] * len(COLUMNS)})
    small.pass_minutes(3)
    assert small.alerts == ()
    small.pass_minutes(2)
    assert [(a.equipment, a.kind) for a in small.alerts] == [(fifth.id, "gap")]


def test_other_limits_hold_from_the_next_look_on(small: Plant) -> None:
    small.pass_minutes(6, basin_temp_c=33.5)
    assert small.alerts == ()
    kind = PLANT.type("cooling_tower")
    lower = replace(kind, metrics=tuple(replace(m, high=33.0) if m.name == BASIN else m for m in kind.metrics))
    types = tuple(lower if t == kind else t for t in SMALL.types)
    install_catalog(small.databases.timeseries, replace(SMALL, types=types))
    small.pass_minutes(1, basin_temp_c=33.5)
    assert [(a.metric, a.limit) for a in small.alerts] == [(BASIN, 33.0)]


def test_two_watchers_at_once_raise_one(small: Plant) -> None:
    small.pass_minutes(5, look=False, basin_temp_c=34.5)
    watchers = [small.watching() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda w: [w.watch() for _ in range(5)], watchers))
        small.pass_minutes(12, look=False)
        list(pool.map(Watcher.watch, watchers))
    assert [a.state for a in small.alerts] == ["cleared"]


def test_an_alert_of_a_machine_that_is_gone_stays_for_people(small: Plant) -> None:
    alerts.raise_alert(
        small.databases.app, NewAlert(equipment="ahu_900", metric=None, kind="gap", severity="info", message="x")
    )
    small.pass_minutes(3)
    assert [a.state for a in small.alerts] == ["raised"]


def test_it_waits_for_a_database_that_is_away(small: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    small.pass_minutes(5, look=False, basin_temp_c=34.5)
    watcher, real = small.watching(), Watcher.watch
    answers = iter([DatabaseUnavailable(), None])

    def flaky(self: Watcher) -> Any:
        if (problem := next(answers)) is not None:
            raise problem
        self.stop.set()
        return real(self)

    monkeypatch.setattr("cc_common.alerts.watcher._RETRY_S", 0.01)
    monkeypatch.setattr(Watcher, "watch", flaky)
    watcher.run()
    assert len(small.alerts) == 1


def test_the_command_raises_killed_or_not_and_stops_at_sigterm(small: Plant, tmp_path: Path) -> None:
    small.now = datetime.now(UTC).replace(second=0, microsecond=0) - 8 * MINUTE
    small.pass_minutes(8, look=False, basin_temp_c=34.5)
    databases = small.databases
    dsns = {
        "CC_APP_DSN": databases.app.dsn,
        "CC_TIMESERIES_DSN": databases.timeseries.dsn,
        "CC_DATA_DIR": str(tmp_path),
    }
    for end, seconds in ((signal.SIGKILL, 0), (signal.SIGTERM, 4)):  # the second has time to raise it once more
        command = [sys.executable, "-m", "cc_common", "alerts", "watch"]
        with subprocess.Popen(command, env={**os.environ, **dsns}, cwd=PROJECT) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            while process.poll() is None and not small.alerts:
                time.sleep(0.05)
            process.send_signal(end)
            assert process.wait(10) == (0 if end == signal.SIGTERM else -signal.SIGKILL)
    assert [(a.metric, a.state) for a in small.alerts] == [(BASIN, "raised")]


class Desk(RuleBasedStateMachine):
    """Operators and the watcher do what they like with two causes; a small model says what must stand."""

    app: Database

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, Alert] = {}
        self.all: dict[str, Alert] = {}
        self.run_id = f"machine_{time.time_ns()}"

    def new(self, metric: str) -> NewAlert:
        return NewAlert(equipment=self.run_id, metric=metric, kind="out_of_range", severity="info", message="")

    @rule(metric=st.sampled_from(["a", "b"]))
    def raise_it(self, metric: str) -> None:
        alert = alerts.raise_alert(self.app, self.new(metric))
        if metric in self.open:
            assert alert == self.open[metric]
        assert (metric in self.open) == (alert.id in self.all)
        self.keep(alert)

    @precondition(lambda self: self.all)
    @rule(data=st.data(), who=st.sampled_from(["asha", "ravi"]))
    def acknowledge_it(self, data: st.DataObject, who: str) -> None:
        before = self.any(data)
        if before.state == "cleared" and before.acknowledged_at is None:
            with pytest.raises(Conflict):
                alerts.acknowledge(self.app, before.id, who=who)
            return
        after = alerts.acknowledge(self.app, before.id, who=who)
        assert after == before if before.acknowledged_at else after.acknowledged_by == who
        self.keep(after)

    @precondition(lambda self: self.all)
    @rule(data=st.data(), who=st.sampled_from(["asha", "system"]))
    def clear_it(self, data: st.DataObject, who: str) -> None:
        before = self.any(data)
        after = alerts.clear(self.app, before.id, who=who)
        assert after == before if before.cleared_at else (after.cleared_by, after.state) == (who, "cleared")
        self.keep(after)

    @invariant()
    def the_lists_agree(self) -> None:
        for state in alerts.STATES:
            found = alerts.find(self.app, state=state, equipment=self.run_id)
            assert set(found.items) == {a for a in self.all.values() if a.state == state}
        assert alerts.find(self.app, state="open", equipment=self.run_id).total == len(self.open)

    def any(self, data: st.DataObject) -> Alert:
        return self.all[data.draw(st.sampled_from(sorted(self.all)))]

    def keep(self, alert: Alert) -> None:
        self.all[alert.id] = alert
        self.open = {str(a.metric): a for a in self.all.values() if a.state != "cleared"}


def test_whatever_is_done_the_facts_stand(app_db: Database) -> None:
    machine = type("DeskHere", (Desk,), {"app": app_db})
    few = hypothesis_settings(max_examples=25, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(machine, settings=few)  # type: ignore[no-untyped-call]
