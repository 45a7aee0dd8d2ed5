"""Data quality equals what the rows say, minute by minute; the overview agrees with the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cc_common.analytics.data_quality import DataQuality
from cc_common.catalog.store import install_catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.simulator import PLANT
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load

START = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # midnight of the plant
MINUTE = timedelta(minutes=1)
DAY = Window(start=START, end=START + timedelta(days=1))
SMALL = replace(PLANT, equipment=tuple(m for m in PLANT.equipment if m.type == "cooling_tower" and m.number <= 2))
BASIN, SPEED = "basin_temp_c", "fan_speed_pct"  # the first with a limit of 34.0
COLUMNS = [m.name for m in PLANT.type("cooling_tower").metrics]


@pytest.fixture
def tower_db(timeseries_db: Database) -> Database:
    install_catalog(timeseries_db, SMALL)
    return timeseries_db


def quality(database: Database) -> DataQuality:
    return DataQuality(database, SMALL)


def load(database: Database, minutes: int = 1440, machine: str = "cooling_tower_001", **columns: Any) -> None:
    """Every sensor moves, but where a column is given."""
    values = np.random.default_rng(1).uniform(20, 30, (minutes, len(COLUMNS))).astype(np.float32)
    for name, given_values in columns.items():
        values[:, COLUMNS.index(name)] = given_values
    ts = int(START.timestamp()) * 1_000_000 + np.arange(minutes, dtype=np.int64) * 60_000_000
    with database.connection() as connection:
        bulk_load(connection, SMALL, machine, Rows(ts, values))


def moving(minutes: int = 1440) -> Any:
    return np.random.default_rng(2).uniform(20, 30, minutes).astype(np.float32)


def test_a_whole_day_is_complete(tower_db: Database) -> None:
    load(tower_db)
    report = quality(tower_db).report("cooling_tower_001", DAY)
    assert [m.metric for m in report.metrics] == COLUMNS
    for metric in report.metrics:
        assert (metric.expected, metric.rows, metric.completeness, metric.gaps, metric.stuck) == (1440, 1440, 1, (), ())
        assert (metric.evidence.table, metric.evidence.rows) == ("cooling_tower_001", 1440)


def test_gaps_are_named_to_the_minute(tower_db: Database) -> None:
    values = moving()
    values[:10] = values[100:103] = values[1439] = np.nan
    load(tower_db, **{BASIN: values})
    found = of_metric(tower_db, BASIN)
    gaps = [((g.start - START) // MINUTE, (g.end - START) // MINUTE) for g in found.gaps]
    assert gaps == [(0, 10), (100, 103), (1439, 1440)]
    assert found.rows == 1440 - 14


def test_a_machine_that_never_spoke_is_one_gap(tower_db: Database) -> None:
    report = quality(tower_db).report("cooling_tower_002", DAY)
    assert all((m.rows, len(m.gaps), m.completeness) == (0, 1, 0) for m in report.metrics)


def test_a_stuck_run_is_found_through_missing_minutes_but_not_at_rest(tower_db: Database) -> None:
    basin, speed = moving(), moving()
    basin[200:400], basin[300:310], speed[500:900] = 25.5, np.nan, 0
    basin[1000:1119] = 26.5  # one minute too short
    load(tower_db, **{BASIN: basin, SPEED: speed})
    run, *others = of_metric(tower_db, BASIN).stuck
    assert (run.value, run.rows, others) == (25.5, 190, [])
    assert (run.start, run.end) == (START + 200 * MINUTE, START + 400 * MINUTE)
    assert of_metric(tower_db, SPEED).stuck == ()


def test_a_reading_at_its_limit_is_not_past_it(tower_db: Database) -> None:
    values = moving()
    values[:3], values[3] = 34.0, np.float32(34.00001)
    load(tower_db, **{BASIN: values})
    found = of_metric(tower_db, BASIN)
    assert (found.below, found.above) == (0, 1)


def test_what_all_machines_of_a_type_do_is_at_rest_not_stuck(tower_db: Database) -> None:
    values = moving()
    values[200:400] = 25.5
    for machine in ("cooling_tower_001", "cooling_tower_002"):
        load(tower_db, machine=machine, **{BASIN: values})
    assert of_metric(tower_db, BASIN).stuck == ()


@pytest.mark.parametrize("wrong", [timedelta(days=32), timedelta(seconds=20)])
def test_windows_too_long_or_too_short_are_refused(tower_db: Database, wrong: timedelta) -> None:
    start = START + timedelta(seconds=10)
    with pytest.raises(InvalidInput):
        quality(tower_db).report("cooling_tower_001", Window(start=start, end=start + wrong))
    with pytest.raises(NotFound):
        quality(tower_db).report("spaceship_001", DAY)


def test_a_ragged_window_counts_the_minutes_that_begin_in_it(tower_db: Database) -> None:
    load(tower_db)
    window = Window(start=START + timedelta(seconds=30), end=START + timedelta(minutes=9, seconds=1))
    report = quality(tower_db).report("cooling_tower_001", window)
    assert (report.metrics[0].expected, report.metrics[0].rows) == (9, 9)


readings = st.lists(st.sampled_from([float("nan"), 0.0, 33.0, 34.0, 35.0]), min_size=1, max_size=300)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings, st.integers(-20, 280), st.integers(1, 60))
def test_it_equals_a_count_by_hand(tower_db: Database, values: list[float], first: int, length: int) -> None:
    values += [float("nan")] * (300 - len(values))
    load(tower_db, 300, **{BASIN: np.array(values, np.float32)})
    window = Window(start=START + first * MINUTE, end=START + (first + length) * MINUTE)
    found = next(m for m in quality(tower_db).report("cooling_tower_001", window).metrics if m.metric == BASIN)
    own = [values[i] if 0 <= i < len(values) else float("nan") for i in range(first, first + length)]
    assert found.rows == sum(not np.isnan(v) for v in own)
    assert found.above == sum(v > 34 for v in own)
    silent = {
        (g.start + n * MINUTE - window.start) // MINUTE for g in found.gaps for n in range((g.end - g.start) // MINUTE)
    }
    assert silent == {i for i, v in enumerate(own) if np.isnan(v)}


def test_the_overview_agrees_with_the_reports(plant: Database) -> None:
    window = Window(start=datetime(2026, 3, 3, 1, 7, tzinfo=UTC), end=datetime(2026, 3, 4, 1, 7, tzinfo=UTC))
    all_of_them = DataQuality(plant, PLANT)
    ids = ["chiller_001", "ahu_002", "boiler_003", "energy_meter_001", "lift_004"]
    for seen in all_of_them.fleet(window, ids):
        report = all_of_them.report(seen.equipment, window)
        assert seen.rows == sum(m.rows for m in report.metrics)
        assert seen.expected == sum(m.expected for m in report.metrics)
        assert seen.out_of_range == names(m for m in report.metrics if m.below + m.above)
        assert seen.missing == names(m for m in report.metrics if not m.rows)
        assert set(seen.stuck) <= set(names(m for m in report.metrics if m.stuck))


def test_the_overview_shows_a_stuck_sensor(tower_db: Database) -> None:
    values = moving()
    values[125:330] = 25.5
    load(tower_db, **{BASIN: values})
    one, two = quality(tower_db).fleet(DAY)
    assert (one.stuck, one.completeness) == ((BASIN,), 1)
    assert (two.rows, len(two.missing)) == (0, len(COLUMNS))


def test_a_sensor_is_frozen_from_the_minute_it_stopped(tower_db: Database) -> None:
    values = moving(2880)
    values[2880 - 200 :] = 25.5
    load(tower_db, 2880, **{BASIN: values, SPEED: 42.0})  # a speed that never changes is at rest
    now = START + 2880 * MINUTE
    (found,) = quality(tower_db).frozen(now)
    assert (found.metric, found.value, found.rows) == (BASIN, 25.5, 200)
    assert (found.since, found.until) == (now - 200 * MINUTE, now)


WINDOW = "start=2026-03-03T00:00:00Z&end=2026-03-04T00:00:00Z"


def test_quality_of_a_machine_over_http_equals_its_gaps(client: FlaskClient) -> None:
    found = client.get(f"/api/v1/equipment/chiller_001/quality?{WINDOW}").json
    assert (found["equipment"], found["start"], len(found["metrics"])) == ("chiller_001", "2026-03-03T00:00:00Z", 12)
    for metric in found["metrics"]:
        assert metric["rows"] == metric["evidence"]["rows"] <= metric["expected"] == 1440
        missing = sum(minutes(gap) for gap in metric["gaps"])
        assert metric["completeness"] == pytest.approx(1 - missing / 1440)


def test_pages_cover_the_fleet_once(client: FlaskClient) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/v1/quality?{WINDOW}&limit=200{cursor and f'&cursor={cursor}'}").json
        seen += [item["equipment"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [machine.id for machine in PLANT.equipment]
    assert page["total"] == len(seen)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/equipment/chiller_999/quality", 404),
        ("/api/v1/equipment/chiller_001/quality?start=2026-01-01T00:00:00Z&end=2026-03-01T00:00:00Z", 422),
        ("/api/v1/equipment/chiller_001/quality?start=2150-01-01T00:00:00Z", 422),
        ("/api/v1/quality?start=2026-03-02T00:00:00Z&end=2026-03-01T00:00:00Z", 422),
        ("/api/v1/quality?limit=0", 422),
        ("/api/v1/quality?cursor=nothing", 422),
    ],
)
def test_a_bad_parameter_is_a_problem(client: FlaskClient, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")


def of_metric(database: Database, metric: str) -> Any:
    return next(m for m in quality(database).report("cooling_tower_001", DAY).metrics if m.metric == metric)


def names(metrics: Any) -> Sequence[str]:
    return tuple(m.metric for m in metrics)


def minutes(gap: dict[str, str]) -> int:
    return (datetime.fromisoformat(gap["end"]) - datetime.fromisoformat(gap["start"])) // MINUTE


def idle_generator(database: Database, *, running: bool) -> DataQuality:
    """One generator alone, its exhaust as still as the air around it for nine hours."""
    kind = "diesel_generator"
    alone = replace(PLANT, equipment=tuple(m for m in PLANT.equipment if m.type == kind and m.number == 1))
    install_catalog(database, alone)
    names = [m.name for m in PLANT.type(kind).metrics]
    values = np.random.default_rng(1).uniform(20, 30, (1440, len(names))).astype(np.float32)
    values[900:, names.index("exhaust_temp_c")] = 31.0
    if not running:
        values[:, names.index("power_output_kw")] = 0
    ts = int(START.timestamp()) * 1_000_000 + np.arange(1440, dtype=np.int64) * 60_000_000
    with database.connection() as connection:
        bulk_load(connection, alone, "diesel_generator_001", Rows(ts, values))
    return DataQuality(database, alone)


@pytest.mark.parametrize("running", [True, False])
def test_what_follows_the_air_around_an_idle_machine_is_not_stuck(timeseries_db: Database, running: bool) -> None:
    found = idle_generator(timeseries_db, running=running)
    (overview,) = found.fleet(DAY)
    report = found.report("diesel_generator_001", DAY)
    stuck = [m.metric for m in report.metrics if m.stuck]
    frozen = [f.metric for f in found.frozen(DAY.end)]
    expected = ["exhaust_temp_c"] if running else []
    assert (stuck, frozen, list(overview.stuck)) == (expected, expected, expected)
