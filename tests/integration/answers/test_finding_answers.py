"""Answers about what is unusual, what alarms and what is to come: each number stands on rows, or is not said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.answers import Answer, compose_answer
from cc_common.core.evidence import Evidence
from cc_common.db import Database, Databases
from cc_common.planning import parse_plan
from cc_common.simulator import PLANT
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.understanding import Resolver
from tests.conftest import UNTIL
from tests.support.answer_sources import plant_sources

RESOLVER = Resolver(PLANT)
NOW = UNTIL
Ask = Callable[[str, str], Answer]


@pytest.fixture
def ask(databases: Databases) -> Ask:
    """Answers a question by a line of the plan language."""
    sources = plant_sources(databases.timeseries, databases.app)

    def answered(question: str, line: str) -> Answer:
        return compose_answer(parse_plan(line, RESOLVER.resolve(question, now=NOW), PLANT, now=NOW), sources, now=NOW)

    return answered


def raised(app: Database, machine: str, value: float) -> None:
    column = "vibration_mm_s"
    start = NOW - timedelta(minutes=2)
    end = start + timedelta(minutes=1)
    evidence = Evidence(table=machine, column=column, statistic="last", start=start, end=end, rows=1)
    new = NewAlert(
        equipment=machine, metric=column, kind="limit", severity="critical", message="too high", value=value,
        limit=7.1, unit="mm/s", evidence=evidence, raised_at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    alerts.raise_alert(app, new)


def test_no_alerts_are_stated_to_be_none(ask: Ask) -> None:
    answer = ask("alarms on chiller 1", "alerts 1: alerts table")
    assert answer.text == "No alerts on Chiller 1 are open."
    assert [(w.type, w.data["total"]) for w in answer.widgets if w.type == "alerts"] == [("alerts", 0)]


def test_open_alerts_are_counted_and_told_newest_first(ask: Ask, databases: Databases) -> None:
    for number in range(1, 6):
        raised(databases.app, f"pump_{number:03d}", 8.0 + number)
    everywhere = ask("any alarms", "alerts plant: alerts")
    assert everywhere.text.startswith("5 open alerts: Pump ") and everywhere.text.endswith(", and 2 more.")
    of_type = ask("alarms on chillers", "alerts chiller: alerts")
    assert of_type.text == "No alerts on any of the chillers are open."
    assert ask("alarms on pump 2", "alerts 1: alerts").figures[0].value == 10.0


def test_an_alert_of_a_machine_or_metric_that_is_no_more_is_reported_without_its_figure(
    ask: Ask, databases: Databases
) -> None:
    raised(databases.app, "dragon_001", 8.0)
    raised(databases.app, "energy_meter_001", 9.0)  # which measures no vibration
    answer = ask("any alarms", "alerts plant: alerts table")
    assert "dragon_001 vibration_mm_s (critical)" in answer.text
    assert "Energy Meter 1 vibration_mm_s (critical)" in answer.text
    assert answer.figures == () and answer.widgets[0].data["total"] == 2


def test_a_title_says_what_its_widget_is_about(ask: Ask, databases: Databases) -> None:
    raised(databases.app, "chiller_001", 8.0)
    of_type = ask("alarms on chillers", "alerts chiller: alerts table")
    assert [w.title for w in of_type.widgets] == ["Chillers: alerts", "Chillers: vibration"]
    ranked = ask("which chiller has the highest power", "rank chiller a last desc: ranking kpi")
    assert [w.title for w in ranked.widgets] == ["Chillers: power consumption", "Chiller 3: power consumption"]


def test_alerts_of_a_window_are_those_raised_in_it(ask: Ask, databases: Databases) -> None:
    raised(databases.app, "pump_001", 9.0)
    assert ask("pump 1 alarms in the last hour", "alerts 1: alerts").text.startswith("1 alert: Pump 1 vibration")
    assert "No alerts on Pump 1 yesterday" in ask("pump 1 alarms yesterday", "alerts 1: alerts").text


def test_nothing_unusual_is_stated_so(ask: Ask) -> None:
    answer = ask("anything odd on chiller 2 in the last hour", "anomalies 1: anomalies trend")
    assert answer.text == "Nothing unusual on Chiller 2 over the last hour."
    assert answer.widgets[0].data["items"] == []


def test_a_sensor_that_does_not_change_is_reported_with_its_rows(ask: Ask, databases: Databases) -> None:
    with databases.timeseries.transaction() as connection:
        since = NOW - timedelta(hours=20)
        connection.execute("UPDATE chiller_002 SET vibration_mm_s = 2.5 WHERE ts >= %s", [since])
        refresh_rollups(connection, PLANT, "chiller_002", since, NOW)
    answer = ask("anything odd on chiller 2", "anomalies 1: anomalies trend")
    assert "Chiller 2 vibration stood still from " in answer.text
    found = next(f for f in answer.figures if f.metric == "vibration_mm_s")
    assert found.value == pytest.approx(2.5) and found.evidence.rows > 60


def test_a_forecast_tells_mean_peak_and_band(ask: Ask) -> None:
    answer = ask("transformer 1 load over the next 24 hours", "forecast 1 a: forecast trend")
    whole, peak, low, high = (f.value for f in answer.figures[:4])
    assert low <= peak <= high and whole <= peak
    assert (
        answer.text.startswith("Transformer 1 load is forecast to average ")
        and "with 90 percent probability)." in answer.text
    )
    assert {f.evidence.statistic for f in answer.figures[:4]} == {"forecast"}
    points = answer.widgets[0].data["points"]
    assert len(points) >= 24 and all(lo <= value <= hi for _, value, lo, hi in points)


def test_too_little_history_for_a_level_is_stated_in_words(ask: Ask) -> None:
    answer = ask("when will generator 1 run out of fuel at this rate", "forecast 1 a: forecast")
    assert answer.text == "A forecast of Diesel Generator 1 fuel level needs 3.5 days of history, there are 2 days."


def test_without_history_there_is_no_forecast_and_no_number(ask: Ask) -> None:
    answer = ask("forecast chiller 9 power", "forecast 1 a: forecast trend")
    assert answer.figures == () and answer.widgets == ()
    assert "history" in answer.text or "readings" in answer.text


def test_the_alerts_widget_beside_a_reading(ask: Ask) -> None:
    answer = ask("Show chiller 1 power", "latest 1 a: kpi trend alerts")
    assert [w.type for w in answer.widgets] == ["kpi", "trend", "alerts"]


def test_figures_of_less_history_than_asked_say_since_when(ask: Ask) -> None:
    answer = ask("average power of chiller 1 over the last 3 months", "statistics 1 a avg: statistics")
    assert " There are readings since " in answer.text
