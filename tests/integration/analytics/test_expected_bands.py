"""The band on trends, the cause of anomalies, and drift alarms: what the models of machines serve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from cc_common.alerts import find
from cc_common.alerts.watcher import Watcher
from cc_common.analytics import expected_behaviour
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.answers import Sources, compose_answer
from cc_common.answers.contexts import Contexts
from cc_common.core.windows import Window
from cc_common.db import Database, Databases, EmbeddedServer
from cc_common.planning import parse_plan
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from tests.conftest import UNTIL, _copy
from tests.integration.analytics.test_expected_behaviour import change
from tests.support.answer_sources import plant_sources


@pytest.fixture
def plant_weeks(server: EmbeddedServer, weeks: str, app_db: Database) -> Iterator[Databases]:
    """Four weeks of a few machines, of which the transformer has a model."""
    for database in _copy(server, weeks):
        databases = Databases(app=app_db, timeseries=database)
        expected_behaviour.fit_plant_models(databases, PLANT, ["transformer"])
        yield databases


def sources(databases: Databases) -> Sources:
    machines = ExpectedBehaviour(databases.app, databases.timeseries, PLANT)
    return plant_sources(databases.timeseries, databases.app, machines=machines)


def trend(databases: Databases, question: str, line: str) -> dict[str, object]:
    resolution = Resolver(PLANT).resolve(question, now=UNTIL)
    plan = parse_plan(line, resolution, PLANT, now=UNTIL)
    answer = compose_answer(plan, sources(databases), now=UNTIL)
    widget = next(w for w in answer.widgets if w.type == "trend")
    return dict(widget.data["series"][0])


def test_a_trend_shows_what_was_expected(plant_weeks: Databases) -> None:
    curve = trend(plant_weeks, "oil temperature of transformer 1 over the last 24 hours", "trend 1 a avg: trend")
    found = curve["expected"]
    assert isinstance(found, dict) and found["model"]["version"] == 1 and found["error"] > 0
    assert len(found["points"]) >= 23 and all(low < value < high for _, value, low, high in found["points"])


def test_without_a_model_there_is_no_band(plant_weeks: Databases) -> None:
    curve = trend(plant_weeks, "power of chiller 1 over the last 24 hours", "trend 1 a avg: trend")
    assert "expected" not in curve and curve["points"]


def test_a_summary_tells_a_drift_with_both_figures_and_their_rows(plant_weeks: Databases) -> None:
    change(plant_weeks, "transformer_001", "oil_temp_c = oil_temp_c + 12", timedelta(hours=10))
    plan = parse_plan(
        "summary 1: summary", Resolver(PLANT).resolve("summary of transformer 1", now=UNTIL), PLANT, now=UNTIL
    )
    answer = compose_answer(plan, sources(plant_weeks), now=UNTIL)
    assert "expected: fouling of the coolers likely." in answer.text and "degrees Celsius was expected" in answer.spoken
    read, expected = (f for f in answer.figures if f.metric == "oil_temp_c" and f.evidence.rows > 300)
    assert (read.statistic, expected.statistic) == ("avg", "forecast") and read.value - expected.value > 6


def test_a_sensor_that_does_not_change_is_reported_as_that_and_as_no_fault_of_the_machine(
    plant_weeks: Databases,
) -> None:
    change(plant_weeks, "transformer_001", "oil_temp_c = 75.5", timedelta(hours=8))
    parts = sources(plant_weeks)
    plan = parse_plan(
        "summary 1: summary", Resolver(PLANT).resolve("summary of transformer 1", now=UNTIL), PLANT, now=UNTIL
    )
    text = compose_answer(plan, parts, now=UNTIL).text
    assert "was expected: the sensor stands still." in text and "fouling" not in text
    contexts = Contexts(parts.readings, PLANT, plant_weeks.app, parts.anomalies, machines=parts.machines)
    day = Window(start=UNTIL - timedelta(days=1), end=UNTIL)
    assert "was expected: the sensor stands still" in contexts.equipment_summary("transformer_001", day).text


def test_a_context_tells_a_drift_and_none_of_a_machine_without_a_model(plant_weeks: Databases) -> None:
    change(plant_weeks, "transformer_001", "oil_temp_c = oil_temp_c + 12", timedelta(hours=10))
    parts = sources(plant_weeks)
    contexts = Contexts(parts.readings, PLANT, plant_weeks.app, parts.anomalies, machines=parts.machines)
    day = Window(start=UNTIL - timedelta(days=1), end=UNTIL)
    assert "was expected: fouling of the coolers likely" in contexts.equipment_summary("transformer_001", day).text
    assert "expected" not in contexts.equipment_summary("chiller_001", day).text
    quiet = Window(start=day.start - timedelta(days=2), end=day.start)
    assert "expected" not in contexts.equipment_summary("transformer_001", quiet).text


def test_a_drift_is_an_alarm_until_it_is_over(plant_weeks: Databases) -> None:
    change(plant_weeks, "transformer_001", "oil_temp_c = oil_temp_c + 12", timedelta(hours=10))
    now = UNTIL + timedelta(seconds=30)
    watcher = Watcher(databases=plant_weeks, catalog=PLANT, clock=lambda: now)
    watcher.watch()
    (alert,) = [a for a in find(plant_weeks.app).items if a.kind == "drift"]
    assert (alert.equipment, alert.metric) == ("transformer_001", "oil_temp_c")
    assert "above what its load explains" in alert.message and "fouling of the coolers likely" in alert.message
    assert alert.evidence and alert.evidence.rows and alert.evidence.table == "transformer_001"
    watcher.watch()
    assert len([a for a in find(plant_weeks.app).items if a.kind == "drift"]) == 1
    view = watcher._hourly.state_at(now)
    watcher._hourly._found = replace(view, drifts=())
    watcher.watch()
    assert [a.state for a in find(plant_weeks.app).items if a.kind == "drift"] == ["cleared"]
