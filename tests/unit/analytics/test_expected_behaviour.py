"""Models of machines, on made-up hours: what goes in, what comes out, and what is said of causes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest

from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.anomalies.operation import bridge_gaps
from cc_common.analytics.expected_behaviour.backtest import find_steps
from cc_common.analytics.expected_behaviour.drift_episodes import (
    ALONE,
    CAUSES,
    STANDS,
    Way,
    fill_short_gaps,
    find_anomaly_cause,
    find_cause,
    find_drift_cause,
    find_drift_episodes,
)
from cc_common.analytics.expected_behaviour.features import hours_of_operation
from cc_common.analytics.expected_behaviour.learning import learn_models
from cc_common.catalog.metric_roles import drivers_of, power_of
from cc_common.core.evidence import Evidence
from cc_common.simulator import PLANT
from tests.support.simulated_hours import simulated

PUMP = PLANT.type("pump")
HOURS = np.arange(24 * 30)


def missed(machines: int = 6) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Noise about zero, of sigma one."""
    return np.random.default_rng(1).normal(size=(machines, len(PUMP.metrics), 48))


@pytest.mark.parametrize("kind", PLANT.types, ids=lambda kind: kind.name)
def test_every_type_is_driven_by_what_it_measures(kind) -> None:  # type: ignore[no-untyped-def]
    found, names = drivers_of(kind), {m.name for m in kind.metrics}
    assert (found.load or "") in names and set(found.beside) <= names


def test_every_cause_speaks_of_metrics_there_are() -> None:
    for cause in CAUSES:
        kinds = [PLANT.type(name) for name in cause.types] or list(PLANT.types)
        assert any({sign[:-1] for sign in cause.signs} <= {m.name for m in kind.metrics} for kind in kinds)


@pytest.mark.parametrize(
    ("kind", "moved", "words"),
    [
        ("chiller", {"condenser_approach_c": "+", "power_consumption_kw": "+"}, "fouling of the condenser likely"),
        ("chiller", {"suction_pressure_bar": "-", "chw_supply_temp_c": "+"}, "refrigerant leak likely"),
        ("pump", {"vibration_mm_s": "+", "bearing_temp_c": "+"}, "bearing wear likely"),
        ("pump", {"vibration_mm_s": "-"}, None),
        ("pump", {"flow_m3h": None, "motor_temp_c": "+"}, "a clogged strainer or a closed valve likely"),
        ("transformer", {"power_factor": "+", "voltage_v": "-"}, None),
    ],
)
def test_moved_metrics_name_the_likely_cause(kind: str, moved: dict[str, Way | None], words: str | None) -> None:
    assert find_cause(kind, moved) == words


def test_a_metric_that_moves_alone_casts_doubt_on_its_sensor() -> None:
    assert find_drift_cause("pump", "motor_temp_c", {"motor_temp_c": "+"}, ["motor_temp_c", "flow_m3h"]) == ALONE
    assert find_drift_cause("pump", "motor_temp_c", {"motor_temp_c": "+"}, ["motor_temp_c"]) is None


def spell_of(kind: str, metric: str, first: datetime, hours: int) -> Anomaly:
    end = first + timedelta(hours=hours)
    rows = Evidence(table="transformer_005", column=metric, statistic="avg", start=first, end=end, rows=60 * hours)
    return Anomaly(
        equipment="transformer_005",
        metrics=(metric, "winding_temp_c"),
        kind=kind,  # type: ignore[arg-type]
        start=first,
        end=end,
        score=9.0,
        value=75.5,
        expected=55.0,
        unit="°C",
        evidence=rows,
    )


def test_a_sensor_that_is_reported_as_stuck_meanwhile_shows_no_fault_of_its_machine() -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    hot = spell_of("deviation", "oil_temp_c", noon, 10)
    assert find_anomaly_cause(hot, PLANT) == "fouling of the coolers likely"
    for hours, metric, cause in (
        (6, "oil_temp_c", STANDS),
        (3, "oil_temp_c", "fouling of the coolers likely"),
        (6, "winding_temp_c", "fouling of the coolers likely"),
    ):
        assert find_anomaly_cause(hot, PLANT, [hot, spell_of("stuck", metric, noon, hours)]) == cause
    assert find_anomaly_cause(spell_of("stuck", "oil_temp_c", noon, 6), PLANT) is None


