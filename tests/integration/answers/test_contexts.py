"""Contexts: whole facts within a budget, and every number in them is a figure that raw SQL confirms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.answers.context import Context, byte_count
from cc_common.answers.contexts import Contexts
from cc_common.answers.finding_facts import alert_figure
from cc_common.answers.number_check import check_context
from cc_common.core.errors import InvalidInput, NotFound, UnverifiedFigure
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.db import Database, Databases, compose
from cc_common.operations.checks import Subject, confirm
from cc_common.simulator import PLANT
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from tests.conftest import UNTIL

DAY = Window(start=UNTIL - timedelta(days=1), end=UNTIL)
EMPTY = Window(start=UNTIL - timedelta(days=400), end=UNTIL - timedelta(days=399))
SQL = {
    "avg": "avg({column}::float8)",
    "min": "min({column})::float8",
    "max": "max({column})::float8",
    "sum": "sum({column}::float8)",
    "count": "count({column})",
    "last": "(array_agg({column}::float8 ORDER BY ts DESC))[1]",
    "delta": "(array_agg({column}::float8 ORDER BY ts DESC))[1] - (array_agg({column}::float8 ORDER BY ts))[1]",
}


def contexts(databases: Databases) -> Contexts:
    anomalies = AnomalyDetector(databases.timeseries, PLANT)
    return Contexts(TimeSeries(databases.timeseries, PLANT), PLANT, databases.app, anomalies)


@pytest.fixture
def made(app_db: Database, plant: Database) -> Contexts:
    """Contexts over the plant that is only read, with alerts of this test's own."""
    return contexts(Databases(app=app_db, timeseries=plant))


def every(made: Contexts, window: Window = DAY) -> Iterator[Context]:
    yield made.equipment_summary("chiller_001", window)
    yield made.historical_trend("energy_meter_001", window)
    yield made.anomalies_in_context(window, equipment_id="pump_002")
    yield made.comparison(["lift_001", "lift_002", "lift_003"], window)
    yield made.alerts_context(window)


def raised(app: Database, **changes: Any) -> alerts.Alert:
    at = UNTIL - timedelta(minutes=1)
    evidence = Evidence(table="chiller_001", column="vibration_mm_s", statistic="last", start=at, end=UNTIL, rows=1)
    given: dict[str, Any] = {
        "equipment": "chiller_001",
        "metric": "vibration_mm_s",
        "kind": "out_of_range",
        "severity": "warning",
        "message": "Chiller 1 vibration is 4.62 mm/s, above its limit of 4.5 mm/s.",
        "value": 4.619999885559082,
        "limit": 4.5,
        "unit": "mm/s",
        "evidence": evidence,
        "raised_at": at,
    }
    return alerts.raise_alert(app, NewAlert(**given | changes))


def shaken(database: Database, *, hours: int) -> datetime:
    """Chiller 1 shakes for hours, up to an hour before the end; since when."""
    start = UNTIL - timedelta(hours=hours + 1)
    stamps = int(start.timestamp()) * 1_000_000 + np.arange(hours * 60, dtype=np.int64) * 60_000_000
    names = [m.name for m in PLANT.type("chiller").metrics]
    values = np.full((len(stamps), len(names)), 5, np.float32)
    values[:, names.index("vibration_mm_s")] = np.linspace(9, 9.5, len(stamps))
    with database.connection() as connection:
        bulk_load(connection, PLANT, "chiller_001", Rows(stamps, values))
    return start


def of_rows(database: Database, evidence: Evidence) -> Any:
    """The statistic over the evidence's rows, and how many there are, by raw SQL."""
    statistic = SQL[evidence.statistic]
    query = f"SELECT {statistic} AS value, count({{column}}) AS rows FROM {{table}} WHERE ts >= %s AND ts < %s"
    with database.connection() as connection:
        asked = compose(query, table=evidence.table, column=evidence.column)
        return connection.execute(asked, [evidence.start, evidence.end], binary=True).fetchone()


