"""Forecasts of the simulated plant from the real database, and what is said where none can be made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from cc_common.analytics.forecasting import Forecast, Forecaster
from cc_common.answers import compose_answer as answer
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.settings import Settings
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer, compose
from cc_common.planning import parse_plan
from cc_common.simulator import PLANT, fill_history
from cc_common.simulator.history import whole_minute
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from cc_common.understanding import Resolver
from tests.conftest import copied
from tests.integration.conftest import StubEngine, running
from tests.support.answer_sources import plant_sources

UNTIL = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)
DAYS = 15
HELD = timedelta(days=1)
MACHINES = frozenset(("chiller_001", "energy_meter_001", "lift_001", "diesel_generator_005", "transformer_002"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def fortnight(server: EmbeddedServer, catalog_template: str) -> Iterator[Database]:
    """Two weeks of a machine of some types; the newest day is for looking back at what came."""
    database = copied(server, "foresight", catalog_template)
    fill_history(database, PLANT, days=DAYS, seed=1, until=UNTIL, only=MACHINES)
    yield database
    database.close()


@pytest.fixture
def forecaster(fortnight: Database) -> Forecaster:
    return Forecaster(TimeSeries(fortnight, PLANT), PLANT)


CASES = [
    ("chiller_001", "power_consumption_kw"),
    ("energy_meter_001", "energy_kwh"),
    ("lift_001", "trips_count"),
    ("transformer_002", "load_kva"),
]


@pytest.mark.parametrize(("machine", "metric"), CASES)
def test_a_day_ahead_holds_what_came(forecaster: Forecaster, fortnight: Database, machine: str, metric: str) -> None:
    found = forecaster.forecast(machine, metric, DAY, now=UNTIL - HELD)
    came = TimeSeries(fortnight, PLANT).series(
        machine, metric, Window(start=found.window.start, end=UNTIL), step="PT1H"
    )
    pairs = [(p, c.value) for p, c in zip(found.points, came.points[:-1], strict=False) if c.value is not None]
    assert len(found.points) == 24 and len(pairs) >= 22
    assert np.mean([p.low * 0.98 <= value <= p.high * 1.02 for p, value in pairs]) >= 0.7
    assert found.error is not None and found.error < 1.5


def test_evidence_counts_the_rows_behind_it(forecaster: Forecaster, fortnight: Database) -> None:
    found = forecaster.forecast("transformer_002", "load_kva", DAY, now=UNTIL).trained_on
    query = "SELECT count({column}) FROM {table} WHERE ts >= %s AND ts < %s"
    with fortnight.connection() as connection:
        counted = connection.execute(
            compose(query, table=found.table, column=found.column), [found.start, found.end]
        ).fetchone()
    assert counted is not None and counted[0] == found.rows > 20_000


@pytest.mark.parametrize(("horizon", "step", "count"), [(HOUR, "PT15M", 4), (DAY, "PT1H", 24), (7 * DAY, "PT1H", 168)])
def test_points_cover_the_horizon(forecaster: Forecaster, horizon: timedelta, step: str, count: int) -> None:
    found = forecaster.forecast("chiller_001", "power_consumption_kw", horizon, now=UNTIL)
    starts = [point.start for point in found.points]
    assert (found.step, len(starts)) == (step, count)
    assert UNTIL <= starts[0] == found.window.start < UNTIL + HOUR
    assert found.window.end == starts[0] + horizon
    assert {b - a for a, b in pairwise(starts)} == {horizon / count}


@pytest.mark.parametrize("horizon", [timedelta(0), HOUR - timedelta(seconds=1), 7 * DAY + HOUR, -DAY])
def test_a_horizon_out_of_range_is_refused(forecaster: Forecaster, horizon: timedelta) -> None:
    with pytest.raises(InvalidInput, match="between 1 hour"):
        forecaster.forecast("chiller_001", "power_consumption_kw", horizon, now=UNTIL)


def test_unknown_names_and_naive_times_are_refused(forecaster: Forecaster) -> None:
    with pytest.raises(NotFound):
        forecaster.forecast("chiller_999", "power_consumption_kw", DAY, now=UNTIL)
    with pytest.raises(NotFound, match="has no metric"):
        forecaster.forecast("chiller_001", "fuel_level_pct", DAY, now=UNTIL)
    with pytest.raises(InvalidInput, match="time zone"):
        forecaster.forecast("chiller_001", "power_consumption_kw", DAY, now=UNTIL.replace(tzinfo=None))
    with pytest.raises(InvalidInput, match="goes by"):
        forecaster.forecast("chiller_001", "power_consumption_kw", DAY, now=UNTIL, step="P1D")


def test_no_history_and_a_few_hours_are_reported(forecaster: Forecaster) -> None:
    with pytest.raises(NotFound, match="needs 2 days of history, there is none"):
        forecaster.forecast("chiller_002", "power_consumption_kw", DAY, now=UNTIL)
    early = UNTIL - DAYS * DAY + 5 * HOUR
    with pytest.raises(NotFound, match="needs 2 days of history, there are 5 hours"):
        forecaster.forecast("chiller_001", "power_consumption_kw", DAY, now=early)
    with pytest.raises(NotFound, match="readings of the last day"):
        forecaster.forecast("chiller_001", "power_consumption_kw", DAY, now=UNTIL + 3 * DAY)


def test_a_tank_has_a_date(forecaster: Forecaster) -> None:
    found = forecaster.time_to("diesel_generator_005", "fuel_level_pct", 30.0, now=UNTIL)
    assert found.at and found.earliest and found.latest
    assert UNTIL + 30 * DAY < found.earliest <= found.at <= found.latest < UNTIL + 365 * DAY
    assert forecaster.time_to("transformer_002", "oil_temp_c", 200.0, now=UNTIL).at is None


def test_a_counter_reaches_a_reading_of_its_register(forecaster: Forecaster) -> None:
    newest = forecaster.time_to("energy_meter_001", "energy_kwh", 0.0, now=UNTIL)
    assert newest.passed and newest.at == newest.earliest == newest.latest == UNTIL and newest.value > 1_000_000
    day = forecaster.forecast("energy_meter_001", "energy_kwh", 2 * DAY, now=UNTIL)
    used = sum(point.value for point in day.points)
    found = forecaster.time_to("energy_meter_001", "energy_kwh", newest.value + used, now=UNTIL)
    assert not found.passed and found.value == newest.value
    assert found.at and found.earliest and found.latest and found.earliest < found.at < found.latest
    assert abs(found.at - UNTIL - 2 * DAY) < 3 * HOUR
    assert forecaster.time_to("energy_meter_001", "energy_kwh", newest.value + 20 * used, now=UNTIL).at is None


def test_a_register_that_is_past_the_level_is_reported_as(fortnight: Database) -> None:
    sources = plant_sources(fortnight)
    found = Resolver(PLANT).resolve("when does meter 1 energy reach 5000 kWh", now=UNTIL)
    plan = parse_plan("forecast 1 a: forecast", found, PLANT, now=UNTIL)
    assert answer(plan, sources, now=UNTIL).text == "Energy Meter 1 energy has already passed 5,000 kWh."


def test_a_counter_that_was_passed_comes_to_the_threshold_in_time(forecaster: Forecaster, fortnight: Database) -> None:
    asked = UNTIL - 2 * DAY
    readings = TimeSeries(fortnight, PLANT)
    later = readings.figure("energy_meter_001", "energy_kwh", Window(start=asked, end=asked + 30 * HOUR), "last")
    assert later is not None
    found = forecaster.time_to("energy_meter_001", "energy_kwh", later.value, now=asked)
    assert found.at and abs(found.at - asked - 30 * HOUR) < 4 * HOUR


def test_a_running_generator_is_foreseen_at_its_present_rate(forecaster: Forecaster) -> None:
    test = datetime(2026, 2, 28, 6, 5, tzinfo=UTC)  # generator 5 is run on Saturdays from 11:00 to 11:40 in India
    found = forecaster.time_to("diesel_generator_005", "fuel_level_pct", 30.0, now=test)
    assert found.method == "the rate of the last half hour"
    hours = (found.value - 30) / (0.07 * 60)
    assert found.at and found.earliest and found.latest and found.earliest < found.at < found.latest
    assert abs((found.at - test) / HOUR - hours) < 0.6


def test_a_threshold_of_every_day_is_reached_soon(forecaster: Forecaster) -> None:
    day = forecaster.forecast("transformer_002", "load_kva", DAY, now=UNTIL).points
    halfway = (min(p.value for p in day) + max(p.value for p in day)) / 2
    found = forecaster.time_to("transformer_002", "load_kva", halfway, now=UNTIL)
    assert found.at and found.earliest and found.earliest <= found.at < UNTIL + DAY


def load(database: Database, values: np.ndarray, metric: str = "power_consumption_kw") -> None:
    """Readings of chiller_002's metric up to UNTIL, one a minute, instead of what it has."""
    kind = PLANT.type("chiller")
    table = np.full((len(values), len(kind.metrics)), np.nan, np.float32)
    table[:, [m.name for m in kind.metrics].index(metric)] = values
    end = int(UNTIL.timestamp()) * 1_000_000
    ts = end - MINUTE_US * np.arange(len(values), 0, -1, dtype=np.int64)
    with database.connection() as connection:
        bulk_load(connection, PLANT, "chiller_002", Rows(ts, table))


