"""Plans for what is unusual, what alarms and what is to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cc_common.catalog.resolution import Resolver
from cc_common.plan import Plan, parse, render
from cc_common.simulator import PLANT

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
RESOLVER = Resolver(PLANT)


def plan(question: str, line: str) -> Plan:
    resolution = RESOLVER.resolve(question, now=NOW)
    found = parse(line, resolution, PLANT, now=NOW)
    assert render(found, resolution) == line
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
