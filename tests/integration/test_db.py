"""The database layer on a real server: pools that outlive a restart, errors that are ours, migrations applied once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cc_common.config import Settings
from cc_common.db import Database, EmbeddedServer, compose, migrate, open_databases
from cc_common.errors import Conflict, DatabaseUnavailable, InvalidInput, SetupError


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        yield Path(path)


def one(database: Database) -> int:
    with database.connection() as connection:
        return int(connection.execute("SELECT 1 AS one").fetchone().one)  # type: ignore[union-attr]


def test_rows_are_named_and_reads_need_no_transaction(app_db: Database) -> None:
    assert one(app_db) == 1


def test_a_transaction_is_whole_or_nothing(app_db: Database) -> None:
    with pytest.raises(ZeroDivisionError), app_db.transaction() as connection:
        connection.execute("CREATE TABLE gone (x int)")
        raise ZeroDivisionError
    with app_db.connection() as connection:
        assert connection.execute("SELECT to_regclass('gone') AS found").fetchone().found is None  # type: ignore[union-attr]


def test_the_drivers_errors_become_ours(app_db: Database) -> None:
    with pytest.raises(InvalidInput), app_db.connection() as connection:
        connection.execute("SELECT %s::timestamptz", ("yesterdayish",))
    with pytest.raises(Conflict), app_db.transaction() as connection:
        connection.execute("CREATE TABLE once (x int UNIQUE)")
        connection.execute("INSERT INTO once VALUES (1), (1)")


def test_no_server_is_one_clear_error(folder: Path) -> None:
    nowhere = Database(f"postgresql:///x?host={folder}", pool_size=1, timeout_s=0.5, name="nowhere")
    with pytest.raises(DatabaseUnavailable):
        one(nowhere)
    nowhere.close()


def test_a_killed_server_is_replaced_and_no_request_meets_the_old_connections(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        database = Database(server.dsn("cc_app"), pool_size=4, timeout_s=2, name="killed")
        held = [threading.Thread(target=one, args=(database,)) for _ in range(4)]
        [t.start() for t in held], [t.join() for t in held]  # type: ignore[func-returns-value]
        os.kill(server.pid or 0, signal.SIGKILL)
        time.sleep(0.2)
        with pytest.raises(DatabaseUnavailable):
            one(database)
        server.ensure_running()
        assert [one(database) for _ in range(8)] == [1] * 8
        database.close()


def test_whoever_starts_the_server_stops_it_and_others_join(folder: Path) -> None:
    with EmbeddedServer(folder) as owner:
        with EmbeddedServer(folder) as guest:
            assert guest.pid == owner.pid
        assert owner.pid is not None
    assert EmbeddedServer(folder).pid is None


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cc_common.db import EmbeddedServer\n"
        "with EmbeddedServer(Path(sys.argv[1])) as s: print(s.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert len({p.stdout.readline() for p in both if p.stdout}) == 1
    for process in both:
        process.communicate("")
    assert EmbeddedServer(folder).pid is None


def test_a_killed_initdb_leaves_nothing_behind(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with EmbeddedServer(folder) as server:
        assert server.pid is not None


def test_a_pid_file_of_another_process_is_not_believed(folder: Path) -> None:
    with EmbeddedServer(folder):
        pass
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n")
    with EmbeddedServer(folder) as server:
        assert server.pid not in (None, os.getpid())


def test_a_long_path_is_no_obstacle(folder: Path) -> None:
    deep = folder / ("long" * 30)
    with open_databases(Settings(_env_file=None, data_dir=deep)) as databases:  # type: ignore[call-arg]
        assert one(databases.app) == one(databases.timeseries) == 1


def test_migrations_are_applied_once_and_a_changed_one_is_refused(timeseries_db: Database) -> None:
    assert migrate(timeseries_db, "timeseries") == []
    with timeseries_db.transaction() as connection:
        connection.execute("UPDATE schema_migration SET sha256 = 'other'")
    with pytest.raises(SetupError, match="changed after it was applied"):
        migrate(timeseries_db, "timeseries")


def test_notifications_arrive_and_silence_is_told(app_db: Database) -> None:
    heard = app_db.listen("served_model", timeout_s=0.2)
    assert next(heard) == ""
    with psycopg.connect(app_db.dsn, autocommit=True) as connection:
        connection.execute("NOTIFY served_model")
    assert "served_model" in [next(heard) for _ in range(3)]
    heard.close()  # type: ignore[attr-defined]


def test_identifiers_are_quoted_never_interpolated(app_db: Database) -> None:
    statement = compose("SELECT {c} FROM {t}", c='x"; DROP TABLE rating; --', t="rollup.y")
    with app_db.connection() as connection:
        assert statement.as_string(connection) == 'SELECT "x""; DROP TABLE rating; --" FROM "rollup"."y"'
