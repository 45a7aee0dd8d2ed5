"""Data for learning: seeded, traceable row by row, and blind to everything after the minute a state is of."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.db import Database, Databases
from cc_common.feedback import NewRating, record_experience, record_rating
from cc_common.feedback.rl_data import RlData, state_features
from cc_common.planning import WIDGETS
from cc_common.simulator import PLANT
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from tests.conftest import UNTIL
from tests.support.rated_answers import answered

DAY = Window(start=UNTIL - timedelta(hours=20), end=UNTIL)
ALL = Window(start=UNTIL - timedelta(days=2), end=UNTIL)
EMPTY = Window(start=UNTIL - timedelta(days=400), end=UNTIL - timedelta(days=399))
POWER = "power_consumption_kw"


@pytest.fixture
def data(app_db: Database, plant: Database) -> RlData:
    return RlData(Databases(app=app_db, timeseries=plant), PLANT)


def as_bytes(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=True)
    return stream.getvalue()


def raw(database: Database, machine: str, column: str, start: Any, end: Any) -> list[tuple[Any, float | None]]:
    query = f"SELECT ts, {column}::float8 FROM {machine} WHERE ts > %s AND ts <= %s ORDER BY ts"
    with database.connection() as connection:
        return [tuple(row) for row in connection.execute(query, [start, end])]  # type: ignore[arg-type]


def holed(database: Database) -> None:
    """Chiller 1 with a null in power each 7th minute, and without rows for an hour; all shaking two hours long."""
    names = [m.name for m in PLANT.type("chiller").metrics]
    start = int((UNTIL - timedelta(hours=20)).timestamp()) * 1_000_000
    stamps = start + np.arange(18 * 60, dtype=np.int64) * 60_000_000
    values = np.random.default_rng(3).uniform(1, 4, (len(stamps), len(names))).astype(np.float32)
    values[::7, names.index(POWER)] = np.nan
    values[300:420, names.index("vibration_mm_s")] = np.linspace(9, 9.5, 120)
    with database.connection() as connection:
        bulk_load(connection, PLANT, "chiller_001", Rows(stamps, values))
        hole = UNTIL - timedelta(hours=10), UNTIL - timedelta(hours=9)
        connection.execute("DELETE FROM chiller_001 WHERE ts >= %s AND ts < %s", hole)
        refresh_rollups(connection, PLANT, "chiller_001", *hole)


PROVIDERS: dict[str, Any] = {
    "states": lambda data, seed: data.states(ALL, count=40, seed=seed),
    "trajectories": lambda data, seed: data.trajectories(ALL, count=4, steps=5, step_minutes=7, seed=seed),
    "pairs": lambda data, seed: data.pairs(ALL, seed=seed, synthetic=12),
    "batch": lambda data, seed: data.batch(ALL, count=20, share=0.5, seed=seed, truth="labels"),
    "statistics": lambda data, _seed: data.statistics(ALL, equipment_type="chiller"),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_seed_is_the_same_data_to_the_byte(data: RlData, provider: str) -> None:
    first, again, other = (PROVIDERS[provider](data, seed) for seed in (1, 1, 2))
    assert as_bytes(first) == as_bytes(again)
    assert provider == "statistics" or as_bytes(first) != as_bytes(other)


def test_a_state_is_what_the_rows_said_up_to_then(data: RlData, plant: Database) -> None:
    frame = data.states(ALL, count=30, seed=5, equipment_type="chiller")
    for row in frame.to_dict("records"):
        known = raw(plant, row["table"], POWER, row["ts"] - timedelta(hours=24), row["ts"])
        by_time = {ts: np.nan if value is None else value for ts, value in known}
        hour = [v for ts, v in by_time.items() if ts > row["ts"] - timedelta(hours=1)]
        assert row[POWER] == by_time[row["ts"]]
        assert row[f"{POWER}_mean_24h"] == pytest.approx(np.nanmean(list(by_time.values())), rel=1e-12)
        assert row[f"{POWER}_mean_1h"] == pytest.approx(np.nanmean(hour), rel=1e-12)
        before = by_time.get(row["ts"] - timedelta(minutes=1), np.nan)
        assert row[f"{POWER}_delta_1m"] == pytest.approx(row[POWER] - before, nan_ok=True)


def test_a_state_knows_nothing_of_its_future(databases: Databases) -> None:
    data = RlData(databases, PLANT)
    window = Window(start=DAY.start, end=UNTIL - timedelta(hours=5))
    before = data.states(window, count=30, seed=9, equipment_type="pump")
    with databases.timeseries.connection() as connection:
        for machine in ("pump_001", "pump_002", "pump_003"):
            connection.execute(f"UPDATE {machine} SET {POWER} = 0 WHERE ts >= %s", [window.end])  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(before, data.states(window, count=30, seed=9, equipment_type="pump"))


def test_the_clock_is_the_plants(data: RlData) -> None:
    row = data.states(ALL, count=1, seed=2).iloc[0]
    local = row["ts"].tz_convert(ZoneInfo(PLANT.tz))
    angle = 2 * np.pi * (local.hour + local.minute / 60) / 24
    assert (row["hour_sin"], row["hour_cos"]) == pytest.approx((np.sin(angle), np.cos(angle)))


def test_nulls_stay_nan_and_other_types_columns_too(databases: Databases) -> None:
    holed(databases.timeseries)
    frame = RlData(databases, PLANT).states(DAY, count=200, seed=1, equipment_type="chiller")
    ours = frame[frame["table"] == "chiller_001"]
    assert ours[POWER].isna().any() and not ours["cooling_load_tr"].isna().any()
    mixed = RlData(databases, PLANT).states(DAY, count=60, seed=1)
    lifts = mixed[mixed["type"] == "lift"]
    assert len(lifts) and lifts["cooling_load_tr"].isna().all() and not lifts["trips_count"].isna().any()


def test_columns_are_named_and_provenance_comes_first(data: RlData) -> None:
    frame = data.states(ALL, count=5, seed=1, equipment_type="energy_meter")
    kind = PLANT.type("energy_meter")
    assert list(frame.columns) == ["table", "type", "ts", *state_features(kind)]
    assert "energy_kwh_delta_1h" in frame and "energy_kwh_mean_1h" not in frame
    assert str(frame["ts"].dtype) == "datetime64[us, UTC]"


def test_sampling_is_even_over_machines_and_minutes(data: RlData) -> None:
    frame = data.states(ALL, count=600, seed=4, equipment_type="lift")
    assert frame["table"].value_counts().min() > 150
    quarters = ((frame["ts"] - ALL.start) / timedelta(hours=12)).astype(int).value_counts()
    assert quarters.min() > 100


def test_trajectories_are_consecutive_and_without_gaps(databases: Databases) -> None:
    holed(databases.timeseries)
    frame = RlData(databases, PLANT).trajectories(
        DAY, count=30, steps=6, step_minutes=10, seed=1, equipment_type="chiller"
    )
    gap = UNTIL - timedelta(hours=10), UNTIL - timedelta(hours=9)
    for _, run in frame.groupby("trajectory"):
        assert run["table"].nunique() == 1 and list(run["step"]) == list(range(6))
        assert (run["ts"].diff().dropna() == timedelta(minutes=10)).all()
        over = run["ts"].iloc[0] < gap[1] and run["ts"].iloc[-1] >= gap[0]
        assert run["table"].iloc[0] != "chiller_001" or not over


def test_a_batch_holds_its_share_of_trouble(databases: Databases) -> None:
    holed(databases.timeseries)
    data = RlData(databases, PLANT)
    frame = data.batch(DAY, count=40, share=0.25, seed=1, equipment_type="chiller")
    assert frame["anomalous"].sum() == 10 and len(frame) == 40
    assert set(frame.loc[~frame["anomalous"], "anomaly"]) == {""}
    shaking = frame[frame["anomaly"] == "out_of_range"]
    assert (shaking["table"] == "chiller_001").all() and len(shaking) == 10


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_batch_may_be_all_or_nothing(data: RlData, share: float) -> None:
    frame = data.batch(ALL, count=10, share=share, seed=1, truth="labels")
    assert frame["anomalous"].mean() == share


def test_statistics_equal_raw_sql(databases: Databases) -> None:
    holed(databases.timeseries)
    frame = RlData(databases, PLANT).statistics(DAY, equipment_type="chiller").set_index("metric")
    tables = " UNION ALL ".join(
        f"SELECT {POWER}::float8 AS v FROM chiller_{n:03d} WHERE ts >= %(start)s AND ts < %(end)s" for n in (1, 2, 3)
    )
    query = (
        f"SELECT count(v) AS n, count(*) AS rows, min(v) AS low, max(v) AS high, avg(v) AS mean FROM ({tables}) AS r"
    )
    with databases.timeseries.connection() as connection:
        truth: Any = connection.execute(query, {"start": DAY.start, "end": DAY.end}).fetchone()  # type: ignore[arg-type]
    row = frame.loc[POWER]
    assert (row["readings"], row["min"], row["max"]) == (truth.n, truth.low, truth.high)
    assert row["mean"] == pytest.approx(truth.mean)
    assert row["missing"] == 3 * 20 * 60 - truth.n and row["machines"] == 3


def test_statistics_cover_every_metric_of_every_type(data: RlData) -> None:
    frame = data.statistics(ALL)
    assert len(frame) == sum(len(kind.metrics) for kind in PLANT.types)
    assert frame.loc[frame["metric"] == "energy_kwh", "mean"].isna().all()


def test_synthetic_pairs_say_so_and_read_as_plans(data: RlData) -> None:
    frame = data.pairs(ALL, seed=1, synthetic=25)
    assert len(frame) == 25 and frame["synthetic"].all() and set(frame["how"]) == {"synthetic"}
    for row in frame.to_dict("records"):
        assert [m["role"] for m in json.loads(row["prompt"])] == ["system", "user"]
        assert row["chosen"].partition(":")[0] == row["rejected"].partition(":")[0] and row["chosen"] != row["rejected"]
        assert set(row["chosen"].partition(":")[2].split()) <= set(WIDGETS)
        assert json.loads(row["sources"]) == []


def test_pairs_come_from_ratings_and_name_them(data: RlData, app_db: Database) -> None:
    lines = {"up": "latest 1 a: kpi trend", "down": "latest 1 a: table"}
    for thumb, line in lines.items():
        given = answered("Show chiller 1 power", line)
        record_experience(app_db, given)
        record_rating(app_db, NewRating(response_id=given.id, rating=thumb, rater="asha"), learning_rate=0.1)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    frame = data.pairs(Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1)), seed=1, synthetic=3)
    first = frame.iloc[0]
    assert (first["chosen"], first["rejected"], first["how"]) == (lines["up"], lines["down"], "same_prompt")
    assert len(json.loads(first["sources"])) == len(json.loads(first["rating_ids"])) == 2
    assert list(frame["synthetic"]) == [False, True, True, True]


def test_without_ratings_there_are_no_pairs(data: RlData) -> None:
    frame = data.pairs(ALL, seed=1)
    assert len(frame) == 0 and "chosen" in frame


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda d: d.states(EMPTY, count=1, seed=1), NotFound),
        (lambda d: d.states(ALL, count=0, seed=1), InvalidInput),
        (lambda d: d.states(ALL, count=1, seed=1, equipment_type="spaceship"), NotFound),
        (lambda d: d.trajectories(ALL, count=1, steps=1, step_minutes=1, seed=1), InvalidInput),
        (lambda d: d.trajectories(ALL, count=1, steps=3, step_minutes=0, seed=1), InvalidInput),
        (lambda d: d.trajectories(DAY, count=1, steps=200, step_minutes=60, seed=1), NotFound),
        (lambda d: d.trajectories(ALL, count=1, steps=2000, step_minutes=60, seed=1), InvalidInput),
        (lambda d: d.batch(ALL, count=1, share=1.5, seed=1), InvalidInput),
        (lambda d: d.pairs(ALL, seed=1, synthetic=-1), InvalidInput),
        (lambda d: d.statistics(EMPTY), NotFound),
    ],
)
def test_what_cannot_be_drawn_is_refused(data: RlData, ask: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(data)


def command(databases: Databases, *words: str) -> subprocess.CompletedProcess[str]:
    dsns = {"CC_APP_DSN": databases.app.dsn, "CC_TIMESERIES_DSN": databases.timeseries.dsn}
    return subprocess.run(
        [sys.executable, "-m", "cc_common", "rl-data", *words],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", **dsns},
        capture_output=True,
        text=True,
    )


def test_the_command_writes_the_same_file_twice(databases: Databases, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.parquet" for name in "ab"]
    for file in files:
        done = command(databases, "sample", "--count", "20", "--seed", "3", "--out", str(file))
        assert done.returncode == 0, done.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(pd.read_parquet(files[0])) == 20


def test_the_command_says_what_is_wrong(databases: Databases, tmp_path: Path) -> None:
    assert command(databases, "sample", "--out", str(tmp_path / "x.csv")).returncode == 1
    assert command(databases, "dance", "--out", "x.parquet").returncode == 2
    assert "trajectories" in command(databases, "--help").stdout
    assert not list(tmp_path.iterdir())
