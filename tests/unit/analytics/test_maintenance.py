"""Maintenance figures without a database: planted losses and wear are told; nothing else is, and nothing made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.maintenance import Price
from cc_common.analytics.maintenance.efficiency_loss import RECENT, estimate_loss
from cc_common.analytics.maintenance.items import MachineHours, duration_text
from cc_common.analytics.maintenance.wear import estimate_bearing_wear, estimate_filter_change, theil_sen_trend
from cc_common.answers.context import FactText
from cc_common.answers.machine_contexts import maintenance_fact
from cc_common.catalog.metric_roles import needed_metrics, work_of
from cc_common.simulator import PLANT
from tests.support.simulated_hours import simulated

DAY, DAYS = 20_500, 42
PRICE = Price(tariff=8.0, currency="INR")
CHILLER, AHU, LIFT = (PLANT.type(name) for name in ("chiller", "ahu", "lift"))
VIBRATION, FILTER = CHILLER.metric("vibration_mm_s"), AHU.metric("filter_dp_pa")
WORK = work_of(CHILLER)
assert VIBRATION and FILTER and WORK


@pytest.fixture(scope="module")
def chillers() -> Hours:
    return simulated(CHILLER, 31, DAY, DAYS)


@pytest.fixture(scope="module")
def ahus() -> Hours:
    return simulated(AHU, 31, DAY, DAYS)


def machine(hours: Hours, number: int = 1) -> MachineHours:
    equipment = PLANT.get(f"{hours.kind.name}_{number:03d}")
    return MachineHours(equipment=equipment, hours=hours, place=number - 1, now=hours.hour_start(len(hours)))


def changed(hours: Hours, metric: str, change: np.ndarray, *, times: bool = False) -> Hours:
    """The first machine's metric with something added to (or times) each of its last hours."""
    at, last = [m.name for m in hours.kind.metrics].index(metric), slice(len(hours) - len(change), None)
    arrays = {name: getattr(hours, name).copy() for name in ("mean", "low", "high")}
    for array in arrays.values():
        array[0, at, last] = array[0, at, last] * change if times else array[0, at, last] + change
    return replace(hours, **arrays)


def standing(hours: Hours, metric: str, value: float) -> Hours:
    """The first machine's metric at one value all the time."""
    at, full = [m.name for m in hours.kind.metrics].index(metric), {"mean": value, "low": value, "high": value}
    arrays = {name: getattr(hours, name).copy() for name in (*full, "count")}
    for name, array in arrays.items():
        array[0, at] = full.get(name, 60.0)
    return replace(hours, **arrays)


def silent(hours: Hours, last: int) -> Hours:
    """Without rows in the last hours."""
    arrays = {name: getattr(hours, name).copy() for name in ("mean", "low", "high", "count", "rows")}
    for name, array in arrays.items():
        array[..., -last:] = 0.0 if name in ("count", "rows") else np.nan
    return replace(hours, **arrays)


def test_a_healthy_machine_loses_nothing(chillers: Hours) -> None:
    item = estimate_loss(machine(chillers), WORK, PRICE)
    assert item.state == "ok" and item.value is not None and item.low is not None and item.high is not None
    assert item.low < 0 < item.high and item.error is not None and item.error > 0


def test_a_loss_is_reported_in_kilowatt_hours_and_money(chillers: Hours) -> None:
    ill = changed(chillers, "power_consumption_kw", np.full(RECENT, 1.10), times=True)
    well, item = (estimate_loss(machine(hours), WORK, PRICE) for hours in (chillers, ill))
    extra = (machine(ill).mean("power_consumption_kw") - machine(chillers).mean("power_consumption_kw"))[-RECENT:]
    assert item.state == "loss" and item.value is not None and well.value is not None
    assert item.value - well.value == pytest.approx(float(np.nansum(extra)), rel=0.02)
    assert (item.cost, item.currency) == (pytest.approx(8 * item.value), "INR")
    assert "(10%) more" in item.message and item.evidence and item.evidence.rows > 60 * 12


