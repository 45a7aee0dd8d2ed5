"""What the access layer says of a window equals raw SQL over the same rows, whatever the zone, gaps and nulls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cc_common.catalog import Catalog, Equipment, EquipmentType, Metric
from cc_common.catalog.store import install_catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Figure, Statistic
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer, compose
from cc_common.timeseries import MEANINGFUL, STEPS, Series, TimeSeries, window_figures
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from tests.conftest import _copy

# Each history runs over a change of its clock, but for the zone that has none and keeps half hours.
FIRST_DAYS: Final = {
    "Asia/Kolkata": datetime(2026, 3, 1, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 26, 5, tzinfo=UTC),
    "America/Havana": datetime(2026, 10, 29, 11, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 2, 7, tzinfo=UTC),
}
DAYS: Final = 6
MINUTES: Final = DAYS * 1440
METRICS: Final = ("power_kw", "energy_kwh", "trips_count")
STATISTICS: Final = get_args(Statistic)
TRUTH: Final = """
SELECT count(v) AS count, avg(v) AS avg, min(v) AS min, max(v) AS max, sum(v) AS sum,
       (array_agg(v ORDER BY ts))[1] AS first, (array_agg(v ORDER BY ts DESC))[1] AS last
FROM (SELECT ts, {column}::float8 AS v FROM {table} WHERE ts >= %s AND ts < %s AND {column} IS NOT NULL) AS reading"""

minutes = st.integers(-300, MINUTES + 300)
offsets = st.one_of(minutes, minutes.map(lambda m: m // 60 * 60), minutes.map(lambda m: m // 1440 * 1440))


def _metric(name: str, kind: Any) -> Metric:
    label, unit = name.replace("_", " "), name.rpartition("_")[2]
    return Metric(
        name=name, label=label, unit=unit, unit_spoken=unit, kind=kind, low=None, high=None, decimals=1, aliases=()
    )


def _machine(kind: str, number: int) -> Equipment:
    return Equipment(
        id=f"{kind}_{number:03d}", type=kind, number=number, name=f"{kind} {number}", location="hall", aliases=()
    )


def _catalog(tz: str) -> Catalog:
    power = _metric("power_kw", "gauge")
    metrics = (power, _metric("energy_kwh", "counter"), _metric("trips_count", "tally"))
    types = (
        EquipmentType(name="meter", label="meter", plural="meters", aliases=(), metrics=metrics),
        EquipmentType(name="fan", label="fan", plural="fans", aliases=(), metrics=(power,)),
    )
    machines = (*(_machine("meter", n) for n in (1, 2, 3)), _machine("fan", 1))
    return Catalog(plant_name="test", tz=tz, types=types, equipment=machines)


def _history(first: datetime, seed: int, metrics: int) -> Rows:
    """Six days with single nulls, a sensor dead for over two days, and rows missing for minutes and for over a day."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(-50, 100, (MINUTES, metrics)).astype(np.float32)
    if metrics > 1:
        values[:, 1] = np.cumsum(rng.uniform(0, 0.1, MINUTES))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[1000:4600, 0] = np.nan
    kept = rng.random(MINUTES) > 0.05
    kept[5000:6900] = False
    ts = int(first.timestamp()) * 1_000_000 + np.arange(MINUTES, dtype=np.int64) * 60_000_000
    return Rows(ts[kept], values[kept])


class Plant:
    """A small plant with its histories, and what raw SQL says of it."""

    def __init__(self, database: Database, tz: str) -> None:
        self.catalog, self.database, self.first = _catalog(tz), database, FIRST_DAYS[tz]
        install_catalog(database, self.catalog)
        with database.connection() as connection:
            for seed, machine in enumerate(("meter_001", "meter_002", "fan_001")):
                rows = _history(self.first, seed, len(self.catalog.type_of(machine).metrics))
                bulk_load(connection, self.catalog, machine, rows)
        self.readings = TimeSeries(database, self.catalog)

    def window(self, one: int, other: int) -> Window:
        start, end = sorted((one, other + (one == other)))
        return Window(start=self.first + timedelta(minutes=start), end=self.first + timedelta(minutes=end))

    def truth(self, machine: str, metric: str, start: datetime, end: datetime) -> dict[str, Any]:
        with self.database.connection() as connection:
            found = connection.execute(
                compose(TRUTH, table=machine, column=metric), [start, end], binary=True
            ).fetchone()
        values: dict[str, Any] = found._asdict()
        return {**values, "delta": values["last"] - values["first"] if values["count"] else None}