@pytest.mark.parametrize("place", range(4))
def test_every_figure_is_what_its_rows_say(made: Contexts, plant: Database, place: int) -> None:
    context = list(every(made))[place]
    for figure in context.figures:
        value, rows = of_rows(plant, figure.evidence)
        assert figure.value == pytest.approx(value, rel=1e-9)
        assert rows == figure.evidence.rows


@pytest.mark.parametrize("place", range(4))
def test_every_number_of_the_text_is_a_figure(made: Contexts, place: int) -> None:
    context = list(every(made))[place]
    rest = re.sub(
        r"\d{4}-\d\d-\d\d \d\d:\d\d|(Chiller|Lift|Energy Meter|Pump|Basement|limit of) [\d.]+|\w+_\d{3}",
        "",
        context.text,
    )
    numbers = {float(n.replace(",", "")) for n in re.findall(r"-?\d[\d,]*\.?\d*(?![\d,])", rest.replace(", ", " "))}
    values = [figure.value for figure in context.figures]
    assert all(any(abs(n - v) <= 0.5 for v in values) for n in numbers)


def test_a_number_that_is_no_figure_is_never_given_out(made: Contexts) -> None:
    context = made.equipment_summary("chiller_001", DAY)
    part = context.parts[0]
    for text in (f"{part.facts[0].text}, up 12 %", part.facts[0].text.replace("kW at", "1 kW at"), "limit of 999 kW"):
        forged = replace(part, facts=(replace(part.facts[0], text=text),))
        with pytest.raises(UnverifiedFigure):
            check_context(replace(context, parts=(forged,)), PLANT)


def test_a_figure_without_rows_is_never_given_out(made: Contexts) -> None:
    part = made.equipment_summary("chiller_001", DAY).parts[0]
    hollow = tuple(replace(f, evidence=replace(f.evidence, rows=0)) for f in part.facts[0].figures)
    forged = Context(kind="summary", parts=(replace(part, facts=(replace(part.facts[0], figures=hollow),)),))
    with pytest.raises(UnverifiedFigure):
        check_context(forged, PLANT)


def test_contexts_are_the_same_each_time(made: Contexts) -> None:
    assert list(every(made)) == list(every(made))


def test_empty_windows_say_so_in_words(made: Contexts) -> None:
    summary, trend, anomalies, compared, open_ones = every(made, EMPTY)
    assert "no readings in this time" in summary.text
    assert "There are no readings of Energy Meter 1 in this time." in trend.text
    assert "Nothing unusual was found." in anomalies.text
    assert "no readings in this time: Lift 1, Lift 2 and Lift 3" in compared.text
    assert "No alert is open." in open_ones.text
    assert not trend.figures + compared.figures + open_ones.figures
    assert trend.sources == ("energy_meter_001",)


@pytest.mark.parametrize(
    "ask",
    [
        lambda made: made.equipment_summary("chiller_999", DAY),
        lambda made: made.historical_trend("'; DROP TABLE alert; --", DAY),
        lambda made: made.historical_trend("chiller_001", DAY, metrics=["happiness"]),
        lambda made: made.anomalies_in_context(DAY, equipment_id="chiller_999"),
        lambda made: made.anomalies_in_context(DAY, equipment_type="spaceship"),
        lambda made: made.comparison(["chiller_001", "chiller_999"], DAY),
        lambda made: made.alerts_context(DAY, equipment_id="chiller_999"),
    ],
)
def test_unknown_names_are_not_found(made: Contexts, ask: Any) -> None:
    with pytest.raises(NotFound):
        ask(made)


def test_a_comparison_needs_two_machines_with_something_in_common(made: Contexts) -> None:
    with pytest.raises(InvalidInput, match="two"):
        made.comparison(["chiller_001", "chiller_001"], DAY)
    with pytest.raises(InvalidInput, match="common"):
        made.comparison(["lift_001", "ahu_001"], DAY)


