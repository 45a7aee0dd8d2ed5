"""Plans for what is unusual, what alarms and what is to come."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from cc_common.planning import Plan, parse_plan, plan_of, render_plan, understand
from cc_common.planning.possible_intents import possible_intents
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
RESOLVER = Resolver(PLANT)


def plan(question: str, line: str) -> Plan:
    resolution = RESOLVER.resolve(question, now=NOW)
    found = parse_plan(line, resolution, PLANT, now=NOW)
    assert render_plan(found, resolution) == line
    return found


def ahead(found: Plan) -> timedelta:
    assert found.window is not None and found.window.start >= NOW
    return found.window.end - NOW


def test_a_forecast_looks_ahead() -> None:
    found = plan("what will transformer 2 load be over the next 24 hours", "forecast 1 a: forecast")
    assert (found.metrics, found.threshold) == (("load_kva",), None)
    assert ahead(found) == timedelta(hours=24)


def test_a_forecast_of_the_past_becomes_the_usual_one() -> None:
    assert ahead(plan("forecast chiller 1 power, as yesterday", "forecast 1 a: forecast")) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("question", "level"),
    [
        ("when will generator 5 run out of fuel at this rate", 0.0),
        ("when does pump 3 bearing temp reach 80 degrees", 80.0),
        ("how long until dg 3 fuel drops to 20.5 %", 20.5),
        ("when will ups 4 battery charge be full", 100.0),
    ],
)
def test_a_level_to_be_reached_is_read_by_code(question: str, level: float) -> None:
    found = plan(question, "forecast 1 a: forecast")
    assert found.threshold == level
    assert ahead(found) == timedelta(days=7)


def test_its_limit_is_the_metrics_own() -> None:
    found = plan("when will pump 3 vibration exceed its limit", "forecast 1 a: forecast")
    assert found.threshold == PLANT.metric("pump_003", "vibration_mm_s").high


def test_anomalies_of_a_machine_a_metric_a_type_and_the_plant() -> None:
    assert plan("anything odd on ahu 3 yesterday", "anomalies 1: anomalies trend").equipment == ("ahu_003",)
    assert plan("spikes in ahu 3 co2", "anomalies 1 a: anomalies").metrics == ("co2_ppm",)
    assert plan("odd pumps today", "anomalies pump: anomalies").equipment_type == "pump"
    everywhere = plan("anything odd", "anomalies plant: anomalies")
    assert (everywhere.equipment, everywhere.equipment_type) == ((), None)


def test_alerts_without_a_time_are_those_open_now() -> None:
    assert plan("alarms on chiller 3", "alerts 1: alerts").window is None
    found = plan("alarms on chiller 3 yesterday", "alerts 1: alerts")
    assert found.window is not None and found.window.label == "yesterday"


@pytest.mark.parametrize(
    ("question", "side"),
    [
        ("when will chiller 1 power exceed 100 kW", "above"),
        ("when will chiller 1 power rise above 100 kW", "above"),
        ("when will chiller 1 power drop below 100 kW", "below"),
        ("when will chiller 1 power fall to 100 kW", "below"),
        ("when will chiller 1 power reach 100 kW", None),
        ("will chiller 1 power stay under 100 kW tomorrow", "above"),
        ("will chiller 1 power remain above 100 kW over the next 6 hours", "below"),
        ("will chiller 1 power be over 100 kW over the next 6 hours", "above"),
        ("when will generator 5 run out of fuel at this rate", "below"),
    ],
)
def test_the_side_of_a_level_is_read_by_code(question: str, side: str | None) -> None:
    assert plan(question, "forecast 1 a: forecast").side == side


@pytest.mark.parametrize(
    ("question", "limit", "side"),
    [
        ("when will boiler 3 drum water level drop below its limit", 30.0, "below"),
        ("when will boiler 3 drum water level exceed its limit", 75.0, "above"),
        ("will boiler 3 drum water level stay below its limit tomorrow", 75.0, "above"),
        ("when will generator 3 fuel exceed its limit", 30.0, None),  # it has none above
    ],
)
def test_a_limit_is_that_of_the_side_asked_about(question: str, limit: float, side: str | None) -> None:
    found = plan(question, "forecast 1 a: forecast")
    assert (found.threshold, found.side) == (limit, side)


@pytest.mark.parametrize(
    "question",
    [
        "how long will the fuel of generator 3 last",
        "how long does the diesel in generator 3 last at this rate",
        "how many days of fuel does generator 3 have left",
        "how many hours of diesel remain in generator 3",
        "when does generator 3 run dry",
        "how long until generator 3 runs out",
    ],
)
def test_what_a_tank_has_left_is_when_it_is_empty(question: str) -> None:
    resolution = RESOLVER.resolve(question, now=NOW)
    assert possible_intents(resolution) == ("forecast",)
    found = plan(question, "forecast 1 a: forecast")
    assert (found.metrics, found.threshold, found.side) == (("fuel_level_pct",), 0.0, "below")


@pytest.mark.parametrize(
    "question",
    [
        "how much fuel does generator 3 have left",
        "how many days did the fuel of generator 3 last",
        "how many hours was the fuel of generator 3 below half last week",
        "how long has generator 3 burnt fuel over the last 3 days",
        "how long will UPS 1 battery last",
    ],
)
def test_what_is_left_and_what_lasted_is_no_level(question: str) -> None:
    assert RESOLVER.resolve(question, now=NOW).levels == ()


def test_what_runs_dry_is_the_tank_asked_about_before() -> None:
    first = RESOLVER.resolve("water tank level of fire pump 2", now=NOW)
    before = parse_plan("latest 1 a: kpi", first, PLANT, now=NOW)
    then = understand("when will it run dry", RESOLVER, PLANT, now=NOW, before=before)
    assert [metric.name for metric in then.metrics] == ["tank_level_pct"]


def test_all_machines_that_are_joined_are_forecast() -> None:
    resolution = RESOLVER.resolve("forecast chiller 1 and chiller 2 power tomorrow", now=NOW)
    found = parse_plan("forecast 1 a: forecast", resolution, PLANT, now=NOW)
    assert found.equipment == ("chiller_001", "chiller_002")


def test_a_time_that_has_passed_is_kept_beside_the_usual_one() -> None:
    found = plan("forecast chiller 1 power yesterday", "forecast 1 a: forecast")
    assert found.passed is not None and found.passed.label == "yesterday"
    assert ahead(found) == timedelta(hours=24)
    kept = json.loads(json.dumps(asdict(found), default=str))
    assert plan_of(kept) == found


def test_today_is_what_is_left_of_it_and_this_week_has_not_passed() -> None:
    today = plan("forecast chiller 1 power today", "forecast 1 a: forecast")
    assert today.passed is None and today.window is not None
    assert (today.window.label, today.window.end) == ("today", datetime(2026, 1, 14, 18, 30, tzinfo=UTC))
    assert plan("forecast chiller 1 power this week", "forecast 1 a: forecast").passed is None


def test_a_window_that_a_follow_up_takes_over_is_not_said_to_have_passed() -> None:
    first = RESOLVER.resolve("chiller 1 power trend of the last 30 days", now=NOW)
    before = parse_plan("trend 1 a avg: trend", first, PLANT, now=NOW)
    then = understand("when will it hit 280", RESOLVER, PLANT, now=NOW, before=before)
    assert parse_plan("forecast 1 a: forecast", then, PLANT, now=NOW).passed is None