@pytest.fixture(scope="module", params=FIRST_DAYS)
def plant(request: pytest.FixtureRequest, server: EmbeddedServer, timeseries_template: str) -> Iterator[Plant]:
    """One for all tests, which only read it."""
    for database in _copy(server, timeseries_template):
        yield Plant(database, request.param)


@pytest.fixture(scope="module")
def indian(server: EmbeddedServer, timeseries_template: str) -> Iterator[Plant]:
    """One for all tests that only read it."""
    for database in _copy(server, timeseries_template):
        yield Plant(database, "Asia/Kolkata")


@pytest.fixture
def own(timeseries_db: Database) -> Plant:
    """One that a test may change."""
    return Plant(timeseries_db, "Asia/Kolkata")


ONE_PLANT: Final = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("metric", METRICS)
def test_figures_equal_raw_sql(plant: Plant, metric: str) -> None:
    meaningful = MEANINGFUL[plant.catalog.metric("meter_001", metric).kind]

    @settings(max_examples=40, deadline=None, suppress_health_check=ONE_PLANT)
    @given(offsets, offsets, st.sampled_from(meaningful))
    def holds(one: int, other: int, statistic: Statistic) -> None:
        window = plant.window(one, other)
        figure = plant.readings.figure("meter_001", metric, window, statistic)
        _equals(figure, plant.truth("meter_001", metric, window.start, window.end), statistic)

    holds()


def _equals(figure: Figure | None, truth: dict[str, Any], statistic: Statistic) -> None:
    if figure is None:
        assert truth["count"] == 0
        return
    assert figure.value == pytest.approx(truth[statistic], rel=1e-9, abs=1e-7)
    assert figure.evidence.rows == (1 if statistic == "last" else truth["count"])


@pytest.mark.parametrize("metric", METRICS)
def test_curves_equal_raw_sql(plant: Plant, metric: str) -> None:
    meaningful = MEANINGFUL[plant.catalog.metric("meter_001", metric).kind]

    @settings(max_examples=25, deadline=None, suppress_health_check=ONE_PLANT)
    @given(offsets, offsets, st.sampled_from(meaningful), st.sampled_from(STEPS[2:]))
    def holds(one: int, other: int, statistic: Statistic, step: str) -> None:
        window = plant.window(one, other)
        series = plant.readings.series("meter_001", metric, window, step=step, aggregation=statistic)
        for start, end, value, rows in list(_buckets(series))[::7]:
            truth = plant.truth("meter_001", metric, start, end)
            assert rows == truth["count"]
            assert value == (pytest.approx(truth[statistic], rel=1e-9, abs=1e-7) if rows else None)

    holds()


def _buckets(series: Series) -> Iterator[tuple[datetime, datetime, float | None, int]]:
    """Each point with its span inside the window."""
    starts = [max(p.start, series.window.start) for p in series.points]
    for point, (start, end) in zip(series.points, pairwise([*starts, series.window.end]), strict=True):
        yield start, end, point.value, point.rows


def test_a_day_that_starts_twice_has_its_first_reading(timeseries_db: Database) -> None:
    plant = Plant(timeseries_db, "America/Havana")
    window = Window(start=datetime(2026, 11, 1, 4, tzinfo=UTC), end=datetime(2026, 11, 2, 5, tzinfo=UTC))
    figure = plant.readings.figure("meter_001", "energy_kwh", window, "delta")
    _equals(figure, plant.truth("meter_001", "energy_kwh", window.start, window.end), "delta")


