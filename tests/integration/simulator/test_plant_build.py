"""make plant: the rows asked for, each once, at any size; a disk too small is told before anything is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cc_common.catalog.store import install_catalog
from cc_common.core.errors import InvalidInput, SetupError
from cc_common.db import Database
from cc_common.simulator import PLANT
from cc_common.simulator.plant_build import (
    build_history,
    bytes_needed,
    check_room,
    days_of_years,
    last_midnight,
    progress_text,
)

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
SMALL = replace(PLANT, equipment=PLANT.equipment[:3])


def test_three_years_are_the_full_size() -> None:
    assert days_of_years(3) == 1096
    assert len(PLANT.equipment) * days_of_years(3) * 1440 == 572_901_120
    assert bytes_needed(572_901_120) < 62.5e9


def test_a_day_of_the_plant_ends_at_its_own_midnight() -> None:
    assert last_midnight(NOW, "Asia/Kolkata").astimezone(UTC) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def test_a_small_disk_is_reported_with_the_bytes_needed(tmp_path: Path) -> None:
    rows = 10**15
    with pytest.raises(SetupError, match=rf"{bytes_needed(rows):,} bytes"):
        check_room(tmp_path, rows)


def test_it_says_its_size_and_a_second_time_writes_nothing(timeseries_db: Database, tmp_path: Path) -> None:
    install_catalog(timeseries_db, SMALL)
    said: list[str] = []
    for missing in (3 * 2 * 1440, 0):
        size = build_history(timeseries_db, SMALL, days=2, seed=1, until=NOW, folder=tmp_path, say=said.append)
        assert f"8,640 rows, {missing:,} of them to write" in said[-1]
        assert size.rows == 8640 and size.total == size.heap + size.indexes + size.rollups


def test_days_before_the_plant_was_commissioned_are_refused(timeseries_db: Database) -> None:
    with pytest.raises(InvalidInput, match=r"2,518 days before 2026-11-23"):
        build_history(timeseries_db, SMALL, days=2519, seed=1, until=NOW, folder=None, say=print)


def test_progress_text_says_rows_share_speed_and_time_left() -> None:
    assert progress_text(1000, 4000, 2.0) == "1,000 of 4,000 rows (25.0%), 500 a second, 0:00:06 left"


def test_killed_it_goes_on_where_it_was(timeseries_db: Database, tmp_path: Path) -> None:
    words = ["-m", "cc_common", "simulator", "history", "--days", "1", "--until", NOW.isoformat()]
    dsns = {"CC_TIMESERIES_DSN": timeseries_db.dsn, "CC_APP_DSN": timeseries_db.dsn, "CC_DATA_DIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, *words], env=os.environ | dsns) as first:
        while first.poll() is None and loaded(timeseries_db) < 5:
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
    done = loaded(timeseries_db)
    again = subprocess.run([sys.executable, *words], env=os.environ | dsns, capture_output=True, text=True, check=True)
    to_write = int(again.stdout.split(" rows, ")[1].split(" of them")[0].replace(",", ""))
    assert 5 <= done < 363 and to_write <= (363 - done) * 1440
    assert "522,720 rows: heap" in again.stdout and loaded(timeseries_db) == 363


def loaded(database: Database) -> int:
    """Machines with readings."""
    with database.connection() as connection:
        exists = connection.execute("SELECT to_regclass('latest_reading')").fetchone()
        if not exists or exists[0] is None:
            return 0
        found = connection.execute("SELECT count(*) FROM latest_reading").fetchone()
        return int(found[0]) if found else 0
