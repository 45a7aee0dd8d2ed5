"""The distribution's PostgreSQL 15 by DSN: the same migrations, loads, roll-ups and reads as on the embedded one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from cc_common.catalog.store import install_catalog, load_catalog
from cc_common.core.settings import Settings
from cc_common.core.windows import Window
from cc_common.db import Databases, migrate, open_databases
from cc_common.embedded_postgres.programs import account_for
from cc_common.operations.checks import Subject
from cc_common.operations.timeseries_checks import connection as connection_check
from cc_common.operations.timeseries_checks import rollups_equal_rows
from cc_common.simulator import PLANT, fill_history
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.writer import delete_readings, write_minute
from tests.conftest import UNTIL
from tests.integration.timeseries.test_writes import differences
from tests.programs import PROGRAMS, needs

BIN = Path(PROGRAMS["postgresql-15"]).parent
SMALL = replace(PLANT, equipment=tuple(m for m in PLANT.equipment if m.number <= 2))
DAY = Window(start=UNTIL - timedelta(hours=25, minutes=7), end=UNTIL - timedelta(minutes=7))

pytestmark = needs("postgresql-15")


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    """Of a server's `postgres` database; the server runs as an account that is not root."""
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        data = Path(path) / "fifteen"
        account = account_for(data)
        account.take(data)

        def run(program: str, *words: str) -> None:
            command = [str(BIN / program), "-D", str(data), *words]
            subprocess.run(command, check=True, cwd=data, stdout=subprocess.DEVNULL, **account.arguments())

        run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"-c listen_addresses= -c fsync=off -k {data}", "start")
        yield f"host={data} user=postgres dbname=postgres"
        run("pg_ctl", "-w", "-m", "fast", "stop")


@pytest.fixture(scope="module")
def stores(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Two migrated databases of that server, with two machines of each type and two days."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in ("app", "readings"):
            connection.execute(f"CREATE DATABASE {name}")
    dsns = {f"{kind}_dsn": f"{dsn} dbname={name}" for kind, name in (("app", "app"), ("timeseries", "readings"))}
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), **dsns)  # type: ignore[call-arg, arg-type]
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        migrate(databases.timeseries, "timeseries")
        install_catalog(databases.timeseries, SMALL)
        fill_history(databases.timeseries, SMALL, days=2, seed=1, until=UNTIL)
        yield databases


def test_the_plant_is_there_and_migrations_are_applied_once(stores: Databases) -> None:
    assert load_catalog(stores.timeseries).version == SMALL.version
    assert migrate(stores.app, "app") == migrate(stores.timeseries, "timeseries") == []


def test_it_reads_what_raw_sql_reads(stores: Databases) -> None:
    readings, metric = TimeSeries(stores.timeseries, SMALL), "power_consumption_kw"
    query = f"SELECT avg({metric}::float8), count({metric}) FROM chiller_001 WHERE ts >= %s AND ts < %s"
    with stores.timeseries.connection() as connection:
        mean, rows = connection.execute(query, [DAY.start, DAY.end]).fetchone()  # type: ignore[misc]
    figures = {figure.statistic: figure for figure in readings.statistics("chiller_001", metric, DAY)}
    assert figures["avg"].value == pytest.approx(mean) and figures["count"].value == rows
    assert sum(p.rows for p in readings.series("chiller_001", metric, DAY, step="PT1H").points) == rows
    assert len(readings.latest_all()) == len(SMALL.equipment)
    assert len(readings.rank("pump", "flow_m3h", DAY, "avg", order="desc", limit=2)) == 2


def test_late_minutes_and_deletes_keep_rollups_right(stores: Databases) -> None:
    machine, minute = "fire_pump_001", UNTIL - timedelta(hours=30)
    with stores.timeseries.transaction() as connection:
        write_minute(connection, SMALL, minute, {machine: [1.0] * 8})
        assert delete_readings(connection, SMALL, machine, Window(start=minute, end=minute + timedelta(hours=2))) == 120
    assert differences(stores.timeseries, machine) == 0


def test_the_checks_hold_and_say_whether_timescaledb_is_there(stores: Databases) -> None:
    scene = Subject(databases=stores, now=UNTIL)
    assert connection_check(scene).startswith("PostgreSQL 15") and "Timescale" not in connection_check(scene)
    rollups_equal_rows(scene)
    with stores.timeseries.transaction() as connection:
        connection.execute("SET LOCAL allow_system_table_mods = on")  # the extension itself is not on every machine
        connection.execute(
            "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
            " VALUES (99999, 'timescaledb', 10, 'public'::regnamespace, false, '2.99')"
        )
    assert connection_check(scene).endswith("TimescaleDB 2.99")