def test_points_add_up_to_the_window(plant: Plant) -> None:
    window = plant.window(77, MINUTES - 77)
    for step in STEPS[1:]:
        series = plant.readings.series("meter_001", "trips_count", window, step=step)
        whole = plant.readings.figure("meter_001", "trips_count", window, "sum")
        assert whole is not None
        assert sum(p.value or 0 for p in series.points) == pytest.approx(whole.value)
        assert series.evidence.rows == whole.evidence.rows


@pytest.mark.parametrize(
    ("metric", "statistic"),
    [("power_kw", "avg"), ("power_kw", "last"), ("energy_kwh", "delta"), ("trips_count", "sum")],
)
def test_a_rank_is_the_figure_of_each_machine_in_order(plant: Plant, metric: str, statistic: Statistic) -> None:
    window = plant.window(333, MINUTES - 444)
    ranked = plant.readings.rank("meter", metric, window, statistic, order="desc", limit=None)
    assert {f.equipment: f for f in ranked} == {
        machine: plant.readings.figure(machine, metric, window, statistic) for machine in ("meter_001", "meter_002")
    }
    assert [f.value for f in ranked] == sorted((f.value for f in ranked), reverse=True)
    first = plant.readings.rank("meter", metric, window, statistic, order="asc", limit=1)
    assert first == ranked[-1:]


@pytest.mark.parametrize("few", [0, window_figures.MAX_SEPARATE])
def test_machines_that_were_silent_at_the_edges_have_their_first_and_last_reading(
    indian: Plant, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_figures, "MAX_SEPARATE", few)
    window = indian.window(1017, 5077)  # power is dead where it begins, rows are missing where it ends
    for metric, statistic in (("power_kw", "last"), ("energy_kwh", "delta")):
        ranked = indian.readings.rank("meter", metric, window, statistic, order="asc", limit=None)
        assert [f.equipment for f in sorted(ranked, key=lambda f: f.equipment)] == ["meter_001", "meter_002"]
        assert indian.readings.rank("meter", metric, window, statistic, order="asc", limit=2) == ranked
        for figure in ranked:
            truth = indian.truth(figure.equipment, metric, window.start, window.end)
            assert figure.value == pytest.approx(truth[statistic])


def test_a_comparison_keeps_the_order_asked_over_types(indian: Plant) -> None:
    window = indian.window(0, 900)
    asked = ["meter_002", "fan_001", "meter_003", "meter_001", "fan_001"]
    found = indian.readings.compare(asked, "power_kw", window, "avg")
    assert [f.equipment for f in found] == ["meter_002", "fan_001", "meter_001"]
    assert found[1] == indian.readings.figure("fan_001", "power_kw", window, "avg")


def test_statistics_are_the_figures_of_the_kind(indian: Plant) -> None:
    window = indian.window(10, 7000)
    for metric, expected in (
        ("power_kw", "avg min max count"),
        ("energy_kwh", "delta count"),
        ("trips_count", "sum max count"),
    ):
        found = indian.readings.statistics("meter_001", metric, window)
        assert " ".join(f.statistic for f in found) == expected
        assert all(f == indian.readings.figure("meter_001", metric, window, f.statistic) for f in found)


def test_latest_is_the_newest_reading_of_each_metric_with_its_own_minute(indian: Plant) -> None:
    everything = indian.window(-300, MINUTES + 300)
    for figure in indian.readings.latest("meter_001"):
        truth = indian.truth("meter_001", figure.metric, everything.start, everything.end)
        own = indian.truth("meter_001", figure.metric, figure.evidence.start, figure.evidence.end)
        assert figure.value == truth["last"] == own["last"]
        assert (figure.at, figure.evidence.rows, own["count"]) == (figure.evidence.start, 1, 1)
    assert [f.metric for f in indian.readings.latest("meter_001", ["trips_count"])] == ["trips_count"]