@pytest.mark.parametrize("days", [1, 6, 20])
def test_too_little_history_is_stated(chillers: Hours, days: int) -> None:
    young = chillers.between(len(chillers) - 24 * days, len(chillers))
    item = estimate_loss(machine(young), WORK, PRICE)
    assert (item.state, item.value, item.cost, item.evidence) == ("unknown", None, None, None)
    assert f"needs 21 days of history and has {'24 hours' if days == 1 else f'{days} days'}" in item.message
    wear = estimate_bearing_wear(machine(young), VIBRATION)
    assert (wear.state == "unknown") == (days < 5)


def test_a_machine_that_is_off_or_silent_has_no_figures(chillers: Hours) -> None:
    off = changed(chillers, "power_consumption_kw", np.zeros(RECENT), times=True)
    for hours, state, words in ((off, "off", "was off"), (silent(chillers, RECENT), "unknown", "no readings")):
        for item in (estimate_loss(machine(hours), WORK, PRICE), estimate_bearing_wear(machine(hours), VIBRATION)):
            assert (item.state, item.value, item.at) == (state, None, None)
            assert words in item.message


def test_how_long_a_machine_was_on_is_stated_where_that_is_too_little(chillers: Hours) -> None:
    idle = np.ones(len(chillers))
    idle[: -RECENT - 30] = 0
    rested = machine(changed(chillers, "power_consumption_kw", idle, times=True))
    item, ran = estimate_loss(rested, WORK, PRICE), int(rested.is_on[:-RECENT].sum())
    assert (
        item.state == "unknown"
        and 1 < ran < 30
        and item.message.endswith(
            f"it needs 4 days of running before the last 7 days, and the machine was on for {ran} hours."
        )
    )


@pytest.mark.parametrize("metric", ["power_consumption_kw", "cooling_load_tr"])
def test_a_sensor_that_does_not_change_is_no_basis_of_a_loss(chillers: Hours, metric: str) -> None:
    item = estimate_loss(machine(standing(chillers, metric, 100.0)), WORK, PRICE)
    assert (item.state, item.value, item.cost, item.evidence) == ("unknown", None, None, None)
    assert item.message.endswith("stand still.")


def test_nor_of_wear_or_a_filter(chillers: Hours, ahus: Hours) -> None:
    wear = estimate_bearing_wear(machine(standing(chillers, "vibration_mm_s", 2.0)), VIBRATION)
    change = estimate_filter_change(machine(standing(ahus, "filter_dp_pa", 120.0)), FILTER)
    assert [(item.state, item.at) for item in (wear, change)] == [("unknown", None)] * 2
    assert wear.message == "Chiller 1 vibration: the readings of vibration stand still."


def test_without_a_number_of_the_load_there_is_no_wear_at_usual_load(chillers: Hours) -> None:
    at = [m.name for m in chillers.kind.metrics].index("power_consumption_kw")
    mean = chillers.mean.copy()
    mean[0, at] = np.nan
    item = estimate_bearing_wear(machine(replace(chillers, mean=mean)), VIBRATION)
    assert (item.state, item.value) == ("unknown", None)


@pytest.mark.parametrize(("days", "words"), [(1 / 24, "1 hour"), (0.5, "12 hours"), (2, "2 days"), (20.9, "20 days")])
def test_a_length_is_stated_in_whole_hours_or_days(days: float, words: str) -> None:
    assert duration_text(days) == words


def test_wear_that_rises_reaches_its_limit_when_it_should(chillers: Hours) -> None:
    ramp = np.linspace(0, 0.9, 72)  # 0.3 a day
    item = estimate_bearing_wear(machine(changed(chillers, "vibration_mm_s", ramp)), VIBRATION)
    assert item.at and item.earliest and item.limit == 4.5 and item.value is not None
    now = machine(chillers).now
    assert (item.at - now) / timedelta(days=1) == pytest.approx((4.5 - item.value) / 0.3, rel=0.35)
    assert item.earliest <= item.at and (item.latest is None or item.latest >= item.at)
    assert item.state in ("due", "soon") and "reaches its limit of 4.5 mm/s" in item.message


