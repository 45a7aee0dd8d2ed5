"""History and live feed: they continue where they were stopped, and join without a seam."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from cc_common.catalog.store import Catalog, install_catalog
from cc_common.core.errors import DatabaseUnavailable, InvalidInput
from cc_common.db import Database
from cc_common.simulator import PLANT, fill_history, history_missing
from cc_common.simulator.feed import Feed
from cc_common.simulator.history import simulate_signals

NOW = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SMALL = replace(PLANT, equipment=tuple(m for m in PLANT.equipment if m.number == 1))


@pytest.fixture
def small_db(timeseries_db: Database) -> Database:
    install_catalog(timeseries_db, SMALL)
    return timeseries_db


def fill(database: Database, *, until: datetime = NOW, days: int = 1) -> int:
    return fill_history(database, SMALL, days=days, seed=1, until=until)


def stored(database: Database, machine: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    with database.connection() as connection:
        rows = connection.execute(f"SELECT * FROM {machine} ORDER BY ts").fetchall()
    return np.array([[np.nan if v is None else v for v in row[1:]] for row in rows], np.float32)


def simulated(machine: str, until: datetime, minutes: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    end = int(until.timestamp()) // 60
    first_day = (end - minutes) // 1440
    rows = simulate_signals(SMALL, 1, machine, first_day, end // 1440 - first_day + 1).values
    return rows[end - minutes - first_day * 1440 : end - first_day * 1440]


def assert_whole(database: Database, until: datetime, minutes: int) -> None:
    for machine in SMALL.equipment:
        expected = simulated(machine.id, until, minutes)
        assert np.array_equal(stored(database, machine.id), expected, equal_nan=True), machine.id


def test_history_is_what_the_simulator_says(small_db: Database) -> None:
    heard: list[tuple[int, int]] = []
    rows = fill_history(small_db, SMALL, days=1, seed=1, until=NOW, progress=lambda *done: heard.append(done))
    assert rows == 12 * 1440 and heard[-1] == (rows, rows)
    assert_whole(small_db, NOW, 1440)


def test_a_second_time_writes_nothing(small_db: Database) -> None:
    fill(small_db)
    assert history_missing(small_db, SMALL, days=1, until=NOW) == 0
    assert fill(small_db) == 0


def test_history_that_was_stopped_half_way_continues(small_db: Database) -> None:
    def kill(done: int, total: int) -> None:
        if done > total / 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_history(small_db, SMALL, days=1, seed=1, until=NOW, progress=kill)
    assert 0 < history_missing(small_db, SMALL, days=1, until=NOW) < 12 * 1440
    fill(small_db)
    assert_whole(small_db, NOW, 1440)


def test_more_days_are_put_before_those_there_are(small_db: Database) -> None:
    fill(small_db)
    assert fill(small_db, days=3) == 12 * 2 * 1440
    assert_whole(small_db, NOW, 3 * 1440)


def test_faults_are_labelled(small_db: Database) -> None:
    fill_history(small_db, SMALL, days=200, seed=1, until=NOW, only={"chiller_001", "pump_001", "boiler_001"})
    with small_db.connection() as connection:
        labels = connection.execute("SELECT * FROM fault_label").fetchall()
    assert labels and all(label.starts_at < label.ends_at and 0.5 <= label.severity <= 1 for label in labels)


def test_history_needs_a_time_zone(small_db: Database) -> None:
    with pytest.raises(InvalidInput):
        fill(small_db, until=datetime(2026, 3, 4))  # noqa: DTZ001 - the fault under test


def feed(database: Database, now: list[datetime], catalog: Catalog = SMALL) -> Feed:
    return Feed(timeseries=database, catalog=catalog, seed=1, days=1, clock=lambda: now[0])


def test_the_feed_joins_history_without_a_seam(small_db: Database) -> None:
    fill(small_db, until=NOW - 30 * MINUTE)
    now = [NOW]
    live = feed(small_db, now)
    due = live.write_due(None)  # makes up for half an hour
    now[0] = NOW + 3 * MINUTE
    assert live.write_due(due) == datetime(2026, 3, 4, 9, 33, tzinfo=UTC)
    assert_whole(small_db, NOW + 3 * MINUTE, 1440 + 33)


def test_the_same_minute_twice_changes_nothing(small_db: Database) -> None:
    live, minute = feed(small_db, [NOW]), datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    live.write(minute)
    with small_db.connection() as connection:
        before = connection.execute("SELECT * FROM rollup.chiller_hourly").fetchall()
        live.write(minute)
        assert connection.execute("SELECT * FROM rollup.chiller_hourly").fetchall() == before
        assert connection.execute("SELECT count(*), min(ts) FROM latest_reading").fetchone() == (12, minute)


def test_the_feed_waits_for_a_database_that_is_away(small_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    live, stop = feed(small_db, [NOW]), Event()
    answers: Iterator[Exception | None] = iter([DatabaseUnavailable(), None])
    caught_up = live.catch_up

    def flaky(until: datetime) -> None:
        if (problem := next(answers)) is not None:
            raise problem
        caught_up(until)
        stop.set()

    monkeypatch.setattr("cc_common.simulator.feed._RETRY_S", 0.01)
    live.stop, live.catch_up = stop, flaky  # type: ignore[method-assign]
    live.run()
    assert_whole(small_db, NOW, 1440)


def test_the_feed_stops_when_it_is_reported(small_db: Database) -> None:
    live = feed(small_db, [NOW])
    runner = Thread(target=live.run)
    runner.start()
    live.stop.set()
    runner.join(timeout=5)
    assert not runner.is_alive()


def test_the_command_stops_at_sigterm(plant_db: Database, tmp_path: Path) -> None:
    environment = {**os.environ, "CC_TIMESERIES_DSN": plant_db.dsn, "CC_APP_DSN": plant_db.dsn, "CC_PLANT_DAYS": "1"}
    command = [sys.executable, "-m", "cc_common", "simulator", "feed"]
    with subprocess.Popen(command, env=environment | {"CC_DATA_DIR": str(tmp_path)}) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
