"""Maintenance over the database and over HTTP: figures stand on rows that are there; what cannot be told says why."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import psycopg
import pytest
from flask.testing import FlaskClient

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import MaintenanceFigures, Price
from cc_common.answers import Answer, compose_answer
from cc_common.answers.contexts import Contexts
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer
from cc_common.planning import parse_plan
from cc_common.simulator import PLANT, fill_history
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.understanding import Resolver
from tests.conftest import UNTIL, _copy, copied
from tests.support.answer_sources import plant_sources

ONLY = frozenset(["chiller_001", "ahu_001", "diesel_generator_001", "pump_001"])
PRICE = Price(tariff=10.0, currency="EUR")


@pytest.fixture(scope="module")
def month(server: EmbeddedServer, catalog_template: str) -> str:
    """A month of a few machines; the chiller takes a tenth more in its last week."""
    database = copied(server, "template_month", catalog_template)
    fill_history(database, PLANT, days=30, seed=1, until=UNTIL, only=ONLY)
    start = UNTIL - timedelta(days=7)
    with database.transaction() as connection:
        connection.execute(
            "UPDATE chiller_001 SET power_consumption_kw = power_consumption_kw * 1.1 WHERE ts >= %s", [start]
        )
        refresh_rollups(connection, PLANT, "chiller_001", start, UNTIL)
    database.close()
    return "template_month"


@pytest.fixture
def plant_month(server: EmbeddedServer, month: str) -> Database:
    yield from _copy(server, month)  # type: ignore[misc]


def maintenance(database: Database) -> MaintenanceFigures:
    return MaintenanceFigures(database, PLANT, Forecaster(TimeSeries(database, PLANT), PLANT), PRICE)


def test_a_loss_is_reported_with_the_rows_it_was_worked_out_from(plant_month: Database) -> None:
    found = maintenance(plant_month).machine_figures("chiller_001", now=UNTIL)
    item = next(i for i in found.items if i.kind == "efficiency_loss")
    assert (item.state, item.currency) == ("loss", "EUR") and found.items[0] == item
    assert item.value and item.cost == pytest.approx(10 * item.value) and item.low and item.low > 0
    assert item.evidence
    with psycopg.connect(plant_month.dsn) as connection:
        text = f"SELECT count({item.evidence.column}) FROM {item.evidence.table} WHERE ts >= %s AND ts < %s"
        assert connection.execute(text, [item.evidence.start, item.evidence.end]).fetchone() == (item.evidence.rows,)  # type: ignore[arg-type]


def test_fuel_left_is_a_date_with_its_interval(plant_month: Database) -> None:
    (item,) = maintenance(plant_month).machine_figures("diesel_generator_001", now=UNTIL).items
    assert (item.kind, item.limit, item.unit) == ("fuel", 30.0, "%")
    assert item.at and item.earliest and item.earliest <= item.at and item.at > UNTIL
    assert "lasts" in item.message and item.evidence and item.evidence.rows > 40_000


def test_a_generator_that_runs_after_a_refill_is_named_with_its_hours(plant_month: Database) -> None:
    machine, filled, begun = "diesel_generator_001", UNTIL - timedelta(days=8), UNTIL - timedelta(hours=4)
    with plant_month.transaction() as connection:
        connection.execute(
            "UPDATE diesel_generator_001 SET fuel_level_pct = fuel_level_pct - 0.1667 "
            "* greatest(extract(epoch FROM ts - %s) / 60, 0)::real - CASE WHEN ts < %s THEN 18 ELSE 0 END",
            [begun, filled],
        )
        refresh_rollups(connection, PLANT, machine, UNTIL - timedelta(days=30), UNTIL)
    (item,) = maintenance(plant_month).machine_figures(machine, now=UNTIL).items
    assert (item.state, item.method) == ("due", "the rate of the last half hour")
    assert (
        item.at
        and item.value
        and (item.at - UNTIL) / timedelta(hours=1) == pytest.approx((item.value - 30) / 10, abs=0.6)
    )
    assert "hours to its limit of 30 %" in item.message


def test_the_plant_is_ranked_and_its_losses_are_added_up(plant_month: Database) -> None:
    found = maintenance(plant_month).plant(now=UNTIL)
    assert [i.rank for i in found.items] == sorted(i.rank for i in found.items)
    losses = [i for i in found.items if i.state == "loss"]
    assert losses[0].equipment == "chiller_001"
    assert found.loss_kwh == pytest.approx(sum(i.value or 0 for i in losses)) and found.cost == pytest.approx(
        10 * found.loss_kwh
    )
    silent = [i for i in found.items if i.equipment == "chiller_009"]
    assert silent and all((i.state, i.value, i.evidence) == ("unknown", None, None) for i in silent)


def test_asked_again_within_the_hour_it_is_the_same_without_reading(plant_month: Database) -> None:
    door = maintenance(plant_month)
    first = door.plant(now=UNTIL, equipment_type="chiller")
    plant_month.close()
    assert door.plant(now=UNTIL + timedelta(minutes=5), equipment_type="chiller").items == first.items


def test_unknown_machines_and_naive_times_are_refused(plant: Database) -> None:
    with pytest.raises(NotFound):
        maintenance(plant).machine_figures("spaceship_001", now=UNTIL)
    with pytest.raises(InvalidInput, match="time zone"):
        maintenance(plant).machine_figures("chiller_001", now=UNTIL.replace(tzinfo=None))


def test_contexts_hold_it_and_pass_the_number_check(plant_month: Database, app_db: Database) -> None:
    readings, anomalies = TimeSeries(plant_month, PLANT), AnomalyDetector(plant_month, PLANT)
    contexts = Contexts(readings, PLANT, app_db, anomalies, maintenance(plant_month))
    own = contexts.maintenance(UNTIL, equipment_id="chiller_001")
    assert "- loss: Chiller 1 power consumption beyond what the same work used to take in the last week: " in own.text
    assert [f.unit for f in own.figures[:2]] == ["kWh", "EUR"]
    assert "Chiller 1" in contexts.maintenance(UNTIL).text.splitlines()[1]
    summary = contexts.equipment_summary("chiller_001", Window(start=UNTIL - timedelta(days=1), end=UNTIL))
    both = contexts.assemble([own, summary], 100_000)
    for context in (summary, both):
        assert context.text.count("- loss: Chiller 1 power consumption beyond what the same work used to take") == 1
    assert contexts.maintenance(UNTIL, equipment_type="lift").text.endswith("- Nothing is due.\n")
    with pytest.raises(InvalidInput):
        Contexts(readings, PLANT, app_db, anomalies).maintenance(UNTIL)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("summary of chiller 1", "summary 1: summary"),
        ("summary of the chillers", "summary chiller: summary"),
        ("plant summary", "summary plant: summary"),
    ],
)
def test_a_summary_says_what_is_lost_with_its_rows(
    plant_month: Database, app_db: Database, question: str, line: str
) -> None:
    answer = summed_up(plant_month, app_db, question, line)
    said = re.search(
        r"Chiller 1 took ([\d,.]+) kWh more in the last week than such work .*, ([\d,.]+) EUR\.", answer.text
    )
    assert said and "kilowatt-hours more" in answer.spoken
    lost, cost = (next(f for f in answer.figures if f.unit == unit) for unit in ("kWh", "EUR"))
    assert [f"{figure.value:,.1f}" for figure in (lost, cost)] == list(said.groups())
    assert lost.evidence.table == "chiller_001" and lost.evidence.rows > 5_000


def test_a_summary_of_what_has_nothing_due_says_nothing_of_it(plant_month: Database, app_db: Database) -> None:
    answer = summed_up(plant_month, app_db, "summary of the diesel generators", "summary diesel_generator: summary")
    assert answer.text.count(".") and "its limit" not in answer.text and "such work" not in answer.text


def test_a_summary_says_when_the_fuel_is_down(plant_month: Database, app_db: Database) -> None:
    change(plant_month, "diesel_generator_001", "fuel_level_pct = fuel_level_pct * 0.25", UNTIL - timedelta(days=31))
    answer = summed_up(plant_month, app_db, "plant summary", "summary plant: summary")
    level = next(f for f in answer.figures if f.metric == "fuel_level_pct")
    said = f"Diesel Generator 1 fuel level, {level.value:.1f} {{0}} now, is down to its limit of 30 {{0}}."
    assert said.format("%") in answer.text and said.format("percent") in answer.spoken
    assert answer.text.index("is down to") < answer.text.index("than such work")


def test_what_is_no_number_is_no_reading(plant_month: Database, app_db: Database) -> None:
    change(plant_month, "chiller_001", "power_consumption_kw = 'NaN'", UNTIL - timedelta(days=30))
    with plant_month.transaction() as connection:
        connection.execute("UPDATE latest_reading SET readings[1] = 'NaN' WHERE equipment_id = 'chiller_001'")
    found = maintenance(plant_month).machine_figures("chiller_001", now=UNTIL)
    assert {i.state for i in found.items} == {"unknown"} and "few readings of power" in found.items[0].message
    readings, anomalies = TimeSeries(plant_month, PLANT), AnomalyDetector(plant_month, PLANT)
    day = Window(start=UNTIL - timedelta(days=1), end=UNTIL)
    text = Contexts(readings, PLANT, app_db, anomalies).equipment_summary("chiller_001", day).text
    assert "- power consumption: no readings yet\n" in text
    assert "kW at" not in summed_up(plant_month, app_db, "summary of chiller 1", "summary 1: summary").text


def change(database: Database, machine: str, assignment: str, start: datetime) -> None:
    with database.transaction() as connection:
        connection.execute(f"UPDATE {machine} SET {assignment} WHERE ts >= %s", [start])
        refresh_rollups(connection, PLANT, machine, start, UNTIL)


def summed_up(plant: Database, app: Database, question: str, line: str) -> Answer:
    sources = plant_sources(plant, app, maintenance=maintenance(plant))
    resolved = Resolver(PLANT).resolve(question, now=UNTIL)
    return compose_answer(parse_plan(line, resolved, PLANT, now=UNTIL), sources, now=UNTIL)


def test_over_http_two_days_are_not_enough_and_say_so(client: FlaskClient) -> None:
    found = client.get("/api/v1/equipment/chiller_001/maintenance")
    assert found.status_code == 200
    assert {i["state"] for i in found.json["items"]} == {"unknown"}
    assert all(i["message"] and i["value"] is None for i in found.json["items"])
    page = client.get("/api/v1/maintenance?type=chiller&limit=2").json
    assert (page["total"], len(page["items"]), page["next"], page["loss_kwh"], page["currency"]) == (
        48,
        2,
        "2",
        0,
        "INR",
    )
    assert client.get("/api/v1/equipment/spaceship_1/maintenance").status_code == 404


@pytest.mark.parametrize("query", ["type=spaceship", "state=odd", "limit=0", "cursor=-1", "colour=red"])
def test_bad_parameters_are_problems(client: FlaskClient, query: str) -> None:
    response = client.get(f"/api/v1/maintenance?{query}")
    assert (response.status_code in (404, 422), response.content_type) == (True, "application/problem+json")
