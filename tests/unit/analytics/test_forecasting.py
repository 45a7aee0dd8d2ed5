"""Forecasts of series made up here: in order, finite, in any unit the same, and better than repeating a day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_common.analytics.forecasting.depletion import is_depleting
from cc_common.analytics.forecasting.forecast_methods import (
    MethodForecast,
    depletion_time,
    depletion_time_now,
    find_threshold_crossings,
    forecast_ahead,
    forecast_mean,
    share_by_step,
)
from cc_common.analytics.forecasting.profiles import Floats, Grid, rotation_profile
from cc_common.core.windows import ONE_DAY

FIRST = 20_001  # a day since 1970

seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(48, 600)
aheads = st.integers(1, 168)
kinds = st.sampled_from(["noise", "day", "walk", "on and off", "tank", "spikes", "constant"])


def grid(known: int, ahead: int, per_day: int = 24) -> Grid:
    steps = np.arange(FIRST * per_day, FIRST * per_day + known + ahead)
    return Grid(per_day=per_day, known=known, slot=steps % per_day, day=steps // per_day)


def daily(steps: int, *, noise: float = 0.3, seed: int = 1) -> Floats:
    hours = np.arange(steps)
    wave = 10 + 4 * np.sin(2 * np.pi * hours / 24) - 3 * (hours // 24 % 7 >= 5)
    return np.asarray(wave + noise * np.random.default_rng(seed).standard_normal(steps))


def series(kind: str, steps: int, seed: int) -> Floats:
    rng, hours = np.random.default_rng(seed), np.arange(steps)
    made = {
        "noise": rng.standard_normal(steps),
        "day": daily(steps, seed=seed),
        "walk": np.cumsum(rng.standard_normal(steps)),
        "on and off": daily(steps, seed=seed) * (hours // 24 % 3 < 2),
        "tank": 95 - 0.02 * (hours % 900),
        "spikes": (hours % 168 == 30) * 400.0,
        "constant": np.full(steps, 7.25),
    }[kind]
    gaps = rng.random(steps) < 0.1
    gaps[-1] = False
    return np.where(gaps, np.nan, made)


def outlook(values: Floats, ahead: int) -> MethodForecast:
    return forecast_ahead(values, grid(len(values), ahead))


@settings(max_examples=100, deadline=None)
@given(kind=kinds, steps=lengths, ahead=aheads, seed=seeds)
def test_the_value_alone_is_that_of_the_outlook(kind: str, steps: int, ahead: int, seed: int) -> None:
    values = series(kind, steps, seed)
    np.testing.assert_array_equal(forecast_mean(values, grid(steps, ahead)), outlook(values, ahead).value)


@settings(max_examples=150, deadline=None)
@given(kind=kinds, steps=lengths, ahead=aheads, seed=seeds)
def test_an_interval_is_in_order_whole_and_finite(kind: str, steps: int, ahead: int, seed: int) -> None:
    found = outlook(series(kind, steps, seed), ahead)
    assert found.value.shape == found.low.shape == found.high.shape == (ahead,)
    assert np.isfinite([found.value, found.low, found.high]).all()
    assert (found.low <= found.value).all() and (found.value <= found.high).all()
    assert found.courses.shape[1] == ahead and np.isfinite(found.courses).all()


@settings(max_examples=60, deadline=None)
@given(kind=kinds, steps=lengths, ahead=aheads, seed=seeds, power=st.integers(-20, 20))
def test_another_unit_gives_the_same_forecast(kind: str, steps: int, ahead: int, seed: int, power: int) -> None:
    values = series(kind, steps, seed)
    plain, scaled = outlook(values, ahead), outlook(values * 2.0**power, ahead)
    assert plain.method == scaled.method
    size = 1e-6 * np.nanmax(np.abs(values))
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(plain, name), getattr(scaled, name) / 2.0**power, rtol=1e-6, atol=size)


@pytest.mark.parametrize("steps", [14 * 24, 84 * 24])
def test_days_and_weeks_are_learned_and_the_interval_holds(steps: int) -> None:
    truth = daily(steps + 168)
    found, came = outlook(truth[:steps], 168), truth[steps:]
    assert np.abs(found.value - came).mean() < 0.6 * np.abs(np.resize(truth[steps - 24 : steps], 168) - came).mean()
    assert 0.8 <= ((found.low <= came) & (came <= found.high)).mean() <= 1.0


def test_a_duty_rotation_is_found_and_followed() -> None:
    hours = np.arange(63 * 24)
    values = daily(len(hours)) * (hours // 24 % 3 < 2)
    assert rotation_profile(values[:-72], grid(len(values) - 72, 72)) in (3, 21)  # 21 has the weekdays right too
    found = outlook(values[:-72], 72)
    assert ((found.value == 0) == (values[-72:] == 0)).all()
    assert found.method == "seasonal regression of two states"


def weather(days: int, seed: int) -> Floats:
    """A daily wave, and a level that turns only every third day, as weather does."""
    rng, hours = np.random.default_rng(seed), np.arange(days * 24)
    turns = np.interp(hours / 72, np.arange(days // 3 + 2), rng.uniform(-2.5, 2.5, days // 3 + 2))
    return np.asarray(27 + 4.5 * np.sin(2 * np.pi * hours / 24) + turns + 0.2 * rng.standard_normal(len(hours)))


@pytest.mark.parametrize("days", [10, 14, 84])
def test_what_lasts_for_days_is_held_from_a_short_history_too(days: int) -> None:
    held = []
    for seed in range(30):
        values = weather(days + 1, seed)
        found, came = outlook(values[:-24], 24), values[-24:]
        held.append((found.low <= came) & (came <= found.high))
    assert 0.8 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("weeks", [12, 13, 14])  # it rests in the week ahead of the last case only
def test_a_machine_that_takes_turns_is_foreseen_without_bias(weeks: int) -> None:
    hours = np.arange(weeks * 168 + 24)
    running = hours // 168 % 3 < 2
    rng = np.random.default_rng(weeks)
    values = 29 + 22 * running + 0.2 * rng.standard_normal(len(hours))
    found, came = outlook(values[:-24], 24), values[-24:]
    assert abs((found.value - came).mean()) < 0.3  # resting changes 22
    assert ((found.low <= came) & (came <= found.high)).mean() >= 0.75


def test_a_constant_stays_and_claims_no_more() -> None:
    found = outlook(np.full(100, 3.5), 24)
    assert (found.value == 3.5).all() and (found.low == 3.5).all() and (found.high == 3.5).all()


def test_what_never_happened_is_kept_out() -> None:
    found = outlook(series("noise", 100, 3), 24).within(0.0, np.inf)
    assert found.low.min() == 0.0 and (found.low <= found.value).all()


def tank(days: int) -> Floats:
    """Loses 2.8 in the tenth hour of every seventh day, filled up every eighth week."""
    hours = np.arange(days * 24)
    tests = np.cumsum(hours % 168 == 10)
    return np.asarray(95 - 2.8 * (tests % 8))


def test_a_tank_falls_at_the_hour_of_its_test() -> None:
    values = tank(81)
    found = outlook(values[:-168], 168)
    assert found.method == "run-down"
    assert np.abs(found.value - values[-168:]).max() < 0.5
    assert (np.diff(found.value) < -1.0).sum() == 1


def test_a_tank_is_empty_after_so_many_tests() -> None:
    values = tank(40)
    at, earliest, latest = depletion_time(values, grid(len(values), 1), 50.0, 365 * ONE_DAY)
    weeks = (values[-1] - 50.0) / 2.8
    assert at is not None and earliest is not None and latest is not None
    assert earliest <= at <= latest
    assert abs(at / 168 - weeks) < 1.1


def test_a_tank_that_is_never_that_low_has_no_date() -> None:
    assert depletion_time(tank(40), grid(960, 1), 50.0, 7 * ONE_DAY) == (None, None, None)


@pytest.mark.parametrize("kind", ["noise", "day", "walk", "on and off", "spikes"])
def test_only_a_tank_is_a_tank(kind: str) -> None:
    values = series(kind, 600, 5)
    assert not is_depleting(values, grid(len(values), 1))


def test_a_running_engine_empties_it_at_the_present_rate() -> None:
    levels = np.array([60.0, 59.6, 59.3, 58.9, 58.6, 58.2])
    at, earliest, latest = depletion_time_now(levels, 30.0) or (None, None, None)
    assert at == pytest.approx(28.2 / 0.36)
    assert earliest is not None and latest is not None and earliest < at < latest
    assert depletion_time_now(np.full(6, 60.0), 30.0) is None


def starting(days: int, seed: int) -> tuple[Floats, Floats]:
    """A machine that starts between 6:00 and 11:00, from day to day, and runs to 18:00; and the hours of its starts."""
    starts = np.random.default_rng(seed).integers(6, 12, days).astype(float)
    hour = np.arange(days * 24) % 24
    return np.where((hour >= np.repeat(starts, 24)) & (hour < 18), 20.0, 0.0), starts


def test_when_a_machine_starts_is_between_what_it_did() -> None:
    held, wide = [], []
    for seed in range(20):
        values, starts = starting(43, seed)
        found = outlook(values[: 42 * 24], 24)
        at, earliest, latest = find_threshold_crossings(found.courses, 10.0, newest=0.0)
        assert at is not None and earliest is not None and latest is not None
        wide.append(latest - earliest)
        held.append(earliest <= starts[42] <= latest)
    assert np.mean(held) >= 0.8 and 2 <= np.mean(wide) <= 8


def test_a_counter_adds_up_what_its_courses_use() -> None:
    uses = np.array([90.0, 95.0, 100.0])[:, None] * np.ones(168)
    at, earliest, latest = share_by_step(uses, 5_090_000 - 5_085_358, lead=0.5)
    assert (at, earliest, latest) == (pytest.approx(4642 / 95), pytest.approx(46.42), pytest.approx(4642 / 90))
    assert share_by_step(uses, 20.0, lead=0.5)[0] == pytest.approx(20 / 95)  # before the first whole hour
    assert share_by_step(uses, 1e6, lead=0.5) == (None, None, None)
    assert share_by_step(np.zeros((1, 24)), 1.0, lead=0.0) == (None, None, None)


def test_courses_tell_when_a_threshold_is_reached() -> None:
    courses = np.linspace(0, 10, 21)[None, :] + np.linspace(-2, 2, 41)[:, None]
    at, earliest, latest = find_threshold_crossings(courses, 5.0, newest=0.0)
    assert (at, earliest, latest) == (10.0, 7.0, 14.0)
    assert find_threshold_crossings(courses, 50.0, newest=0.0) == (None, None, None)