def test_wear_that_does_not_rise_has_no_date_and_one_past_its_limit_is_due_now(chillers: Hours) -> None:
    steady = estimate_bearing_wear(machine(chillers), VIBRATION)
    assert (steady.state, steady.at) == ("ok", None)
    past = estimate_bearing_wear(machine(changed(chillers, "vibration_mm_s", np.full(24 * DAYS, 5.0))), VIBRATION)
    assert (past.state, past.at) == ("due", machine(chillers).now)
    assert "past its limit" in past.message


def test_a_filter_that_clogs_is_foreseen_and_one_that_was_changed_starts_anew(ahus: Hours) -> None:
    clogging = changed(ahus, "filter_dp_pa", np.linspace(1, 2.2, 24 * 21), times=True)
    item = estimate_filter_change(machine(clogging), FILTER)
    assert item.state in ("due", "soon") and item.at and item.limit == 280
    new = changed(clogging, "filter_dp_pa", np.full(24 * 3, 0.3), times=True)
    fresh = estimate_filter_change(machine(new), FILTER)
    assert (fresh.state, fresh.at) == ("unknown", None) and "since the filter was changed" in fresh.message


def test_all_machines_of_a_healthy_plant_have_few_pressing_items(chillers: Hours, ahus: Hours) -> None:
    items = [estimate_loss(machine(chillers, n), WORK, PRICE) for n in range(1, 25)]
    items += [estimate_filter_change(machine(ahus, n), FILTER) for n in range(1, 81)]
    assert sum(item.state in ("due", "soon", "loss") for item in items) <= 4


@given(st.floats(-5, 5), st.floats(0.1, 3), st.integers(8, 40))
def test_a_straight_line_is_its_own_trend(slope: float, level: float, n: int) -> None:
    x = np.arange(n, dtype=np.float64)
    found = theil_sen_trend(x, level + slope * x)
    assert found and found.slope == pytest.approx(slope, abs=1e-9) and found.low <= found.slope <= found.high
    assert found.level == pytest.approx(level + slope * (n - 1), abs=1e-6)
    assert abs(slope) < 1e-6 or found.rises == (slope > 0)


def test_the_interval_of_noise_without_a_trend_holds_zero_mostly() -> None:
    rng, x = np.random.default_rng(3), np.arange(20, dtype=np.float64)
    held = [t.low <= 0 <= t.high for _ in range(400) if (t := theil_sen_trend(x, rng.normal(0, 1, 20)))]
    assert 0.86 <= np.mean(held) <= 0.94


def test_a_constant_and_few_points_have_no_rise() -> None:
    x = np.arange(10, dtype=np.float64)
    flat = theil_sen_trend(x, np.full(10, 3.0))
    assert flat and not flat.rises and flat.until(5.0) == (None, None, None)
    assert theil_sen_trend(x, np.where(x < 7, x, np.nan)) is None


def test_only_what_a_type_has_is_read() -> None:
    assert [m.name for m in needed_metrics(LIFT)] == ["power_consumption_kw", "vibration_mm_s"]
    assert needed_metrics(PLANT.type("energy_meter")) == ()


@pytest.mark.parametrize(("lost", "said"), [(3.2, ": 3.2 kWh, 25.6 INR"), (-4.7, "was no more in the last week than")])
def test_a_saving_is_not_told_as_a_loss(chillers: Hours, lost: float, said: str) -> None:
    item = replace(estimate_loss(machine(chillers), WORK, PRICE), value=lost, cost=8 * lost)
    fact = maintenance_fact(FactText(PLANT), item)
    assert said in fact.text and "-" not in fact.text
    assert [f.value for f in fact.figures] == ([lost, 8 * lost] if lost > 0 else [])


def test_a_context_says_that_readings_stand_still(chillers: Hours) -> None:
    item = estimate_loss(machine(standing(chillers, "power_consumption_kw", 100.0)), WORK, PRICE)
    said = maintenance_fact(FactText(PLANT), item).text
    assert said == "Chiller 1 power consumption: the readings of power consumption stand still"
