"""Models of single machines: learned, judged, served, turned back; bad history is told, never made up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cc_common.__main__ import main
from cc_common.analytics import expected_behaviour
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.analytics.expected_behaviour.fitting import AFTER, NightlyFit
from cc_common.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound
from cc_common.core.settings import PROJECT, Settings
from cc_common.core.windows import PlantClock, Window
from cc_common.db import Database, Databases, EmbeddedServer
from cc_common.operations import status
from cc_common.simulator import PLANT
from cc_common.timeseries.rollups import refresh_rollups
from cc_common.timeseries.writer import write_minute
from tests.conftest import UNTIL, _copy
from tests.integration.conftest import WEEKS_OF

DAY = timedelta(days=1)
LAST_DAY = Window(start=UNTIL - DAY, end=UNTIL)
POWER = "power_consumption_kw"
CLOCK = PlantClock(PLANT.tz)
MIDNIGHT = CLOCK.to_utc(CLOCK.day(UNTIL))


@pytest.fixture
def plant_weeks(server: EmbeddedServer, weeks: str, app_db: Database) -> Iterator[Databases]:
    for database in _copy(server, weeks):
        yield Databases(app=app_db, timeseries=database)


def fit(databases: Databases, *types: str, **options: object) -> expected_behaviour.FitResult:
    return expected_behaviour.fit_plant_models(databases, PLANT, types or None, **options)  # type: ignore[arg-type]


def of(databases: Databases) -> ExpectedBehaviour:
    return ExpectedBehaviour(databases.app, databases.timeseries, PLANT)


def change(databases: Databases, machine: str, assignment: str, start: timedelta, end: timedelta = -DAY) -> None:
    """Between so long before UNTIL and so long before it."""
    window = UNTIL - start, UNTIL - end
    with databases.timeseries.transaction() as connection:
        connection.execute(f"UPDATE {machine} SET {assignment} WHERE ts >= %s AND ts < %s", window)
        refresh_rollups(connection, PLANT, machine, *window)


def test_each_machine_gets_a_model_that_beats_the_hour_of_day(plant_weeks: Databases) -> None:
    found = fit(plant_weeks)
    assert (found.machines, found.adopted, found.short) == (363, len(WEEKS_OF), 363 - len(WEEKS_OF))
    assert "7 days" in found.reasons["chiller_004"]
    (row,) = of(plant_weeks).versions("transformer_001")
    assert row.state == "served" and row.gate["score"] < 0.7 * row.gate["hourly"]
    assert fit(plant_weeks).adopted == 0 and len(of(plant_weeks).versions("transformer_001")) == 1


def test_what_is_expected_carries_its_version_and_lies_near_what_was_read(plant_weeks: Databases) -> None:
    fit(plant_weeks, "transformer")
    found = of(plant_weeks).expected("transformer_001", "oil_temp_c", LAST_DAY)
    assert found.version == 1 and found.error is not None and found.evidence.rows > 20_000
    assert found.trained_until <= UNTIL - timedelta(days=6)
    hours = [p for p in found.points if p.expected is not None and p.value is not None]
    assert len(hours) >= 23 and sum(p.low <= p.value <= p.high for p in hours) > len(hours) / 2  # type: ignore[operator]


def test_a_machine_that_takes_more_than_its_load_explains_drifts_with_a_cause(plant_weeks: Databases) -> None:
    fit(plant_weeks)
    assert not of(plant_weeks).drifts(UNTIL)
    change(plant_weeks, "transformer_001", "oil_temp_c = oil_temp_c + 12", timedelta(hours=10))
    (drift,) = of(plant_weeks).drifts(UNTIL)
    assert (drift.equipment, drift.metric, drift.cause) == (
        "transformer_001", "oil_temp_c", "fouling of the coolers likely",
    )  # fmt: skip
    assert drift.value - drift.expected > 6 and drift.share and drift.evidence.rows > 300


def test_a_version_is_turned_back_and_that_is_audited(plant_weeks: Databases) -> None:
    for days in (3, 0):
        fit(plant_weeks, "transformer", until=UNTIL - days * DAY)
    read = of(plant_weeks)
    assert [row.state for row in read.versions("transformer_001")] == ["served", "retired"]
    assert read.roll_back("transformer_001").version == 1
    assert [row.state for row in read.versions("transformer_001")] == ["retired", "served"]
    (entry,) = status.find_entries(plant_weeks.app).items
    assert (entry.action, entry.what["equipment"]) == ("rolled back", "transformer_001")
    with pytest.raises(Conflict, match="no earlier model"):
        read.roll_back("transformer_001")


def test_a_version_that_is_worse_is_kept_out(plant_weeks: Databases) -> None:
    fit(plant_weeks, "transformer", until=UNTIL - 8 * DAY)
    noise = "oil_temp_c = oil_temp_c + 40 * random(), winding_temp_c = winding_temp_c + 40 * random()"
    change(plant_weeks, "transformer_001", f"{noise}, load_kva = load_kva * (0.5 + random())", 28 * DAY, 8 * DAY)
    assert fit(plant_weeks, "transformer").adopted == 0
    newest, before = of(plant_weeks).versions("transformer_001")
    assert (newest.state, before.state) == ("rejected", "served") and "worse than the version before" in newest.gate[
        "reason"
    ]


def test_without_history_there_is_no_number(plant_weeks: Databases) -> None:
    assert fit(plant_weeks, "chiller", history=DAY).adopted == 0
    with pytest.raises(NotFound, match="Chiller 1 has no model yet: it needs 7 days"):
        of(plant_weeks).expected("chiller_001", POWER, LAST_DAY)
    with pytest.raises(NotFound, match="chiller_999"):
        of(plant_weeks).expected("chiller_999", POWER, LAST_DAY)
    with pytest.raises(NotFound):
        of(plant_weeks).expected("chiller_001", "no_such", LAST_DAY)
    with pytest.raises(InvalidInput, match="92 days"):
        of(plant_weeks).expected("chiller_001", POWER, Window(start=UNTIL - 100 * DAY, end=UNTIL))


def test_a_constant_metric_has_none_and_says_so(plant_weeks: Databases) -> None:
    change(plant_weeks, "transformer_001", "oil_level_pct = 80", 30 * DAY)
    fit(plant_weeks, "transformer")
    with pytest.raises(NotFound, match="has not moved"):
        of(plant_weeks).expected("transformer_001", "oil_level_pct", LAST_DAY)
    assert of(plant_weeks).expected("transformer_001", "oil_temp_c", LAST_DAY).points


def test_a_machine_that_is_off_is_expected_nothing_of(plant_weeks: Databases) -> None:
    fit(plant_weeks, "chiller", "cooling_tower")
    zeros = f"{POWER} = 0, cooling_load_tr = 0, compressor_load_pct = 0, vibration_mm_s = 0"
    change(plant_weeks, "chiller_001", zeros, timedelta(hours=12))
    points = of(plant_weeks).expected("chiller_001", POWER, Window(start=UNTIL - DAY / 4, end=UNTIL)).points
    assert {(p.state, p.expected, p.low) for p in points} == {("off", None, None)}
    assert not [d for d in of(plant_weeks).drifts(UNTIL) if d.equipment == "chiller_001"]


def test_a_gap_is_unread_not_made_up(plant_weeks: Databases) -> None:
    fit(plant_weeks, "transformer")
    start = UNTIL.replace(minute=0) - timedelta(hours=8)
    with plant_weeks.timeseries.transaction() as connection:
        connection.execute("DELETE FROM transformer_001 WHERE ts >= %s", [start])
        refresh_rollups(connection, PLANT, "transformer_001", start, UNTIL)
    points = of(plant_weeks).expected("transformer_001", "oil_temp_c", Window(start=start + DAY / 12, end=UNTIL)).points
    assert {(p.state, p.value, p.expected) for p in points} == {("unread", None, None)}


def test_a_replaced_sensor_is_learned_anew_from_its_day_on(plant_weeks: Databases) -> None:
    change(plant_weeks, "transformer_001", "oil_level_pct = oil_level_pct + 9", 16 * DAY)
    fit(plant_weeks, "transformer")
    (row,) = of(plant_weeks).versions("transformer_001")
    assert list(row.gate["new_level_since"]) == ["oil_level_pct"] and row.state == "served"
    found = of(plant_weeks).expected("transformer_001", "oil_level_pct", LAST_DAY)
    assert found.trained_from > UNTIL - 18 * DAY
    assert not of(plant_weeks).drifts(UNTIL)


def test_without_a_scheduler_the_first_models_are_learned_at_once(plant_weeks: Databases) -> None:
    nightly = NightlyFit(databases=plant_weeks, clock=lambda: MIDNIGHT)
    found = nightly.fit_when_due()
    assert found and (found.adopted, found.short) == (len(WEEKS_OF), 363 - len(WEEKS_OF))
    assert nightly.fit_when_due() is None


def test_without_a_scheduler_a_night_is_learned_once(plant_weeks: Databases) -> None:
    fit(plant_weeks, "transformer", until=UNTIL - DAY)
    now = MIDNIGHT + AFTER - timedelta(minutes=1)
    nightly = NightlyFit(databases=plant_weeks, clock=lambda: now)
    assert nightly.fit_when_due() is None
    now += timedelta(minutes=1)
    found = nightly.fit_when_due()
    assert found and found.adopted + found.rejected == len(WEEKS_OF)
    assert nightly.fit_when_due() is None


def test_what_the_scheduler_did_is_left(plant_weeks: Databases) -> None:
    fit(plant_weeks)
    found = NightlyFit(databases=plant_weeks).fit_when_due()
    assert found and (found.adopted, found.rejected) == (0, 0)
    assert len(of(plant_weeks).versions("transformer_001")) == 1


def test_too_little_history_is_one_line_and_no_error(
    app_db: Database, catalog_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    nightly = NightlyFit(databases=Databases(app=app_db, timeseries=catalog_db))
    assert nightly.fit_when_due() is None
    readings = {"chiller_001": [1.0] * len(PLANT.type("chiller").metrics)}
    with catalog_db.connection() as connection:
        write_minute(connection, PLANT, UNTIL, readings)
    with caplog.at_level("INFO"):
        found = nightly.fit_when_due()
    assert found and (found.adopted, found.short) == (0, 363) and nightly.fit_when_due() is None
    (line,) = caplog.messages
    assert "363 machines have too little history" in line and "it needs 7 days" in line


def test_a_look_that_fails_is_tried_again(
    app_db: Database, timeseries_db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nightly, looks = NightlyFit(databases=Databases(app=app_db, timeseries=timeseries_db)), iter([False, True])

    def look(self: NightlyFit) -> None:
        if next(looks):
            return self.stop.set()
        raise DatabaseUnavailable()

    monkeypatch.setattr(NightlyFit, "fit_when_due", look)
    monkeypatch.setattr("cc_common.analytics.expected_behaviour.fitting.FIRST_LOOK_S", 0)
    monkeypatch.setattr("cc_common.analytics.expected_behaviour.fitting.LOOK_EVERY_S", 0)
    nightly.run()
    assert len(caplog.messages) == 1 and next(looks, None) is None


def test_the_part_of_the_launcher_stops_at_sigterm(plant_weeks: Databases, tmp_path: Path) -> None:
    dsns = {"CC_APP_DSN": plant_weeks.app.dsn, "CC_TIMESERIES_DSN": plant_weeks.timeseries.dsn}
    command = [sys.executable, "-m", "cc_common", "models", "watch"]
    with subprocess.Popen(command, env={**os.environ, **dsns, "CC_DATA_DIR": str(tmp_path)}, cwd=PROJECT) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 15
        process.terminate()
        assert process.wait(10) == 0


def test_the_commands_fit_list_and_roll_back_models(
    plant_weeks: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CC_APP_DSN", plant_weeks.app.dsn)
    monkeypatch.setenv("CC_TIMESERIES_DSN", plant_weeks.timeseries.dsn)
    assert main(["models", "batches"]) == 0 and "ahu" in json.loads(capsys.readouterr().out)
    assert main(["models", "fit", "--type", "ahu"]) == 0
    assert json.loads(capsys.readouterr().out) == {"machines": 80, "adopted": 1, "rejected": 0, "short": 79}
    assert main(["models", "show"]) == 0 and "1 of  80" in capsys.readouterr().out
    assert main(["models", "show", "ahu_001"]) == 0 and "served" in capsys.readouterr().out
    assert main(["models", "rollback", "ahu_001"]) == 1 and "no earlier model" in capsys.readouterr().err
    assert main(["models", "fit", "--type", "rocket"]) == 1 and "rocket" in capsys.readouterr().err
