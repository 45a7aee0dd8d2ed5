"""Anomalies over a real database: rules before anything is learned, baselines stored, events with their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cc_common.analytics.anomalies import Anomaly, AnomalyDetector, fit_plant_baselines
from cc_common.analytics.anomalies.hours import read_hours
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer, compose
from cc_common.simulator import PLANT
from cc_common.simulator.history import simulate_signals
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.model import Store
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from tests.conftest import _copy, copied

DAYS, FIRST = 12, 20_501
START = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=FIRST)
END = START + timedelta(days=DAYS)
MACHINES = tuple(m.id for m in PLANT.of_type("transformer"))[:6]
OIL = [m.name for m in PLANT.type("transformer").metrics].index("oil_temp_c")
ILL = slice((DAYS - 1) * 1440 + 240, (DAYS - 1) * 1440 + 600)  # six hours of the last day
LAST_DAY = Window(start=END - timedelta(days=1), end=END)


@pytest.fixture(scope="module")
def transformers(server: EmbeddedServer, catalog_template: str) -> str:
    """Twelve days of six transformers; one runs hot on the last day, one says nothing for an hour of it."""
    database = copied(server, "template_transformers", catalog_template)
    with database.connection() as connection:
        for machine in MACHINES:
            rows = simulate_signals(PLANT, 33, machine, FIRST, DAYS)
            bulk_load(connection, PLANT, machine, _changed(machine, rows))
    database.close()
    return "template_transformers"


@pytest.fixture
def store(server: EmbeddedServer, transformers: str) -> Iterator[Database]:
    """Those of the test's own."""
    yield from _copy(server, transformers)


def _changed(machine: str, rows: Rows) -> Rows:
    kept = ~np.isnan(rows.values).all(axis=1)
    values = rows.values.copy()
    if machine == MACHINES[0]:
        values[ILL, OIL] += 15
    if machine == MACHINES[1]:
        kept[ILL.start : ILL.start + 61] = False
    return Rows(rows.ts[kept], values[kept])


def of_kind(found: tuple[Anomaly, ...], kind: str) -> list[Anomaly]:
    return [a for a in found if a.kind == kind]


def test_a_hot_transformer_is_reported_with_its_rows(store: Database) -> None:
    assert fit_plant_baselines(store, PLANT, until=LAST_DAY.start) == len(MACHINES)
    hot = of_kind(AnomalyDetector(store, PLANT).detect(MACHINES[0], LAST_DAY, metric="oil_temp_c"), "deviation")
    assert len(hot) == 1 and hot[0].metrics == ("oil_temp_c",) and hot[0].score > 6
    assert hot[0].value is not None and hot[0].expected is not None and 8 < hot[0].value - hot[0].expected < 20
    window = Window(start=hot[0].start, end=hot[0].end)
    figure = TimeSeries(store, PLANT).figure(MACHINES[0], "oil_temp_c", window, "avg")
    assert figure and (figure.value, figure.evidence) == (hot[0].value, hot[0].evidence)


def test_the_fleet_holds_what_each_machine_tells(store: Database) -> None:
    fit_plant_baselines(store, PLANT, until=LAST_DAY.start)
    anomalies = AnomalyDetector(store, PLANT)
    alone = [a for machine in MACHINES for a in anomalies.detect(machine, LAST_DAY)]
    fleet = anomalies.fleet(LAST_DAY)
    assert sorted(map(repr, fleet)) == sorted(map(repr, alone))
    assert [a.start for a in fleet] == sorted(a.start for a in fleet)
    assert anomalies.fleet(LAST_DAY, equipment_type="ahu") == ()


def test_a_type_with_one_metric_more_than_was_learned_has_the_rules_until_it_is_learned_anew(store: Database) -> None:
    fit_plant_baselines(store, PLANT, until=LAST_DAY.start)
    kind = PLANT.type("transformer")
    fewer = replace(PLANT, types=tuple(t if t is not kind else replace(t, metrics=t.metrics[:-1]) for t in PLANT.types))
    assert AnomalyDetector(store, PLANT).learned() == set(MACHINES) and not AnomalyDetector(store, fewer).learned()
    assert {a.kind for a in AnomalyDetector(store, fewer).detect(MACHINES[1], LAST_DAY)} == {"gap"}


def test_without_a_baseline_the_rules_tell(store: Database) -> None:
    found = AnomalyDetector(store, PLANT).detect(MACHINES[1], LAST_DAY)
    silent = of_kind(found, "gap")
    begins = LAST_DAY.start + timedelta(minutes=240)
    assert [(a.start, a.end, a.value) for a in silent] == [(begins, begins + timedelta(minutes=61), None)]
    assert silent[0].evidence.rows == 0 and not of_kind(found, "deviation")
    assert AnomalyDetector(store, PLANT).expected(MACHINES[1], "oil_temp_c", LAST_DAY) == ()