def test_a_metric_that_does_not_change_is_no_drift_of_the_machine_nor_a_sign_of_one() -> None:
    moved: dict[str, Way | None] = {"condenser_approach_c": "+", "power_consumption_kw": "+"}
    of = partial(find_drift_cause, "chiller", moved=moved, modelled=list(moved))
    assert of("condenser_approach_c", still=["condenser_approach_c"]) == STANDS
    assert of("power_consumption_kw") == "fouling of the condenser likely"
    assert of("power_consumption_kw", still=["condenser_approach_c"]) is None


def test_one_hour_is_no_drift_and_six_are() -> None:
    own, at = missed(), PUMP.metrics.index(next(m for m in PUMP.metrics if m.name == "vibration_mm_s"))
    own[2, at, 20] = 50
    limit = np.full(own.shape[:2], 4.0)
    assert not list(find_drift_episodes(own, limit, PUMP, 6))
    own[2, at, 20:30] = 8
    (spell,) = find_drift_episodes(own, limit, PUMP, 6)
    assert (spell.machine, spell.metric, spell.sign) == (2, at, 1)
    assert spell.first >= 19 and spell.known <= 25 and spell.excess > 1


def test_what_all_show_at_once_is_nobodys_drift_and_without_a_model_there_is_none() -> None:
    own, limit = missed(), np.full((6, len(PUMP.metrics)), 4.0)
    own[:4, 0, 20:30] = 8
    assert not list(find_drift_episodes(own, limit, PUMP, 6))
    own[1:4, 0] = 0
    assert len(list(find_drift_episodes(own, limit, PUMP, 6))) == 1
    assert not list(find_drift_episodes(own, limit * np.nan, PUMP, 6))


def test_hours_nobody_read_settle_nothing() -> None:
    own = missed()
    own[..., 10:20] = np.nan
    assert np.isnan(fill_short_gaps(own)[..., 14:20]).all() and np.isnan(fill_short_gaps(own)[..., :3]).all()


def test_quiet_hours_do_not_part_a_drift() -> None:
    flags = np.zeros(60, bool)
    flags[[10, 11, 20, 50]] = True
    assert bridge_gaps(flags, 5) == [(10, 21), (50, 51)]


def test_a_step_is_found_and_a_fault_that_passes_is_not() -> None:
    x = np.stack([np.ones(len(HOURS)), np.sin(HOURS / 24 * 2 * np.pi)], axis=-1)[None]
    y = x[..., 1] + 0.1 * np.random.default_rng(2).normal(size=(1, len(HOURS)))
    assert not find_steps(x, y)
    passing = y + 3 * ((HOURS > 300) & (HOURS < 400))
    assert not find_steps(x, passing)
    assert find_steps(x, y + 3 * (HOURS >= 360)) == {0: 360}


def test_what_many_metrics_show_or_was_not_read_lately_is_no_replaced_sensor() -> None:
    x = np.ones((3, len(HOURS), 1))
    y = 3.0 * (HOURS >= 360) + 0.1 * np.random.default_rng(2).normal(size=(3, len(HOURS)))
    assert not find_steps(x, y) and find_steps(x[:2], y[:2]) == {0: 360, 1: 360}
    y[:2, -72:] = np.nan
    assert not find_steps(x[:2], y[:2])


def test_an_engine_is_not_judged_while_it_cools_down() -> None:
    generators = simulated(PLANT.type("diesel_generator"), 31, 20_500, 8)
    power = power_of(generators.kind)
    assert power is not None
    ran, resting = (
        generators.high[:, generators.kind.metrics.index(power)] > 0,
        hours_of_operation(generators, "resting"),
    )
    for machine, hour in zip(*np.nonzero(ran), strict=True):
        assert not resting[machine, hour : hour + 5].any()
    assert ran.any(axis=1).all() and resting.mean() > 0.9


def test_what_goes_on_and_off_without_a_load_has_no_model() -> None:
    pumps = simulated(PLANT.type("fire_pump"), 31, 20_500, 21)
    models = learn_models(
        pumps, np.full(len(pumps), 27.0), [0] * len(pumps.machines), held_out=72, named=None, tz=PLANT.tz
    )
    assert all("within the hour" in model.why["jockey_power_kw"] for model in models)
    assert not any("jockey_pressure_bar" in model.why for model in models)
