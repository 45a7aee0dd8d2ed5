"""The detector without a database: learned from simulated hours, it tells injected faults and keeps still otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_common.analytics.anomalies import spans
from cc_common.analytics.anomalies.baseline import ARRAYS, Baseline, from_bytes, to_bytes
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.learning import learn_baseline
from cc_common.analytics.anomalies.operation import assign_groups, find_runs, median_of_neighbours
from cc_common.analytics.anomalies.robust_statistics import GROUP, LEAD_HOURS, median, predict, regress, spread
from cc_common.analytics.anomalies.scoring import score_hours
from cc_common.simulator import PLANT
from tests.support.simulated_hours import simulated

DAY, DAYS, TZ = 20_500, 21, PLANT.tz
TRANSFORMER = PLANT.type("transformer")


@pytest.fixture(scope="module")
def hours() -> Hours:
    return simulated(TRANSFORMER, 31, DAY, DAYS)


@pytest.fixture(scope="module")
def baseline(hours: Hours) -> Baseline:
    return learn_baseline(hours.between(0, 14 * 24), TZ)


def place(metric: str) -> int:
    return [m.name for m in TRANSFORMER.metrics].index(metric)


def with_reading(hours: Hours, machine: int, metric: str, first: int, last: int, add: float) -> Hours:
    """One sensor reads so much more for those hours."""
    changed = {name: getattr(hours, name).copy() for name in ("mean", "low", "high")}
    for array in changed.values():
        array[machine, place(metric), first:last] += add
    return replace(hours, **changed)


def test_a_regression_is_not_led_astray_by_a_third_of_wrong_readings() -> None:
    rng = np.random.default_rng(1)
    x = np.stack([np.ones(300), rng.uniform(0, 1, 300)], axis=-1)[None]
    y = (3 + 2 * x[..., 1]) + rng.normal(0, 0.01, (1, 300))
    y[0, :100] += 50
    assert regress(x, y)[0] == pytest.approx([3, 2], abs=0.02)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=40))
def test_the_median_passes_over_missing_readings(values: list[float]) -> None:
    known = [v for v in values if v == v]
    found = float(median(np.array(values)))
    assert found == pytest.approx(float(np.median(known))) if known else np.isnan(found)


def test_the_spread_of_normal_noise_is_its_sigma() -> None:
    assert float(spread(np.random.default_rng(2).normal(0, 3, 10_000))) == pytest.approx(3, rel=0.05)


@given(st.lists(st.booleans(), max_size=50))
def test_runs_are_the_set_flags(flags: list[bool]) -> None:
    found = [i for first, last in find_runs(np.array(flags, bool)) for i in range(first, last)]
    assert found == [i for i, flag in enumerate(flags) if flag]


@given(st.integers(1, 200))
def test_groups_are_neighbours_and_none_is_too_large(n: int) -> None:
    groups = assign_groups(n)
    assert list(groups) == sorted(groups) and len(groups) == n
    assert max(groups.count(g) for g in groups) <= GROUP


def test_one_ill_neighbour_moves_no_median() -> None:
    values = np.zeros((9, 1, 4))
    values[3] = 1e6
    assert np.all(np.delete(median_of_neighbours(values, (0,) * 9), 3, axis=0) == 0)


def test_what_was_learned_survives_the_file(baseline: Baseline) -> None:
    stored = [(machine, to_bytes(baseline, at)) for at, machine in enumerate(baseline.machines)]
    again = from_bytes(stored)
    assert (again.machines, again.group, again.driver) == (baseline.machines, baseline.group, baseline.driver)
    for name in ARRAYS:
        assert np.allclose(getattr(again, name), getattr(baseline, name), rtol=1e-5, atol=1e-5), name


def test_a_hot_transformer_is_reported_and_its_neighbours_are_not(hours: Hours, baseline: Baseline) -> None:
    window = hours.between(14 * 24 - LEAD_HOURS, DAYS * 24)
    first = LEAD_HOURS + 50
    quiet = {s.machine for s in spans.find_deviations(score_hours(window, baseline, TZ), LEAD_HOURS)}
    ill = with_reading(window, 5, "oil_temp_c", first, first + 30, 12.0)
    found = [s for s in spans.find_deviations(score_hours(ill, baseline, TZ), LEAD_HOURS) if s.machine not in quiet]
    assert [(s.machine, s.metrics[0]) for s in found] == [(5, place("oil_temp_c"))]
    assert abs(found[0].first - first) <= 2 and found[0].sigmas > 6


def test_a_metric_that_harms_only_when_high_may_be_low(hours: Hours, baseline: Baseline) -> None:
    window = hours.between(14 * 24 - LEAD_HOURS, DAYS * 24)
    cool = with_reading(window, 5, "oil_temp_c", LEAD_HOURS + 50, LEAD_HOURS + 80, -12.0)
    found = spans.find_deviations(score_hours(cool, baseline, TZ), LEAD_HOURS, only=place("oil_temp_c"))
    assert 5 not in {span.machine for span in found}


def test_what_all_neighbours_show_is_the_weather(hours: Hours, baseline: Baseline) -> None:
    window = hours.between(14 * 24 - LEAD_HOURS, DAYS * 24)
    before = len(list(spans.find_deviations(score_hours(window, baseline, TZ), LEAD_HOURS)))
    for machine in range(len(window.machines)):
        window = with_reading(window, machine, "oil_temp_c", LEAD_HOURS + 50, LEAD_HOURS + 62, 3.0)
    assert len(list(spans.find_deviations(score_hours(window, baseline, TZ), LEAD_HOURS))) <= before


def test_a_sensor_that_does_not_change_is_stuck(hours: Hours, baseline: Baseline) -> None:
    window = hours.between(14 * 24, DAYS * 24)
    frozen = {name: getattr(window, name).copy() for name in ("mean", "low", "high")}
    for array in frozen.values():
        array[2, place("winding_temp_c"), 30:36] = 61.5
    found = list(spans.find_stuck(replace(window, **frozen), 0, baseline.still))
    assert (2, (place("winding_temp_c"),), 30, 36) in [(s.machine, s.metrics, s.first, s.last) for s in found]
    assert list(spans.find_stuck(replace(window, **frozen), 0))  # also before anything was learned


def test_a_reading_beyond_the_catalogues_limit_is_out_of_range(hours: Hours) -> None:
    ill = with_reading(hours.between(0, 48), 0, "winding_temp_c", 10, 13, 80.0)
    found = [s for s in spans.find_out_of_range(ill, None, 0) if s.machine == 0]
    assert [(s.first, s.last, s.metrics) for s in found] == [(10, 13, (place("winding_temp_c"),))]


def test_a_resting_machine_is_no_anomaly() -> None:
    pumps = simulated(PLANT.type("pump"), 32, DAY, 28)
    learned = learn_baseline(pumps.between(0, 24 * 24), TZ)
    resting = (pumps.high[:, 0, 24 * 24 :] == 0).all(-1)
    found = list(
        spans.find_deviations(score_hours(pumps.between(24 * 24 - LEAD_HOURS, 28 * 24), learned, TZ), LEAD_HOURS)
    )
    assert resting.sum() > 5
    assert len({s.machine for s in found} & set(np.flatnonzero(resting))) <= 1


def test_predictions_are_products() -> None:
    x, coefficients = np.ones((2, 3, 4)), np.full((2, 4), 0.5)
    assert np.array_equal(predict(x, coefficients), np.full((2, 3), 2.0))


def still(hours: Hours, metric: str, machines: slice, first: int, last: int, value: float) -> Hours:
    """The metric of those machines stands at one value for those hours."""
    changed = {name: getattr(hours, name).copy() for name in ("mean", "low", "high")}
    at = [m.name for m in hours.kind.metrics].index(metric)
    for array in changed.values():
        array[machines, at, first:last] = value
    return replace(hours, **changed)


def test_an_idle_machine_whose_gauge_follows_the_air_is_not_stuck_before_anything_was_learned() -> None:
    generators = simulated(PLANT.type("diesel_generator"), 31, DAY, 2)
    calm = still(generators, "exhaust_temp_c", slice(0, 1), 1, 12, 31.0)
    power = [m.name for m in calm.kind.metrics].index("power_output_kw")
    off = calm.high[0, power, 1:12].max() == 0
    assert off and not list(spans.find_stuck(calm, 0))
    running = still(calm, "power_output_kw", slice(0, 1), 0, 48, 500.0)
    assert any(s.metrics == (4,) for s in spans.find_stuck(running, 0))


def test_a_rest_that_a_quarter_of_the_type_takes_is_no_stuck_sensor(hours: Hours, baseline: Baseline) -> None:
    week = hours.between(14 * 24, DAYS * 24)
    many, one = slice(0, len(week.machines) // 4 + 1), slice(0, 1)
    assert list(spans.find_stuck(still(week, "load_kva", one, 30, 60, 0.0), 0, baseline.still))
    assert not list(spans.find_stuck(still(week, "load_kva", many, 30, 60, 0.0), 0, baseline.still))


def stuck_at(hours: Hours, baseline: Baseline) -> list[tuple[int, str, int, int]]:
    """Machine, metric and hours of what stands still."""
    found = spans.find_stuck(hours, LEAD_HOURS, baseline.still, score_hours(hours, baseline, TZ).astray)
    return [(s.machine, hours.kind.metrics[s.metrics[0]].name, s.first, s.last) for s in found]


def test_a_sensor_does_not_change_for_an_hour_in_which_it_should_have_moved_away() -> None:
    supplies = simulated(PLANT.type("ups"), 33, DAY, DAYS)
    learned = learn_baseline(supplies.between(0, 14 * 24), TZ)
    week, at = supplies.between(14 * 24 - LEAD_HOURS, DAYS * 24), LEAD_HOURS + 60
    backup = [m.name for m in week.kind.metrics].index("backup_time_min")
    shown = float(np.round(week.mean[3, backup, at]))
    right, wrong = (
        still(week, "backup_time_min", slice(3, 4), at, at + 1, value) for value in (shown, np.round(1.1 * shown))
    )
    assert (3, "backup_time_min", at, at + 1) not in stuck_at(right, learned)
    assert (3, "backup_time_min", at, at + 1) in stuck_at(wrong, learned)


def test_what_moves_in_every_hour_must_not_stand_still_for_one_also_at_rest() -> None:
    chillers = simulated(PLANT.type("chiller"), 33, DAY, DAYS)
    learned = learn_baseline(chillers.between(0, 14 * 24), TZ)
    week = chillers.between(14 * 24 - LEAD_HOURS, DAYS * 24)
    power = [m.name for m in week.kind.metrics].index("power_consumption_kw")
    machine, at = next((m, t) for m, t in zip(*np.nonzero(week.high[:, power] == 0), strict=True) if t > LEAD_HOURS)
    dead = still(week, "suction_pressure_bar", slice(machine, machine + 1), at, at + 1, 4.9)
    assert (machine, "suction_pressure_bar", at, at + 1) in stuck_at(dead, learned)
    shown = float(np.round(week.mean[machine, 3, at], 1))
    coarse = still(week, "chw_supply_temp_c", slice(machine, machine + 1), at, at + 1, shown)
    assert (machine, "chw_supply_temp_c", at, at + 1) not in stuck_at(coarse, learned)


def test_a_little_too_much_is_reported_when_it_lasts_for_a_day_and_ends_soon_after_it() -> None:
    compressors = simulated(PLANT.type("air_compressor"), 33, DAY, 28)
    learned = learn_baseline(compressors.between(0, 24 * 24), TZ)
    week, at = compressors.between(24 * 24 - LEAD_HOURS, 28 * 24), LEAD_HOURS + 4
    dew = [m.name for m in week.kind.metrics].index("dew_point_c")

    def told(hours: int) -> list[tuple[int, int]]:
        changed = {name: getattr(week, name).copy() for name in ("mean", "low", "high")}
        for array in changed.values():
            array[1, dew, at : at + hours] += 0.5
        found = spans.find_deviations(score_hours(replace(week, **changed), learned, TZ), LEAD_HOURS)
        return [(s.first, s.last) for s in found if s.machine == 1]

    assert told(6) == told(0)
    ((first, last),) = told(60)
    assert at + 10 < first < at + 36 and at + 55 < last < at + 72


def test_zero_while_the_machine_runs_is_a_stuck_sensor_and_at_rest_it_is_none() -> None:
    chillers = simulated(PLANT.type("chiller"), 33, DAY, DAYS)
    learned = learn_baseline(chillers.between(0, 14 * 24), TZ)
    week = chillers.between(14 * 24 - LEAD_HOURS, DAYS * 24)
    load = [m.name for m in week.kind.metrics].index("cooling_load_tr")
    machine, at = next((m, t) for m, t in zip(*np.nonzero(week.low[:, load] > 200), strict=True) if t > LEAD_HOURS)
    dead = still(week, "vibration_mm_s", slice(machine, machine + 1), at, at + 1, 0.0)
    assert (machine, "vibration_mm_s", at, at + 1) in stuck_at(dead, learned)
    assert "vibration_mm_s" not in {name for _, name, _, _ in stuck_at(week, learned)}


def lost(hours: Hours, machine: int, metric: int, first: int, last: int, value: float) -> Hours:
    """One sensor reads only that, NaN being nothing at all, for those hours."""
    changed = {name: getattr(hours, name).copy() for name in ("mean", "low", "high", "count")}
    for array in (changed["mean"], changed["low"], changed["high"]):
        array[machine, metric, first:last] = value
    changed["count"][machine, metric, first:last] = 0 if np.isnan(value) else 60
    return replace(hours, **changed)


def test_what_drives_a_type_may_be_silent_or_stuck_too() -> None:
    pumps = simulated(PLANT.type("pump"), 33, DAY, DAYS)
    learned = learn_baseline(pumps.between(0, 14 * 24), TZ)
    week, at = pumps.between(14 * 24 - LEAD_HOURS, DAYS * 24), LEAD_HOURS + 30
    names = [m.name for m in week.kind.metrics]
    power, driver = names.index("power_consumption_kw"), learned.driver
    assert driver != power
    machine = int(np.flatnonzero((week.low[:, power, at - 5 : at + 10] > 0).all(-1))[0])
    silent = list(spans.find_silent_metrics(lost(week, machine, driver, at, at + 5, np.nan), learned, LEAD_HOURS))
    assert (machine, (driver,), at, at + 5) in [(s.machine, s.metrics, s.first, s.last) for s in silent]
    dead = lost(week, machine, driver, at, at + 5, 0.0)
    assert (machine, names[driver], at, at + 5) in stuck_at(dead, learned)
    blamed = [s for s in spans.find_deviations(score_hours(dead, learned, TZ), LEAD_HOURS) if s.machine == machine]
    assert not [s for s in blamed if s.first < at + 5 and s.last > at]
