"""What no one should ask of the store, or put into it: at every door a clear error, or an honest nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.data_quality import DataQuality
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import MaintenanceFigures, Price
from cc_common.answers.contexts import Contexts
from cc_common.catalog import Catalog
from cc_common.catalog.store import install_catalog, load_catalog
from cc_common.core.errors import Conflict, InvalidInput, NotFound, SetupError
from cc_common.core.windows import Window
from cc_common.db import Database, Databases, compose
from cc_common.feedback.rl_data import RlData
from cc_common.simulator import PLANT
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load, delete_readings, write_minute
from tests.conftest import UNTIL
from tests.integration.api.test_bad_input import is_problem

MACHINE, POWER = "chiller_001", "power_consumption_kw"
FUTURE = Window(start=datetime(2090, 1, 1, tzinfo=UTC), end=datetime(2090, 1, 8, tzinfo=UTC))
BEYOND = Window(start=datetime(2150, 1, 1, tzinfo=UTC), end=datetime(2150, 1, 8, tzinfo=UTC))
DAY = Window(start=UNTIL - timedelta(days=1), end=UNTIL)
MINUTE = timedelta(minutes=1)

Read = Callable[[TimeSeries, Window], object]
READS: dict[str, Read] = {
    "figure": lambda r, w: r.figure(MACHINE, POWER, w, "avg"),
    "last": lambda r, w: r.figure(MACHINE, POWER, w, "last"),
    "delta": lambda r, w: r.figure("energy_meter_001", "energy_kwh", w, "delta"),
    "statistics": lambda r, w: r.statistics(MACHINE, POWER, w),
    "compare": lambda r, w: r.compare([MACHINE, "chiller_002"], POWER, w, "max"),
    "rank": lambda r, w: r.rank("chiller", POWER, w, "avg", order="desc", limit=3),
    "rank by delta": lambda r, w: r.rank("energy_meter", "energy_kwh", w, "delta", order="asc", limit=None),
}
PATHS = {
    "series": f"/api/v1/equipment/{MACHINE}/series?metric={POWER}",
    "statistics": f"/api/v1/equipment/{MACHINE}/statistics?metric={POWER}",
    "compare": f"/api/v1/compare?equipment={MACHINE}&equipment=chiller_002&metric={POWER}",
    "anomalies": f"/api/v1/equipment/{MACHINE}/anomalies?limit=5",
    "fleet anomalies": "/api/v1/anomalies?limit=5",
    "quality": f"/api/v1/equipment/{MACHINE}/quality?",
    "fleet quality": "/api/v1/quality?limit=5",
    "alerts": "/api/v1/alerts?limit=5",
    "context": f"/api/v1/equipment/{MACHINE}/context?kind=trend&metric={POWER}",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(
    "span",
    [
        "start=2026-03-02T00:00:00Z&end=2026-03-01T00:00:00Z",  # reversed
        "start=2026-03-01T00:00:00Z&end=2026-03-01T00:00:00Z",  # empty
        "start=2026-03-01T00:00:00&end=2026-03-02T00:00:00Z",  # of no zone
        "start=2026-02-30T00:00:00Z",  # no day
        "end=tomorrow",
        "start=NaN",
    ],
)
def test_windows_that_are_none_are_refused_at_every_call(client: FlaskClient, path: str, span: str) -> None:
    is_problem(client.get(f"{path}&{span}"), 422)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_window_in_the_future_is_empty_or_refused_at_every_call(client: FlaskClient, path: str) -> None:
    found = client.get(f"{path}&start=2090-01-01T00:00:00Z&end=2090-01-02T00:00:00Z")
    if "/quality" in path:  # what nobody could have measured yet is not missing
        is_problem(found, 422)
        return
    assert found.status_code == 200
    body = found.get_json()
    assert not body.get("values") and all(point["rows"] == 0 for point in body.get("points", []))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_the_future_holds_no_readings_and_no_calendar_reaches_beyond_it(plant: Database, read: Read) -> None:
    readings = TimeSeries(plant, PLANT)
    assert not read(readings, FUTURE)
    with pytest.raises(InvalidInput, match="between the years"):
        read(readings, BEYOND)


@pytest.mark.parametrize(("start", "end"), [(UNTIL, UNTIL), (UNTIL, DAY.start), (UNTIL.replace(tzinfo=None), UNTIL)])
def test_a_window_cannot_be_reversed_empty_or_naive(start: datetime, end: datetime) -> None:
    with pytest.raises(InvalidInput):
        Window(start=start, end=end)


@pytest.mark.parametrize("step", ["PT0S", "P0D", "PT0M", "0", "", "-PT1H", "pt1h", "P1W'; --", "\u0660"])
def test_a_step_of_zero_or_of_no_length_is_refused(client: FlaskClient, plant: Database, step: str) -> None:
    with pytest.raises(InvalidInput, match="PT1H"):
        TimeSeries(plant, PLANT).series(MACHINE, POWER, DAY, step=step)
    is_problem(client.get(f"{PATHS['series']}&step={quote(step)}"), 422)


def test_a_window_within_a_minute_or_a_microsecond_is_one_all_the_same(plant: Database) -> None:
    readings = TimeSeries(plant, PLANT)
    for length in (timedelta(microseconds=1), timedelta(seconds=1), MINUTE):
        at = Window(start=UNTIL - MINUTE, end=UNTIL - MINUTE + length)
        assert [f.evidence.rows for f in readings.statistics(MACHINE, POWER, at)] == [1, 1, 1, 1]
        between = Window(start=UNTIL - MINUTE + timedelta(microseconds=1), end=UNTIL)
        assert readings.statistics(MACHINE, POWER, between) == ()


@pytest.mark.parametrize(
    ("tz", "first", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 13, 30, tzinfo=UTC), 23.5),
        ("Asia/Kolkata", datetime(2026, 3, 28, 18, 30, tzinfo=UTC), 24),
    ],
)
def test_a_day_of_the_plant_is_as_long_as_its_clock_says(
    timeseries_db: Database, tz: str, first: datetime, hours: float
) -> None:
    catalog = replace(PLANT, tz=tz)
    install_catalog(timeseries_db, catalog)
    ts = int((first - timedelta(hours=30)).timestamp()) * 1_000_000 + np.arange(90 * 60) * 60_000_000
    values = np.ones((len(ts), len(PLANT.type("fire_pump").metrics)), np.float32)
    with timeseries_db.connection() as connection:
        bulk_load(connection, catalog, "fire_pump_001", Rows(ts, values))
    around = Window(start=first - timedelta(hours=12), end=first + timedelta(hours=36))
    series = TimeSeries(timeseries_db, catalog).series("fire_pump_001", "jockey_pressure_bar", around, step="P1D")
    assert [(p.start, p.rows) for p in series.points][1] == (first, hours * 60)
    assert sum(p.rows for p in series.points) == 48 * 60


@pytest.mark.parametrize(
    "name",
    ["ts", "", "no_such_kw", 'power_consumption_kw"; DROP TABLE chiller_001; --', "%s", "{table}", "ts\0", "é" * 70],
)
def test_unknown_columns_and_machines_are_not_found_at_every_call(databases: Databases, name: str) -> None:
    database = databases.timeseries
    readings, contexts = TimeSeries(database, PLANT), _contexts(databases)
    for call in (
        lambda: readings.latest(MACHINE, [name]),
        lambda: readings.latest(name),
        lambda: readings.latest_all(name),
        lambda: readings.series(MACHINE, name, DAY),
        lambda: readings.statistics(name, POWER, DAY),
        lambda: readings.compare([MACHINE, name], POWER, DAY, "avg"),
        lambda: readings.rank(name, POWER, DAY, "avg", order="desc", limit=1),
        lambda: readings.rank("chiller", name, DAY, "avg", order="desc", limit=1),
        lambda: readings.data_range(name),
        lambda: AnomalyDetector(database, PLANT).detect(name, DAY),
        lambda: AnomalyDetector(database, PLANT).detect(MACHINE, DAY, metric=name),
        lambda: AnomalyDetector(database, PLANT).fleet(DAY, equipment_type=name),
        lambda: DataQuality(database, PLANT).report(name, DAY),
        lambda: Forecaster(readings, PLANT).forecast(MACHINE, name, timedelta(hours=1), now=UNTIL),
        lambda: contexts.equipment_summary(name, DAY),
        lambda: contexts.historical_trend(MACHINE, DAY, metrics=[name]),
        lambda: contexts.comparison([MACHINE, name], DAY),
        lambda: RlData(databases, PLANT).states(DAY, count=1, seed=1, equipment_type=name),
    ):
        with pytest.raises(NotFound):
            call()
    assert readings.latest(MACHINE)


ODD = "o'n\"eil; DROP TABLE plant -- {x} ünï"


@pytest.fixture
def odd(timeseries_db: Database) -> Catalog:
    """A plant whose type, metrics and machines have quotes, braces and spaces in their names; and two hours of rows."""
    kind = PLANT.type("energy_meter")
    metrics = tuple(replace(m, name=f"{ODD} {place}") for place, m in enumerate(kind.metrics))
    machines = tuple(replace(m, id=f"{ODD} {m.number}", type=ODD) for m in PLANT.of_type(kind.name)[:3])
    catalog = replace(PLANT, types=(replace(kind, name=ODD, metrics=metrics),), equipment=machines)
    install_catalog(timeseries_db, catalog)
    ts = int(UNTIL.timestamp()) * 1_000_000 + np.arange(120) * 60_000_000
    values = np.arange(120 * len(metrics), dtype=np.float32).reshape(120, -1)
    for machine in machines:
        with timeseries_db.connection() as connection:
            bulk_load(connection, catalog, machine.id, Rows(ts, values))
    return catalog


def test_names_with_quotes_are_only_names(timeseries_db: Database, odd: Catalog) -> None:
    assert load_catalog(timeseries_db) == odd
    readings, kind = TimeSeries(timeseries_db, odd), odd.types[0]
    machine, window = odd.equipment[0].id, Window(start=UNTIL + 7 * MINUTE, end=UNTIL + 113 * MINUTE)
    assert len(readings.latest(machine)) == len(kind.metrics) and len(readings.latest_all()) == 3
    for metric in kind.metrics:
        assert readings.statistics(machine, metric.name, window)[-1].evidence.rows == 106
        assert sum(p.rows for p in readings.series(machine, metric.name, window, step="PT5M").points) == 106
        assert len(readings.rank(kind.name, metric.name, window, "last", order="desc", limit=None)) == 3
    assert DataQuality(timeseries_db, odd).report(machine, window).equipment == machine
    assert len(DataQuality(timeseries_db, odd).fleet(window)) == 3
    AnomalyDetector(timeseries_db, odd).fleet(window)


def test_names_with_quotes_are_written_and_deleted_as_others(timeseries_db: Database, odd: Catalog) -> None:
    machine, n = odd.equipment[0].id, len(odd.types[0].metrics)
    with timeseries_db.connection() as connection:
        write_minute(connection, odd, UNTIL + 120 * MINUTE, {machine: [1.0] * n})
        write_minute(connection, odd, UNTIL + 120 * MINUTE, {machine: [2.0] * n})
        assert delete_readings(connection, odd, machine, Window(start=UNTIL, end=UNTIL + 120 * MINUTE)) == 120
    assert {f.value for f in TimeSeries(timeseries_db, odd).latest(machine)} == {2.0}


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinity_is_refused_whole_and_what_was_there_stays(plant_db: Database, bad: float) -> None:
    before = TimeSeries(plant_db, PLANT).latest(MACHINE)
    n = len(PLANT.type("chiller").metrics)
    ts = int(UNTIL.timestamp()) * 1_000_000 + np.arange(3) * 60_000_000
    values = np.ones((3, n), np.float32)
    values[1, 2] = bad
    with plant_db.connection() as connection:
        with pytest.raises(InvalidInput, match="infinite"):
            bulk_load(connection, PLANT, MACHINE, Rows(ts, values))
        with pytest.raises(InvalidInput, match="infinite"):
            write_minute(connection, PLANT, UNTIL, {MACHINE: values[1].tolist()})
    assert TimeSeries(plant_db, PLANT).latest(MACHINE) == before


def test_nan_is_no_reading_wherever_it_comes_from(plant_db: Database) -> None:
    n, readings = len(PLANT.type("chiller").metrics), TimeSeries(plant_db, PLANT)
    newest = {f.metric: f for f in readings.latest(MACHINE)}
    with plant_db.connection() as connection:
        write_minute(connection, PLANT, UNTIL, {MACHINE: [float("nan")] * n})
        bulk_load(connection, PLANT, MACHINE, Rows(_micros(UNTIL + MINUTE), np.full((1, n), np.nan, np.float32)))
    assert {f.metric: f for f in readings.latest(MACHINE)} == newest
    assert readings.statistics(MACHINE, POWER, Window(start=UNTIL, end=UNTIL + 2 * MINUTE)) == ()


@pytest.mark.parametrize(
    ("minute", "values"),
    [(UNTIL.replace(tzinfo=None), {}), (UNTIL + timedelta(seconds=1), {}), (UNTIL, {MACHINE: [1.0]})],
)
def test_a_minute_that_is_none_is_refused(plant_db: Database, minute: datetime, values: dict[str, list[float]]) -> None:
    with plant_db.connection() as connection, pytest.raises(InvalidInput):
        write_minute(connection, PLANT, minute, values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE {table}", "chiller_001"),
        ("ALTER TABLE {table} DROP COLUMN power_consumption_kw", "power_consumption_kw"),
    ],
)
def test_a_schema_that_the_catalogue_does_not_know_is_reported(plant_db: Database, change: str, said: str) -> None:
    with plant_db.connection() as connection:
        connection.execute(compose(change, table=MACHINE))
    readings = TimeSeries(plant_db, PLANT)
    with pytest.raises(SetupError, match=f"(?s){said}.*make check"):
        readings.series(MACHINE, POWER, DAY, step="PT1M")
    assert readings.statistics("chiller_002", POWER, DAY)


@pytest.mark.parametrize("name", ["plant", "equipment", "latest_reading", "import_chunk", "mine"])
def test_a_machine_named_as_a_table_of_others_is_refused_and_nothing_is_written(
    timeseries_db: Database, name: str
) -> None:
    with timeseries_db.connection() as connection:
        connection.execute("CREATE TABLE mine (ts timestamptz, other text)")
    machine = replace(PLANT.equipment[0], id=name)
    with pytest.raises(Conflict, match=name):
        install_catalog(timeseries_db, replace(PLANT, equipment=(machine,)))
    with pytest.raises(NotFound):
        load_catalog(timeseries_db)


def _contexts(databases: Databases) -> Contexts:
    readings = TimeSeries(databases.timeseries, PLANT)
    price = Price(tariff=1.0, currency="EUR")
    maintenance = MaintenanceFigures(databases.timeseries, PLANT, Forecaster(readings, PLANT), price)
    return Contexts(readings, PLANT, databases.app, AnomalyDetector(databases.timeseries, PLANT), maintenance)


def _micros(moment: datetime) -> Any:
    return np.array([int(moment.timestamp()) * 1_000_000])
