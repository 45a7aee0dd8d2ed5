"""A tank is known as one whatever it was used for last, falls while its engine runs, and nothing else is a tank."""

from __future__ import annotations

import numpy as np
import pytest

from cc_common.analytics.forecasting.depletion import is_depleting
from cc_common.analytics.forecasting.forecast_methods import forecast_ahead, forecast_mean
from cc_common.analytics.forecasting.profiles import Floats
from tests.unit.analytics.test_forecasting import grid


def tank(days: int, *, refill: float, begins: int, hours: int, rate: float, noise: float = 0.0) -> Floats:
    """2.8 % a week for a test, filled up 8 days ago in two hours; on the last day a run of `hours` from `begins` on."""
    known = np.arange((days - 1) * 24 + begins + hours)
    day, hour = known // 24, known % 24
    tests = 1.4 * ((day % 7 == 3) & ((hour == 11) | (hour == 12)))
    run = known >= (days - 1) * 24 + begins
    filled = refill / 2 * ((day == days - 8) & ((hour == 8) | (hour == 9)))
    level = 95 - np.cumsum(np.where(run, rate, tests)) + np.cumsum(filled)
    return np.asarray(level + noise * np.random.default_rng(days).standard_normal(len(known)))


RUNS = [(16, 10, 3.7), (18, 6, 3.7), (6, 20, 3.7), (16, 5, 10.0), (2, 5, 10.0)]


@pytest.mark.parametrize("days", [14, 30, 84])
@pytest.mark.parametrize("refill", [0.0, 9.0, 18.0, 60.0])
@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize(("begins", "hours", "rate"), RUNS)
def test_a_tank_stays_one_while_its_engine_runs(
    days: int, refill: float, noise: float, begins: int, hours: int, rate: float
) -> None:
    values = tank(days, refill=refill, begins=begins, hours=hours, rate=rate, noise=noise)
    assert is_depleting(values, grid(len(values), 1))


@pytest.mark.parametrize("every", [2, 3, 4, 5])
def test_a_tank_that_is_used_each_day_and_filled_up_often_is_one(every: int) -> None:
    hours = np.arange(30 * 24)
    used = np.cumsum(3.7 * ((hours % 24 >= 16) & (hours % 24 < 20)))
    filled = used[hours // (every * 24) * every * 24]
    assert is_depleting(95 - used + filled, grid(len(hours), 1))


def test_a_dip_of_some_hours_is_no_tank() -> None:
    voltage = 415 + 0.3 * np.random.default_rng(2).standard_normal(30 * 24)
    voltage[300:304] -= 20.0
    assert not is_depleting(voltage, grid(len(voltage), 1))


@pytest.mark.parametrize(("begins", "hours", "rate"), [(16, 10, 3.7), (16, 5, 10.0)])
def test_a_tank_falls_on_while_its_engine_runs(begins: int, hours: int, rate: float) -> None:
    values = tank(30, refill=18.0, begins=begins, hours=hours, rate=rate)
    clock = grid(len(values), 24)
    found = forecast_ahead(values, clock)
    assert found.method == "run-down"
    assert (found.value[:5] == pytest.approx(values[-1] - rate * np.arange(1, 6))) and found.value[-1] < 0
    assert (found.low <= found.value).all() and (found.high[:5] >= values[-1] - 0.1).all()  # it may stop now
    np.testing.assert_array_equal(forecast_mean(values, clock), found.value)


def test_a_test_run_ends_as_those_before_did() -> None:
    values = tank(32, refill=18.0, begins=10, hours=2, rate=0.0)  # the last day is one of tests
    values[-1] -= 1.4
    found = forecast_ahead(values, grid(len(values), 24))
    assert found.value[-1] == pytest.approx(values[-1] - 1.4, abs=0.3)