def test_a_comparison_goes_from_the_highest_down(made: Contexts) -> None:
    compared = made.comparison(["chiller_001", "chiller_002", "chiller_003", "chiller_009"], DAY)
    averages = [f.value for f in compared.figures if f.statistic == "avg"]
    assert averages == sorted(averages, reverse=True) and len(averages) == 3
    assert compared.text.rstrip().endswith("no readings in this time: Chiller 9")


def test_a_trend_tells_where_it_went(made: Contexts, plant: Database) -> None:
    context = made.historical_trend("chiller_001", DAY, metrics=["power_consumption_kw"])
    first, last = (f.value for f in context.figures[4:6])
    verb = re.search(r"(rose|fell|stayed level) from", context.text)
    assert verb and (verb[1] == "stayed level" or (verb[1] == "rose") == (last > first))
    points = [f for f in context.figures[6:] if f.statistic == "avg"]
    assert sum(f.evidence.rows for f in points) == of_rows(plant, context.figures[0].evidence)[1]


def test_an_anomaly_stands_beside_its_day_before_and_its_alert(databases: Databases) -> None:
    start = shaken(databases.timeseries, hours=3)
    raised(databases.app, raised_at=start + timedelta(minutes=5))
    context = contexts(databases).anomalies_in_context(DAY, equipment_id="chiller_001")
    line = next(line for line in context.text.splitlines() if "vibration is past its limits" in line)
    assert "the day before" in line and "out of range alert at" in line and "average 9.25 mm/s" in line
    assert {"chiller_001", "alert"} <= set(context.sources)


def test_the_fleet_is_reported_with_names(databases: Databases) -> None:
    shaken(databases.timeseries, hours=3)
    made = contexts(databases)
    assert "Chiller 1: vibration" in made.anomalies_in_context(DAY).text
    assert "Chiller 1: vibration" in made.anomalies_in_context(DAY, equipment_type="chiller").text
    assert "Chiller 1" not in made.anomalies_in_context(DAY, equipment_type="pump").text


def test_alerts_come_gravest_first_and_cleared_ones_last(made: Contexts, app_db: Database) -> None:
    over = raised(app_db, equipment="pump_001", kind="stuck", evidence=None, value=None, message="Sensor stands still.")
    alerts.clear(app_db, over.id, who="asha 7")
    raised(app_db, equipment="chiller_002", kind="silence", metric=None, value=None, evidence=None, message="No 5 rows")
    raised(app_db, severity="critical")
    context = made.alerts_context(DAY)
    heads = [re.sub(r",.*", "", line) for line in context.text.splitlines()[1:]]
    assert heads == [
        "- open: 2",
        "- critical: Chiller 1 vibration",
        "- warning: Chiller 2",
        "- warning: Pump 1 vibration",
    ]
    assert "past its limit of 4.5 mm/s" in context.text and f"alert:{over.id}" in context.sources
    assert "No 5 rows" not in context.text and "Sensor stands still." in context.text


def test_an_alert_of_the_whole_plant_is_reported(made: Contexts, app_db: Database) -> None:
    raised(app_db, equipment="plant", metric=None, value=None, evidence=None, kind="silence", message="No readings.")
    assert "warning: plant, silence" in made.alerts_context(DAY).text


def test_context_and_answer_give_an_alert_the_figure_of_its_reading(
    made: Contexts, app_db: Database, plant: Database
) -> None:
    reading = TimeSeries(plant, PLANT).latest("chiller_001", ["vibration_mm_s"])[0]
    alert = raised(app_db, value=reading.value, evidence=reading.evidence)
    assert made.alerts_context(DAY, equipment_id="chiller_001").figures[1:] == (reading,)
    assert alert_figure(alert, PLANT) == reading
    confirm(Subject(databases=Databases(app=app_db, timeseries=plant)), [reading])


def test_an_alert_of_a_removed_machine_or_metric_is_told_without_its_figure(made: Contexts, app_db: Database) -> None:
    raised(app_db, equipment="chiller_099")
    raised(app_db, metric="sensor_2_kw")
    text = made.alerts_context(DAY).text
    assert "warning: chiller_099, out of range" in text and "warning: Chiller 1, out of range" in text
    assert not [f for f in made.alerts_context(DAY).figures if f.statistic != "count"]


