"""A few steps that no such metric can have are spikes; a rare run, a stop, a filled tank are none."""

from __future__ import annotations

import numpy as np
import pytest

from cc_common.analytics.forecasting.profiles import Floats
from cc_common.analytics.forecasting.spikes import find_spikes
from cc_common.catalog.equipment import Metric
from cc_common.simulator import PLANT
from tests.unit.analytics.test_depletion import tank
from tests.unit.analytics.test_forecasting import daily

STEPS = 30 * 24


def metric(kind: str, name: str) -> Metric:
    found = PLANT.type(kind).metric(name)
    assert found is not None
    return found


CHILLED = metric("chiller", "chw_supply_temp_c")


def chilled(ending: list[float]) -> Floats:
    """Water of about 7 degrees, and its last hours."""
    noise = 0.3 * np.random.default_rng(3).standard_normal(STEPS - len(ending))
    return np.concatenate((7 + noise, ending))


@pytest.mark.parametrize(
    "ending", [[327.67, 7.0, 7.1, 7.2], [167.0, 170.0, 7.0], [-327.68, 7.0], [7.0, 327.67], [60.3, 274.0, 7.0]]
)
def test_an_hour_of_what_cannot_be_is_a_spike(ending: list[float]) -> None:
    values = chilled(ending)
    np.testing.assert_array_equal(find_spikes(values, CHILLED, 1), np.abs(values - 7) > 50)


def test_the_hour_in_which_it_began_goes_with_it() -> None:
    assert find_spikes(chilled([23.0, 311.7, 7.0]), CHILLED, 1).sum() == 2


def test_a_share_of_three_times_all_is_a_spike() -> None:
    values = np.where(np.arange(STEPS) == 600, 327.67, 60 + daily(STEPS))
    assert np.flatnonzero(find_spikes(values, metric("ahu", "chw_valve_pct"), 1)).tolist() == [600]


def run(rest: float, running: float, hours: int) -> Floats:
    """Weeks of rest, and hours of running up to now."""
    noise = 1 + 0.05 * np.random.default_rng(4).standard_normal(STEPS)
    return np.asarray(np.where(np.arange(STEPS) < STEPS - hours, rest, running) * noise)


CASES = {
    "a first run of some hours": (metric("diesel_generator", "exhaust_temp_c"), run(31.0, 450.0, 3)),
    "a first run after a rest at zero": (metric("diesel_generator", "power_output_kw"), run(0.0, 800.0, 2)),
    "one whose limit is not known": (metric("pump", "flow_m3h"), run(0.0, 300.0, 2)),
    "a first run that shakes": (metric("pump", "vibration_mm_s"), run(0.05, 6.0, 2)),
    "a chiller that stops for once": (CHILLED, chilled([18.0, 24.0, 27.0, 7.0])),
    "a load that stops for once": (metric("chiller", "power_consumption_kw"), run(200.0, 0.0, 2)),
    "two states": (metric("pump", "power_consumption_kw"), daily(STEPS) * (np.arange(STEPS) // 24 % 3 < 2)),
    "a rare test": (metric("diesel_generator", "current_a"), 900.0 * (np.arange(STEPS) % 400 == 30)),
    "a filled tank": (
        metric("diesel_generator", "fuel_level_pct"),
        tank(30, refill=60.0, begins=16, hours=5, rate=10.0) - 60,
    ),
    "another level for days": (CHILLED, np.where(np.arange(STEPS) < 600, chilled([]), 400.0)),
    "one value": (CHILLED, np.full(STEPS, 7.0)),
    "one reading": (CHILLED, np.array([7.0])),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_machine_does_is_no_spike(name: str) -> None:
    made, values = CASES[name]
    assert not find_spikes(values, made, 1).any()