def test_a_metric_missing_in_the_newest_row_is_found_in_an_older_one(own: Plant) -> None:
    before = {f.metric: f for f in own.readings.latest("meter_001")}
    ts = int((own.first + timedelta(days=DAYS, hours=1)).timestamp()) * 1_000_000
    with own.database.connection() as connection:
        row = Rows(np.array([ts]), np.array([[np.nan, 7, np.nan]], np.float32))
        bulk_load(connection, own.catalog, "meter_001", row)
    after = {f.metric: f for f in own.readings.latest("meter_001")}
    assert (after["power_kw"], after["trips_count"]) == (before["power_kw"], before["trips_count"])
    assert after["energy_kwh"].value == 7
    ranked = own.readings.rank("meter", "power_kw", None, "last", order="asc", limit=None)
    assert {f.equipment for f in ranked} == {"meter_001", "meter_002"}
    assert after["power_kw"] in ranked


def test_latest_all_has_the_newest_row_of_each_machine_that_has_any(indian: Plant) -> None:
    rows = indian.readings.latest_all()
    assert [r.equipment for r in rows] == ["meter_001", "meter_002", "fan_001"]
    assert list(rows[0].readings) == list(METRICS)
    assert [r.equipment for r in indian.readings.latest_all("fan")] == ["fan_001"]


def test_a_machine_without_rows_answers_with_nothing(indian: Plant) -> None:
    window, readings = indian.window(0, 600), indian.readings
    assert readings.latest("meter_003") == readings.statistics("meter_003", "power_kw", window) == ()
    assert readings.figure("meter_003", "energy_kwh", window, "delta") is None
    assert readings.data_range("meter_003") is None
    series = readings.series("meter_003", "power_kw", window, step="PT1H")
    assert {(p.value, p.rows) for p in series.points} == {(None, 0)}
    assert series.evidence.rows == 0


def test_a_gap_shows_in_the_curve(indian: Plant) -> None:
    series = indian.readings.series("meter_001", "power_kw", indian.window(5030, 6840), step="PT1H")
    assert len(series.points) == 31
    assert all(p.value is None for p in series.points)


def test_the_data_range_holds_every_row(indian: Plant) -> None:
    found = indian.readings.data_range("meter_001")
    assert found is not None
    counted = sum(p.rows for p in indian.readings.series("meter_001", "trips_count", found, aggregation="count").points)
    assert counted == indian.truth("meter_001", "trips_count", indian.first - timedelta(days=9), found.end)["count"]


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("metric", METRICS)
def test_a_statistic_without_meaning_is_refused(indian: Plant, metric: str, statistic: Statistic) -> None:
    meaningful = MEANINGFUL[indian.catalog.metric("meter_001", metric).kind]
    if statistic in meaningful:
        assert indian.readings.figure("meter_001", metric, indian.window(0, 90), statistic)
        return
    for read in (indian.readings.figure, lambda e, m, w, s: indian.readings.series(e, m, w, aggregation=s)):
        with pytest.raises(InvalidInput, match=", ".join(meaningful)):
            read("meter_001", metric, indian.window(0, 90), statistic)


def test_unknown_names_and_senseless_rankings_are_refused(indian: Plant) -> None:
    window, readings = indian.window(0, 90), indian.readings
    for call in (
        lambda: readings.latest("meter_009"),
        lambda: readings.latest("meter_001", ["ts"]),
        lambda: readings.figure("meter_001", 'power_kw"; DROP TABLE meter_001; --', window, "avg"),
        lambda: readings.compare(["meter_001", "fan_001"], "energy_kwh", window, "delta"),
        lambda: readings.rank("ghost", "power_kw", window, "avg", order="desc", limit=3),
    ):
        with pytest.raises(NotFound):
            call()
    for bad, statistic, limit in ((None, "avg", 3), (window, "avg", 0)):
        with pytest.raises(InvalidInput):
            readings.rank("meter", "power_kw", bad, statistic, order="desc", limit=limit)
