"""The checks: all pass on a plant that is well, each can fail, and the exit code tells the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cc_common.alerts import NewAlert, raise_alert
from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.db import Database, Databases, EmbeddedServer
from cc_common.operations import provider_checks, timeseries_checks
from cc_common.operations.checks import Check, Outcome, Subject, run
from cc_common.simulator import PLANT, fill_history
from tests.conftest import UNTIL, copied

NOW = UNTIL + timedelta(minutes=2)
SUITES = (*timeseries_checks.SUITE, *provider_checks.RAG_SUITE, *provider_checks.RL_SUITE)


@pytest.fixture(scope="session")
def whole_template(server: EmbeddedServer, plant_template: str) -> str:
    """The plant with rows of every machine."""
    database = copied(server, "template_whole", plant_template)
    fill_history(database, PLANT, days=1, seed=1, until=UNTIL)
    database.close()
    return "template_whole"


@pytest.fixture
def scene(server: EmbeddedServer, whole_template: str, app_db: Database) -> Iterator[Subject]:
    """A system that is well, of this test's own."""
    database = copied(server, "test_whole", whole_template)
    yield Subject(databases=Databases(app=app_db, timeseries=database), now=NOW)
    database.close()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE test_whole WITH (FORCE)")


def execute(database: Database, *statements: str) -> None:
    with database.connection() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


def of(name: str) -> Check:
    return next(check for check in SUITES if check.name == name)


def looked(name: str, scene: Subject) -> Outcome:
    return next(run([of(name)], scene))


def test_a_healthy_plant_passes_every_check(scene: Subject) -> None:
    outcomes = list(run(SUITES, scene))
    assert [o.line for o in outcomes if not o.passed] == []
    assert len({o.name for o in outcomes}) == len(outcomes) == len(SUITES)
    assert all(o.ms > 0 and o.detail for o in outcomes)


def newest_hour(column: str) -> str:
    newest = "(SELECT max(ts) - interval '1 hour' FROM rollup.chiller_hourly)"
    return f"UPDATE rollup.chiller_hourly SET {column} = {column} + 1 WHERE ts = {newest}"