def test_assembly_keeps_every_fact_where_there_is_room(made: Contexts) -> None:
    parts = list(every(made))
    whole = made.assemble(parts, 1_000_000)
    assert whole.complete
    assert whole.text == "\n".join(part.text for part in parts)


@pytest.mark.parametrize("budget", [400, 700, 1000, 2000, 3000, 5000])
def test_assembly_keeps_its_budget_and_cuts_no_fact(made: Contexts, budget: int) -> None:
    parts = list(every(made))
    short = made.assemble(parts, budget)
    known = {"", *(line for part in parts for line in part.text.splitlines())}
    assert byte_count(short.text) <= budget
    assert set(short.text.splitlines()) - known == {"Further facts were left out for want of room."}
    assert short == made.assemble(parts, budget)


def test_assembly_leaves_out_the_least_relevant(made: Contexts, app_db: Database) -> None:
    raised(app_db)
    parts = list(every(made))
    kept = {fact for part in made.assemble(parts, 900).parts for fact in part.facts}
    assert set(parts[-1].parts[0].facts) <= kept
    left = [fact for context in parts for part in context.parts for fact in part.facts if fact not in kept]
    assert max(fact.relevance for fact in kept) <= max(fact.relevance for fact in left)


def test_assembly_asks_the_counter_it_is_given(made: Contexts) -> None:
    parts = list(every(made))
    by_words = made.assemble(parts, 200, count=lambda text: len(text.split()))
    assert len(by_words.text.split()) <= 200 < byte_count(by_words.text)


def test_a_budget_that_holds_nothing_is_refused(made: Contexts) -> None:
    with pytest.raises(InvalidInput, match="single fact"):
        made.assemble(list(every(made)), 20)


def test_http_gives_each_kind_with_its_rows(client: FlaskClient) -> None:
    window = "start=2026-03-03T00:00:00Z&end=2026-03-04T00:00:00Z"
    for kind in ("summary", "trend", "anomalies", "comparison", "alerts"):
        found = client.get(f"/api/v1/equipment/chiller_001/context?kind={kind}&{window}").json
        assert found["kind"] == kind and found["text"].startswith("## ")
        assert [e["value_index"] for e in found["evidence"]] == list(range(len(found["values"])))


def test_http_assembles_within_the_budget(client: FlaskClient) -> None:
    found = client.get("/api/v1/equipment/chiller_001/context?end=2026-03-04T00:00:00Z&budget=1500").json
    assert (found["kind"], found["complete"]) == ("assembly", False)
    assert len(found["text"].encode()) == found["tokens"] <= 1500


def test_http_tells_of_the_fleet(client: FlaskClient) -> None:
    end = "end=2026-03-04T00:00:00Z"
    compared = client.get(f"/api/v1/context?kind=comparison&type=chiller&{end}").json
    assert len({v["equipment"] for v in compared["values"]}) == 3
    assert client.get(f"/api/v1/context?{end}").json["kind"] == "assembly"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/equipment/chiller_999/context", 404),
        ("/api/v1/equipment/chiller_001/context?kind=poem", 422),
        ("/api/v1/equipment/chiller_001/context?budget=0", 422),
        ("/api/v1/equipment/chiller_001/context?kind=summary&budget=5", 422),
        ("/api/v1/equipment/chiller_001/context?start=2026-03-04T00:00:00Z&end=2026-03-03T00:00:00Z", 422),
        ("/api/v1/context?kind=comparison", 422),
        ("/api/v1/context?kind=comparison&equipment=chiller_001", 422),
        ("/api/v1/context?kind=anomalies&type=spaceship", 404),
    ],
)
def test_http_refuses_what_makes_no_sense(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_contexts_hold_figures_of_the_plant_only(made: Contexts) -> None:
    figures: list[Figure] = [f for context in every(made) for f in context.figures]
    assert {f.evidence.table for f in figures} <= {m.id for m in PLANT.equipment}