def test_a_machine_that_went_silent_for_good_has_a_gap_to_the_plants_newest_minute(store: Database) -> None:
    with store.transaction() as connection:
        connection.execute(compose("DELETE FROM {t} WHERE ts >= %(at)s", t=MACHINES[2]), {"at": LAST_DAY.start})
        rollup = "DELETE FROM rollup.transformer_hourly WHERE equipment_id = %(id)s AND ts >= %(at)s"
        connection.execute(rollup, {"id": MACHINES[2], "at": LAST_DAY.start})
    later = Window(start=LAST_DAY.start, end=LAST_DAY.end + timedelta(days=2))
    gaps = of_kind(AnomalyDetector(store, PLANT).detect(MACHINES[2], later), "gap")
    assert [(a.start, a.end) for a in gaps] == [(LAST_DAY.start, LAST_DAY.end)]


def test_learning_again_does_nothing_and_a_new_day_everything(store: Database) -> None:
    done: list[tuple[int, int]] = []
    assert fit_plant_baselines(store, PLANT, until=LAST_DAY.start, on_progress=lambda *d: done.append(d)) == len(
        MACHINES
    )
    assert done[-1] == (363, 363)
    before = _stored(store)
    fit_plant_baselines(store, PLANT, until=LAST_DAY.start)
    assert _stored(store) == before
    assert fit_plant_baselines(store, PLANT, until=LAST_DAY.end) == len(MACHINES)
    assert _stored(store) != before


def test_two_days_are_too_few_to_learn_from(plant: Database) -> None:
    assert fit_plant_baselines(plant, PLANT) == 0
    window = Window(start=datetime(2026, 3, 3, tzinfo=UTC), end=datetime(2026, 3, 4, tzinfo=UTC))
    assert of_kind(AnomalyDetector(plant, PLANT).fleet(window), "deviation") == []


def test_expected_hours_hold_the_usual_readings(store: Database) -> None:
    fit_plant_baselines(store, PLANT, until=LAST_DAY.start)
    anomalies = AnomalyDetector(store, PLANT)
    points = anomalies.expected(MACHINES[3], "load_kva", LAST_DAY)
    curve = TimeSeries(store, PLANT).series(MACHINES[3], "load_kva", LAST_DAY, step="PT1H")
    means = {point.start: point.value for point in curve.points}
    inside = [p.low <= means[p.start] <= p.high for p in points if means.get(p.start) is not None]
    assert len(inside) >= 23 and np.mean(inside) > 0.9
    assert all(p.lowest is not None and p.highest is not None and p.lowest < p.highest for p in points)


def test_a_ragged_window_reads_no_minute_beyond_it(store: Database) -> None:
    end = LAST_DAY.start + timedelta(hours=3, minutes=17)
    kind = PLANT.type("transformer")
    hours = read_hours(Store(store, PLANT), kind, MACHINES, LAST_DAY.start, end)
    figure = TimeSeries(store, PLANT).figure(
        MACHINES[0], "oil_temp_c", Window(start=hours.hour_start(len(hours) - 1), end=end), "avg"
    )
    assert figure and hours.count[0, OIL, -1] == figure.evidence.rows
    assert hours.mean[0, OIL, -1] == pytest.approx(figure.value, rel=1e-6)


def test_a_counter_is_judged_by_its_advance(store: Database) -> None:
    meters = tuple(m.id for m in PLANT.of_type("energy_meter"))[:4]
    with store.connection() as connection:
        for machine in meters:
            rows = simulate_signals(PLANT, 34, machine, FIRST, DAYS)
            known = ~np.isnan(rows.values).any(axis=1)
            bulk_load(connection, PLANT, machine, Rows(rows.ts[known], rows.values[known]))
    fit_plant_baselines(store, PLANT, until=LAST_DAY.start)
    points = AnomalyDetector(store, PLANT).expected(meters[0], "energy_kwh", LAST_DAY)
    used = TimeSeries(store, PLANT).figure(meters[0], "energy_kwh", LAST_DAY, "delta")
    assert used and sum(p.value for p in points) == pytest.approx(used.value, rel=0.1)
    assert all(p.lowest is None for p in points)


def test_windows_that_make_no_sense_are_refused_or_empty(store: Database) -> None:
    anomalies = AnomalyDetector(store, PLANT)
    with pytest.raises(InvalidInput, match="92 days"):
        anomalies.detect(MACHINES[0], Window(start=END - timedelta(days=100), end=END))
    with pytest.raises(InvalidInput, match="31 days"):
        anomalies.fleet(Window(start=END - timedelta(days=40), end=END))
    with pytest.raises(InvalidInput):
        anomalies.detect(
            MACHINES[0], Window(start=datetime(1969, 1, 1, tzinfo=UTC), end=datetime(1969, 1, 2, tzinfo=UTC))
        )
    with pytest.raises(NotFound):
        anomalies.detect("transformer_999", LAST_DAY)
    with pytest.raises(NotFound):
        anomalies.detect(MACHINES[0], LAST_DAY, metric='"; DROP TABLE baseline; --')
    ahead = Window(start=END + timedelta(days=365), end=END + timedelta(days=366))
    assert anomalies.detect(MACHINES[0], ahead) == () == anomalies.fleet(ahead)


def _stored(store: Database) -> list[tuple[str, datetime]]:
    with store.connection() as connection:
        rows = connection.execute("SELECT equipment_id, learned_at FROM baseline ORDER BY 1").fetchall()
    return [(row.equipment_id, row.learned_at) for row in rows]