BROKEN: dict[str, tuple[str, ...]] = {
    "timeseries: catalogue complete": (
        "DELETE FROM fault_label WHERE equipment_id = 'lift_020'",
        "DELETE FROM latest_reading WHERE equipment_id = 'lift_020'",
        "DELETE FROM equipment WHERE id = 'lift_020'",
    ),
    "timeseries: tables there": ("DROP TABLE pump_031",),
    "timeseries: rows and their range": ("TRUNCATE pump_031",),
    "timeseries: latest of one": ("UPDATE latest_reading SET readings[1] = 12345",),
    "timeseries: latest of all": (
        "UPDATE latest_reading SET ts = ts - interval '1 minute' WHERE equipment_id = 'ahu_044'",
    ),
    "timeseries: 24 hours by hour": (newest_hour("power_consumption_kw_sum"),),
    "timeseries: statistics equal raw SQL": ("UPDATE rollup.chiller_hourly SET power_consumption_kw_max = 9999",),
    "timeseries: roll-ups equal rows": (newest_hour("vibration_mm_s_count"),),
    "timeseries: feed fresh": ("UPDATE latest_reading SET ts = ts - interval '1 hour' WHERE equipment_id = 'ups_003'",),
    "timeseries: index used": ("ALTER TABLE ahu_044 DROP CONSTRAINT ahu_044_pkey",),
    "timeseries: provenance": ("UPDATE latest_reading SET readings[2] = readings[2] + 1",),
    "timeseries: anomalies": ("DROP TABLE baseline",),
    "rag: equipment summary": ("DROP TABLE latest_reading",),
    "rag: historical trend": ("DROP TABLE rollup.chiller_daily",),
    "rag: comparison": ("DROP TABLE rollup.chiller_hourly",),
    "rag: every number traceable": ("UPDATE rollup.chiller_hourly SET power_consumption_kw_min = -5",),
    "rl: state sampling": tuple(f"DROP TABLE lift_{n:03d}" for n in range(1, 21)),
    "rl: anomaly-enriched batches": ("DROP TABLE baseline",),
    "rl: dataset statistics": ("UPDATE rollup.chiller_hourly SET power_consumption_kw_count = 100000",),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_check_fails_where_something_is_wrong(scene: Subject, name: str) -> None:
    execute(scene.databases.timeseries, *BROKEN[name])
    outcome = looked(name, scene)
    assert not outcome.passed and outcome.detail
    assert outcome.line.startswith("FAIL  ") and "\n" not in outcome.line


@pytest.mark.parametrize("name", ["timeseries: alerts", "rag: alerts context", "rl: preference pairs"])
def test_checks_of_the_app_database_fail_without_its_tables(scene: Subject, name: str) -> None:
    execute(scene.databases.app, "DROP TABLE alert_now CASCADE", "DROP TABLE rating CASCADE")
    outcome = looked(name, scene)
    assert not outcome.passed and outcome.detail.endswith("has no tables: make run")


@pytest.mark.parametrize(
    ("fewer", "off", "passed"), [(0, 0.0, True), (2, 0.5, True), (0, 0.5, False), (-2, 0.0, False)]
)
def test_rows_that_came_after_an_alert_was_told_do_not_make_it_wrong(
    scene: Subject, fewer: int, off: float, passed: bool
) -> None:
    window = Window(start=UNTIL - timedelta(hours=2), end=UNTIL)
    figure = scene.readings.figure("lift_001", "motor_temp_c", window, "max")
    assert figure
    evidence = replace(figure.evidence, rows=figure.evidence.rows - fewer)
    told = {"equipment": "lift_001", "metric": "motor_temp_c", "kind": "out_of_range", "severity": "info"}
    new = NewAlert(**told, message="hot", value=figure.value + off, unit="°C", evidence=evidence)  # type: ignore[arg-type]
    raise_alert(scene.databases.app, new)
    assert looked("rag: every number traceable", scene).passed == passed


def test_a_stopped_feed_is_noticed_and_named(scene: Subject) -> None:
    stopped = Subject(databases=scene.databases, now=NOW + timedelta(minutes=10))
    outcome = looked("timeseries: feed fresh", stopped)
    assert not outcome.passed and "and 360 more" in outcome.detail


def test_an_imported_plant_has_no_feed(scene: Subject) -> None:
    execute(scene.databases.timeseries, "UPDATE plant SET origin = 'imported'")
    late = Subject(databases=scene.databases, now=NOW + timedelta(days=10))
    assert looked("timeseries: feed fresh", late).passed


def test_the_others_go_on_when_one_raises(scene: Subject) -> None:
    def burst(_: Subject) -> str:
        raise ZeroDivisionError("division\nby zero")

    outcomes = list(run([Check("burst", burst), of("timeseries: connection")], scene))
    assert [(o.passed, o.detail.split()[0]) for o in outcomes] == [(False, "ZeroDivisionError:"), (True, "PostgreSQL")]


def test_the_check_fails_when_states_leak_the_future(scene: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = provider_checks.PROVIDERS["states"](scene, 1)
    leaking = honest.assign(**{c: honest[c] + 0.1 for c in honest.columns if c.endswith("_mean_24h")})
    monkeypatch.setattr(provider_checks, "_states", lambda *_: leaking)
    assert not looked("rl: no leakage of the future", scene).passed


def test_chance_that_is_not_seeded_is_noticed(scene: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = iter([provider_checks.PROVIDERS["states"](scene, 1), provider_checks.PROVIDERS["states"](scene, 2)])
    monkeypatch.setitem(provider_checks.PROVIDERS, "states", lambda *_: next(frames))
    assert not looked("rl: reproducible", scene).passed


def test_a_budget_that_is_not_kept_is_noticed(scene: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    short = scene.contexts.assemble
    monkeypatch.setattr(scene.contexts, "assemble", lambda parts, _budget: short(parts, 10**6))
    assert not looked("rag: budget kept", scene).passed
    monkeypatch.setattr(scene.contexts, "assemble", lambda parts, budget: replace(short(parts, budget), parts=()))
    assert not looked("rag: context assembly", scene).passed


def command(databases: Databases | None, *words: str) -> subprocess.CompletedProcess[str]:
    nowhere = "host=127.0.0.1 port=1 dbname=nothing"
    app, plant = (databases.app.dsn, databases.timeseries.dsn) if databases else (nowhere, nowhere)
    env = {"PATH": "/usr/bin:/bin", "CC_APP_DSN": app, "CC_TIMESERIES_DSN": plant}
    told = [sys.executable, "-m", "cc_common", "check", *words]
    return subprocess.run(told, cwd=PROJECT, env=env, capture_output=True, text=True)


def test_exit_code_is_0_only_when_all_pass(scene: Subject) -> None:
    done = command(scene.databases, "rl")
    assert done.returncode == 0, done.stdout
    assert (
        done.stdout.splitlines()[-1]
        == f"{len(provider_checks.RL_SUITE)} of {len(provider_checks.RL_SUITE)} checks passed"
    )
    execute(scene.databases.timeseries, *BROKEN["rl: state sampling"])
    assert command(scene.databases, "rl").returncode == 1


def test_json_says_the_same(scene: Subject) -> None:
    done = command(scene.databases, "timeseries", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    failed = [check["name"] for check in told["checks"] if not check["passed"]]
    assert (done.returncode, told["passed"], failed) == (1, False, ["timeseries: feed fresh"])


@pytest.mark.parametrize("words", [(), ("poetry",), ("rl", "--loud"), ("rl", "--seed", "x")])
def test_wrong_usage_is_2(words: tuple[str, ...]) -> None:
    assert command(None, *words).returncode == 2


def test_a_server_that_is_away_fails_every_check() -> None:
    done = command(None, "rag")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stdout.count("FAIL") == len(provider_checks.RAG_SUITE) and "PASS" not in done.stdout


def test_an_empty_database_fails_and_says_why(databases: Databases, timeseries_db: Database) -> None:
    empty = Subject(databases=replace(databases, timeseries=timeseries_db))
    outcomes = list(run(timeseries_checks.SUITE, empty))
    assert [o.name for o in outcomes if o.passed] == ["timeseries: connection", "timeseries: alerts"]
    assert any("No plant is installed" in o.detail for o in outcomes)
