"""Writing readings: idempotent, late rows welcome, roll-ups always equal to the raw rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cc_common.catalog.store import install_catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.simulator import PLANT, plant_in
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load, delete_readings, write_minute

MACHINE, METRICS = "fire_pump_001", 8
START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # half an hour before the plant's midnight
MINUTE = timedelta(minutes=1)

# Raw rows and both roll-ups of every metric that are not exactly alike.
DIFFERENCES = """
SELECT count(*) FROM (
    SELECT date_trunc('{unit}', ts, '{tz}') AS bucket, count(*) AS n, min({m}) AS low, max({m}) AS high,
           sum({m}::float8) AS total, count({m}) AS given
    FROM {table} GROUP BY 1
) raw FULL JOIN (SELECT * FROM rollup.{kind}_{grain} WHERE equipment_id = '{table}') kept ON kept.ts = raw.bucket
WHERE (n, low, high, given) IS DISTINCT FROM (kept.rows, kept.{m}_min, kept.{m}_max, kept.{m}_count)
   OR abs(total - kept.{m}_sum) > 1e-9 * abs(total) OR (total IS NULL) <> (kept.{m}_sum IS NULL)
"""


def differences(database: Database, machine: str = MACHINE, tz: str = PLANT.tz) -> int:
    kind = PLANT.type_of(machine)
    with database.connection() as connection:
        return sum(
            connection.execute(
                DIFFERENCES.format(unit=unit, grain=grain, tz=tz, m=metric.name, table=machine, kind=kind.name)
            ).fetchone()[0]
            for unit, grain in (("hour", "hourly"), ("day", "daily"))
            for metric in kind.metrics
        )


def some(minutes: list[int], base: float = 1.0, start: datetime = START) -> Rows:
    ts = np.array([int(start.timestamp()) * 1_000_000 + 60_000_000 * at for at in minutes], np.int64)
    values = np.float32(base) + np.arange(len(ts) * METRICS, dtype=np.float32).reshape(-1, METRICS) / 7
    values[::3, 2] = np.nan
    return Rows(ts, values)


def load(database: Database, rows: Rows) -> int:
    with database.transaction() as connection:
        return bulk_load(connection, PLANT, MACHINE, rows)


def stored(database: Database, machine: str = MACHINE) -> list[tuple[object, ...]]:
    with database.connection() as connection:
        return [tuple(row) for row in connection.execute(f"SELECT * FROM {machine} ORDER BY ts").fetchall()]


def test_rows_come_back_as_they_went_in(catalog_db: Database) -> None:
    rows = some(list(range(200)))
    assert load(catalog_db, rows) == 200
    back = np.array([[np.nan if v is None else v for v in row[1:]] for row in stored(catalog_db)], np.float32)
    assert np.array_equal(back, rows.values, equal_nan=True)
    assert differences(catalog_db) == 0


def test_loading_twice_changes_nothing(catalog_db: Database) -> None:
    load(catalog_db, some(list(range(100))))
    before = stored(catalog_db)
    load(catalog_db, some(list(range(100))))
    assert stored(catalog_db) == before and differences(catalog_db) == 0


def test_of_doubled_minutes_the_last_stands_and_order_does_not_matter(catalog_db: Database) -> None:
    rows = some([5, 3, 5, 1])
    assert load(catalog_db, rows) == 3
    found = stored(catalog_db)
    assert [row[0] for row in found] == [START + at * MINUTE for at in (1, 3, 5)]
    assert found[2][1] == pytest.approx(float(rows.values[2, 0]))


def test_the_newest_reading_never_moves_back(catalog_db: Database) -> None:
    load(catalog_db, some([10]))
    load(catalog_db, some([2]))
    with catalog_db.connection() as connection:
        assert connection.execute("SELECT ts FROM latest_reading").fetchone()[0] == START + 10 * MINUTE


def test_what_is_deleted_is_gone_everywhere_and_the_newest_is_what_is_left(catalog_db: Database) -> None:
    load(catalog_db, some(list(range(300))))
    late = Window(start=START + 100 * MINUTE, end=START + 400 * MINUTE)
    with catalog_db.transaction() as connection:
        assert [delete_readings(connection, PLANT, MACHINE, late) for _ in range(2)] == [200, 0]
    assert len(stored(catalog_db)) == 100 and differences(catalog_db) == 0
    with catalog_db.transaction() as connection:
        assert connection.execute("SELECT ts FROM latest_reading").fetchone()[0] == START + 99 * MINUTE
        assert delete_readings(connection, PLANT, MACHINE, Window(start=START, end=late.end)) == 100
        assert connection.execute("SELECT count(*) FROM latest_reading").fetchone()[0] == 0
    assert differences(catalog_db) == 0


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (Rows(np.zeros(1, np.int64), np.full((1, METRICS), np.inf, np.float32)), "infinite"),
        (Rows(np.ones(1, np.int64), np.zeros((1, METRICS), np.float32)), "whole minute"),
        (Rows(np.zeros(2, np.int64), np.zeros((2, 3), np.float32)), "8 metrics"),
    ],
)
def test_rows_no_table_can_hold_are_refused(catalog_db: Database, rows: Rows, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        load(catalog_db, rows)
    assert stored(catalog_db) == []


def test_a_feed_minute_is_refused_whole_when_one_machine_is_wrong(catalog_db: Database) -> None:
    good = [1.0] * METRICS
    for values, error in (
        ({MACHINE: good, "fire_pump_999": good}, NotFound),
        ({MACHINE: good, "fire_pump_002": [float("inf")] * METRICS}, InvalidInput),
        ({MACHINE: good, "fire_pump_002": [1.0]}, InvalidInput),
        ({MACHINE: good, "fire_pump_002": [1e300] * METRICS}, InvalidInput),
    ):
        with pytest.raises(error), catalog_db.transaction() as connection:
            write_minute(connection, PLANT, START, values)
    assert stored(catalog_db) == []


Write = tuple[str, list[int], float]
WRITES: st.SearchStrategy[list[Write]] = st.lists(
    st.tuples(
        st.sampled_from(["bulk", "minute", "delete"]),
        st.lists(st.integers(0, 4000), min_size=1, max_size=40),
        st.floats(-1e4, 1e4, width=32),
    ),
    min_size=1,
    max_size=8,
)


def apply(database: Database, write: Write) -> None:
    how, minutes, base = write
    if how == "bulk":
        load(database, some(minutes, base))
        return
    minute = START + minutes[0] * MINUTE
    with database.transaction() as connection:
        if how == "minute":
            readings = [None if at == minutes[0] % METRICS else base + at for at in range(METRICS)]
            write_minute(connection, PLANT, minute, {MACHINE: readings, "fire_pump_002": readings})
        else:
            end = minute + len(minutes) * 9 * MINUTE
            delete_readings(connection, PLANT, MACHINE, Window(start=minute, end=end))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_rollups_equal_the_raw_rows_after_any_writes(catalog_db: Database, writes: list[Write]) -> None:
    for write in writes:
        apply(catalog_db, write)
    assert differences(catalog_db) == 0
    with catalog_db.connection() as connection:
        newest = connection.execute("SELECT max(ts) FROM fire_pump_002").fetchone()[0]
        latest = connection.execute(
            "SELECT max(ts) FROM latest_reading WHERE equipment_id = 'fire_pump_002'"
        ).fetchone()
    assert latest[0] == newest


@pytest.mark.parametrize("tz", ["America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "UTC"])
def test_rollups_are_cut_as_postgresql_cuts_them(timeseries_db: Database, tz: str) -> None:
    plant, year = plant_in(tz), datetime(2026, 1, 1, tzinfo=UTC)
    install_catalog(timeseries_db, plant)
    rows = some(list(range(0, 365 * 1440, 17)), start=year)
    with timeseries_db.transaction() as connection:
        bulk_load(connection, plant, MACHINE, rows)
    assert differences(timeseries_db, tz=tz) == 0
    with timeseries_db.transaction() as connection:
        refresh_rollups(connection, plant, MACHINE, year, year + timedelta(days=365))
    assert differences(timeseries_db, tz=tz) == 0


def test_writers_of_one_machine_take_turns(catalog_db: Database) -> None:
    writers = [Thread(target=load, args=(catalog_db, some(list(range(at, at + 90)), at))) for at in (0, 30, 60)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(stored(catalog_db)) == 150 and differences(catalog_db) == 0
