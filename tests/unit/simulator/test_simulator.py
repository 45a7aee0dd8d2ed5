"""The simulated plant: the same from one seed however it is cut, and physics that can be argued with."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pytest

from cc_common.simulator import PLANT
from cc_common.simulator.history import simulate_signals
from cc_common.simulator.site import faults_of_machine

MONDAY = (date(2026, 3, 2) - date(1970, 1, 1)).days
FIRST_OF_TYPE = [f"{kind.name}_001" for kind in PLANT.types]

Column = npt.NDArray[np.float64]


def columns(machine: str, days: int = 3, seed: int = 1) -> dict[str, Column]:
    rows = simulate_signals(PLANT, seed, machine, MONDAY, days)
    names = [metric.name for metric in PLANT.type_of(machine).metrics]
    return dict(zip(names, rows.values.T.astype(np.float64), strict=True))


def test_the_plant_is_the_one_of_the_design() -> None:
    counts = {kind.name: len(PLANT.of_type(kind.name)) for kind in PLANT.types}
    assert sum(counts.values()) == 363
    assert counts["ahu"] == 80 and counts["energy_meter"] == 90 and counts["lift"] == 20
    assert all(8 <= len(kind.metrics) <= 12 for kind in PLANT.types)
    assert PLANT.get("chiller_001").name == "Chiller 1" and PLANT.get("ahu_080").name == "AHU 80"


def test_no_word_means_two_metrics_of_one_type() -> None:
    for kind in PLANT.types:
        words = [word.lower() for m in kind.metrics for word in {m.label.lower(), *m.aliases}]
        assert len(words) == len(set(words)), kind.name


@pytest.mark.parametrize("machine", FIRST_OF_TYPE)
def test_the_same_seed_gives_the_same_rows_and_another_others(machine: str) -> None:
    first, again, other = (simulate_signals(PLANT, seed, machine, MONDAY, 1).values for seed in (1, 1, 2))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


@pytest.mark.parametrize("machine", [*FIRST_OF_TYPE, "pump_005", "chiller_018"])
def test_history_is_the_same_however_it_is_cut(machine: str) -> None:
    whole = simulate_signals(PLANT, 1, machine, MONDAY, 9)
    parts = [simulate_signals(PLANT, 1, machine, MONDAY + first, days) for first, days in ((0, 1), (1, 5), (6, 3))]
    assert np.array_equal(whole.ts, np.concatenate([part.ts for part in parts]))
    assert np.array_equal(whole.values, np.concatenate([part.values for part in parts]), equal_nan=True)


@pytest.mark.parametrize("kind", ["sensor_stuck", "power_loss", "refrigerant_leak"])
def test_a_fault_is_the_same_when_history_is_cut_inside_it(kind: str) -> None:
    found = (faults_of_machine(1, m.type, m.id, MONDAY, 300) for m in PLANT.equipment)
    fault = next(fault for own in found for fault in own if fault.kind == kind)
    day = fault.start // 1440
    whole = simulate_signals(PLANT, 1, fault.equipment_id, day, 3).values
    later = simulate_signals(PLANT, 1, fault.equipment_id, day + 1, 2).values
    assert np.array_equal(whole[1440:], later, equal_nan=True)


def test_a_chillers_power_is_its_specific_power_times_its_load() -> None:
    c = columns("chiller_001")
    running = c["cooling_load_tr"] > 0
    product = c["efficiency_kw_per_tr"][running] * c["cooling_load_tr"][running]
    assert running.mean() > 0.3
    assert np.abs(c["power_consumption_kw"][running] - product).max() < 0.051
    assert np.nanmax(np.abs(c["chw_return_temp_c"] - c["chw_supply_temp_c"] - c["chw_delta_t_c"])) < 1e-4


def test_a_standby_chiller_draws_nothing_and_has_no_efficiency() -> None:
    found = [columns(f"chiller_{n:03d}") for n in range(1, 5)]
    idle = [c["power_consumption_kw"] == 0 for c in found]
    assert 0.02 < np.mean(idle) < 0.7
    assert all(np.isnan(c["efficiency_kw_per_tr"][off]).all() for c, off in zip(found, idle, strict=True))


def test_a_meters_register_integrates_its_power_and_never_runs_back() -> None:
    for machine in ("energy_meter_001", "energy_meter_042"):
        c = columns(machine, days=7)
        register = c["energy_kwh"][~np.isnan(c["energy_kwh"])]
        used, metered = np.nansum(c["active_power_kw"]) / 60, register[-1] - register[0]
        assert (np.diff(register) >= 0).all()
        assert metered == pytest.approx(used, rel=0.01)


def test_energy_meters_obey_the_power_triangle() -> None:
    c = columns("energy_meter_007")
    assert np.nanmax(np.abs(c["apparent_power_kva"] * c["power_factor"] - c["active_power_kw"])) < 0.1
    volts_amps = np.sqrt(3) * c["voltage_v"] * c["current_a"] / 1000
    assert np.nanmax(np.abs(volts_amps - c["apparent_power_kva"])) < 0.15


def test_a_generators_fuel_falls_only_when_it_runs() -> None:
    c = columns("diesel_generator_004", days=14)
    running, level = c["power_output_kw"] > 0, c["fuel_level_pct"]
    assert 0 < running.mean() < 0.05
    burnt = -np.diff(level) > 0.04
    assert burnt.any() and not (burnt & ~running[1:] & ~running[:-1]).any()


def test_load_follows_hour_and_weekday() -> None:
    power = columns("ahu_012", days=7)["fan_power_kw"].reshape(7, 24, 60)
    plant_noon, plant_night = 12 - 6, 2 + 18  # 05:30 ahead of UTC
    assert np.nanmean(power[:5, plant_noon]) > 2 * np.nanmean(power[:5, plant_night])
    assert np.nanmean(power[:5, plant_noon]) > 1.5 * np.nanmean(power[6, plant_noon])


def test_about_a_dozen_faults_begin_each_week() -> None:
    begun = [
        f for m in PLANT.equipment for f in faults_of_machine(1, m.type, m.id, MONDAY, 70) if f.start >= MONDAY * 1440
    ]
    assert 80 <= len(begun) <= 170
    assert len({fault.kind for fault in begun}) == 5


def test_a_stuck_sensor_stays_where_it_was() -> None:
    found = (faults_of_machine(1, m.type, m.id, MONDAY, 60) for m in PLANT.of_type("ahu"))
    fault = next(f for own in found for f in own if f.kind == "sensor_stuck" and f.start > MONDAY * 1440)
    day = fault.start // 1440
    during = simulate_signals(PLANT, 1, fault.equipment_id, day, 2).values[
        fault.start - day * 1440 : fault.end - day * 1440
    ]
    assert 1 in [len(np.unique(column[~np.isnan(column)])) for column in during.T]


def test_few_readings_are_missing_and_none_is_infinite_or_negative() -> None:
    for machine in FIRST_OF_TYPE:
        values = simulate_signals(PLANT, 1, machine, MONDAY, 14).values
        missing = np.isnan(values).all(axis=1).mean()
        assert 0 < missing < 0.01 and not np.isinf(values).any() and np.nanmin(values) >= 0


def test_a_healthy_plant_raises_few_alarms() -> None:
    for machine in FIRST_OF_TYPE:
        if faults_of_machine(1, PLANT.get(machine).type, machine, MONDAY, 3):
            continue
        for metric in PLANT.type_of(machine).metrics:
            column = columns(machine)[metric.name]
            low, high = metric.low or -np.inf, metric.high or np.inf
            assert ((column < low) | (column > high)).mean() == 0, (machine, metric.name)