def ahead(database: Database, horizon: timedelta = DAY) -> Forecast:
    return Forecaster(TimeSeries(database, PLANT), PLANT).forecast(
        "chiller_002", "power_consumption_kw", horizon, now=UNTIL
    )


def wave(days: float) -> np.ndarray:
    minutes = np.arange(int(days * 1440))
    rng = np.random.default_rng(4)
    return 100 + 30 * np.sin(2 * np.pi * minutes / 1440) + rng.standard_normal(len(minutes))


def test_a_machine_that_is_off_stays_off(catalog_db: Database) -> None:
    load(catalog_db, np.zeros(5 * 1440))
    found = ahead(catalog_db)
    assert {(p.low, p.value, p.high) for p in found.points} == {(0.0, 0.0, 0.0)}
    assert (found.method, found.error) == ("constant", None)


def test_after_a_new_sensor_only_its_readings_count(catalog_db: Database) -> None:
    values = wave(12)
    values[: 8 * 1440] += 400
    load(catalog_db, values)
    found = ahead(catalog_db)
    assert all(60 < p.value < 140 and p.high < 200 for p in found.points)
    assert "on another level since 2026-02-28" in found.caution
    assert found.trained_on.start is not None and found.trained_on.start >= UNTIL - 4.2 * DAY


def test_an_hour_of_spikes_is_left_out_and_told(catalog_db: Database) -> None:
    values = 7 + wave(12) / 100
    load(catalog_db, values, "chw_supply_temp_c")
    forecaster = Forecaster(TimeSeries(catalog_db, PLANT), PLANT)
    clean = forecaster.forecast("chiller_002", "chw_supply_temp_c", DAY, now=UNTIL)
    with catalog_db.transaction() as connection:
        spell = UNTIL.replace(minute=0) - 3 * HOUR, UNTIL.replace(minute=0) - 2 * HOUR
        query = "UPDATE chiller_002 SET chw_supply_temp_c = 327.67 WHERE ts >= %s AND ts < %s"
        connection.execute(query, spell)
        refresh_rollups(connection, PLANT, "chiller_002", *spell)
    for horizon in (DAY, HOUR):
        found = forecaster.forecast("chiller_002", "chw_supply_temp_c", horizon, now=UNTIL)
        assert "Readings far from all others, up to " in found.caution and "°C at 2026-03-04T0" in found.caution
        assert all(7 < p.low <= p.high < 9 for p in found.points)
    assert clean.caution == ""


def test_a_stuck_tail_is_left_out_and_told(catalog_db: Database) -> None:
    values = wave(12)
    values[-9 * 60 :] = 123.0
    load(catalog_db, values)
    found = ahead(catalog_db)
    assert "stood still since 2026-03-04T00:" in found.caution or "stood still since 2026-03-04T01:" in found.caution
    assert min(p.value for p in found.points) < 80
    assert found.trained_on.end is not None and found.trained_on.end < UNTIL - 8 * HOUR


def test_a_sensor_stuck_for_days_gives_no_forecast(catalog_db: Database) -> None:
    values = wave(12)
    values[-40 * 60 :] = 123.0
    load(catalog_db, values)
    with pytest.raises(NotFound, match="stood still"):
        ahead(catalog_db)


def test_gaps_are_no_zeros(catalog_db: Database) -> None:
    values = wave(12)
    values[3 * 1440 : 4 * 1440] = np.nan
    values[-200:] = np.nan
    load(catalog_db, values)
    assert all(55 < p.low <= p.value <= p.high < 145 for p in ahead(catalog_db, 7 * DAY).points)


def test_a_day_is_too_short_and_two_are_not(catalog_db: Database) -> None:
    load(catalog_db, wave(1))
    with pytest.raises(NotFound, match="needs 2 days of history, there are 24 hours"):
        ahead(catalog_db)
    load(catalog_db, wave(2.2))
    assert len(ahead(catalog_db).points) == 24
    with pytest.raises(NotFound, match=r"needs 3\.5 days of history"):
        ahead(catalog_db, 7 * DAY)


@pytest.fixture
def fresh_client(catalog_db: Database, app_db: Database, stub: StubEngine, tmp_path: Path) -> Iterator[FlaskClient]:
    """Speaks HTTP with a plant whose transformer has four days up to this minute."""
    fill_history(catalog_db, PLANT, days=4, seed=1, until=whole_minute(datetime.now(UTC)), only={"transformer_002"})
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": catalog_db.dsn}
    with running(Settings(_env_file=None, data_dir=tmp_path, **dsns), stub) as app:  # type: ignore[arg-type]
        yield app.test_client()


PATH = "/api/v1/equipment/transformer_002/forecast"


def test_http_gives_points_evidence_and_reach(fresh_client: FlaskClient) -> None:
    found = fresh_client.get(f"{PATH}?metric=load_kva&horizon=PT6H&threshold=5000").json
    assert (found["step"], len(found["points"]), found["unit"]) == ("PT15M", 24, "kVA")
    assert all(p["low"] <= p["value"] <= p["high"] for p in found["points"])
    assert found["evidence"]["rows"] > 5000 and found["evidence"]["table"] == "transformer_002"
    assert found["reach"]["at"] is None and found["reach"]["threshold"] == 5000
    assert fresh_client.get(f"{PATH}?metric=load_kva").json["reach"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("metric=load_kva&horizon=24", 422),
        ("metric=load_kva&horizon=PT10M", 422),
        ("metric=load_kva&horizon=P8D", 422),
        ("metric=load_kva&horizon=soon", 422),
        ("metric=load_kva&threshold=nan", 422),
        ("metric=load_kva&step=P1D", 422),
        ("metric=load_kva&other=1", 422),
        ("metric=nothing", 404),
        ("metric=load_kva", 404),
    ],
)
def test_http_refuses_in_one_shape(client: FlaskClient, query: str, status: int) -> None:
    response = client.get(f"{PATH}?{query}")
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json["detail"]
