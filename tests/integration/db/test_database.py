"""The database layer on a real server: pools that outlive a restart, errors that are ours, migrations applied once."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from cc_common.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, SetupError
from cc_common.db import Connection, Database, EmbeddedServer, databases, migrate


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        yield Path(path)


@pytest.fixture
def small(app_db: Database) -> Iterator[Database]:
    """Two connections to the same database."""
    database = Database(app_db.dsn, pool_size=2, timeout_s=0.2, name="small")
    yield database
    database.close()


def one(database: Database) -> int:
    with database.connection() as connection:
        return int(connection.execute("SELECT 1 AS one").fetchone().one)  # type: ignore[union-attr]


def backend(connection: Connection) -> int:
    return connection.info.backend_pid


def test_rows_are_named_and_times_are_in_utc(app_db: Database) -> None:
    with app_db.connection() as connection:
        row = connection.execute("SELECT 1 AS one, now() AS at").fetchone()
    assert row and row.one == 1 and row.at.utcoffset() == timedelta(0)
    assert abs(row.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_connection_used_last_is_used_next(small: Database) -> None:
    with small.connection() as first, small.connection() as second:
        pids = [backend(first), backend(second)]
    with small.connection() as again:
        assert backend(again) == pids[0]


def test_too_many_at_once_are_reported_and_a_place_comes_free(small: Database) -> None:
    with small.connection(), small.connection(), pytest.raises(DatabaseUnavailable, match="All 2 connections"):
        one(small)
    assert one(small) == 1


def test_many_threads_share_few_connections(small: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: one(small), range(400))) == {1}


def test_a_connection_left_in_the_middle_is_not_used_again(small: Database) -> None:
    with small.connection() as connection:
        connection.execute("BEGIN")
        left = backend(connection)
    with small.connection() as connection:
        assert backend(connection) != left


def test_a_transaction_is_whole_or_nothing(app_db: Database) -> None:
    with pytest.raises(ZeroDivisionError), app_db.transaction() as connection:
        connection.execute("CREATE TABLE gone (x int)")
        raise ZeroDivisionError
    with app_db.connection() as connection:
        assert connection.execute("SELECT to_regclass('gone') AS found").fetchone().found is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT 'yesterdayish'::timestamptz", InvalidInput),
        ("INSERT INTO parent VALUES (1)", Conflict),
        ("INSERT INTO child VALUES (7)", NotFound),
        ("INSERT INTO child VALUES (-1)", InvalidInput),
        ("INSERT INTO parent VALUES (NULL)", InvalidInput),
        ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseUnavailable),
        ("SELECT no_such_column", psycopg.errors.UndefinedColumn),
    ],
)
def test_the_drivers_errors_become_ours_but_a_bug_stays_a_bug(
    app_db: Database, statement: str, error: type[Exception]
) -> None:
    with app_db.transaction() as connection:
        connection.execute("CREATE TABLE parent (x int PRIMARY KEY); INSERT INTO parent VALUES (1)")
        connection.execute("CREATE TABLE child (x int CHECK (x > 0) REFERENCES parent)")
    with pytest.raises(error), app_db.connection() as connection:
        connection.execute(statement)
    assert one(app_db) == 1


def test_a_connection_lost_in_the_commit_does_not_claim_that_nothing_was_recorded(app_db: Database) -> None:
    with app_db.transaction() as connection:
        connection.execute("CREATE TABLE doubted (x int)")
        connection.execute(
            "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON doubted DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION hang_up()"
        )
    with pytest.raises(DatabaseUnavailable, match="may or may not"), app_db.transaction() as connection:
        connection.execute("INSERT INTO doubted VALUES (1)")


def test_no_server_is_one_clear_error_at_once(folder: Path) -> None:
    nowhere = Database(f"postgresql:///x?host={folder}", pool_size=1, timeout_s=5, name="nowhere")
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        one(nowhere)
    assert time.monotonic() - began < 1
    nowhere.close()


def test_the_options_of_a_dsn_are_kept(app_db: Database) -> None:
    options = psycopg.conninfo.make_conninfo(app_db.dsn, options="-c statement_timeout=1234")
    database = Database(options, pool_size=1, timeout_s=1, name="options")
    with database.connection() as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("1234ms",)
    database.close()


def test_what_is_closed_stays_closed(small: Database) -> None:
    with small.connection() as connection:
        small.close()
    assert connection.closed
    with pytest.raises(DatabaseUnavailable, match="closed"):
        one(small)


def test_a_killed_server_is_replaced_and_no_request_meets_the_old_connections(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        database = Database(server.dsn("cc_app"), pool_size=4, timeout_s=2, name="killed")
        with ExitStack() as held:
            for _ in range(4):
                held.enter_context(database.connection())
        os.kill(server.pid or 0, signal.SIGKILL)
        with pytest.raises(DatabaseUnavailable):
            while True:
                one(database)
        server.ensure_running()
        assert [one(database) for _ in range(8)] == [1] * 8
        database.close()


def test_migrations_are_applied_once_and_a_changed_one_is_refused(timeseries_db: Database) -> None:
    assert migrate(timeseries_db, "timeseries") == []
    with timeseries_db.transaction() as connection:
        connection.execute("UPDATE schema_migration SET sha256 = 'other'")
    with pytest.raises(SetupError, match="changed after it was applied"):
        migrate(timeseries_db, "timeseries")


@pytest.fixture
def own_migrations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations that "own" stands for."""
    monkeypatch.setattr(databases, "SQL", folder)
    (folder / "own").mkdir()
    (folder / "own" / "0001_first.sql").write_text("CREATE TABLE first (x int); SELECT pg_sleep(0.2)")
    return folder / "own"


def test_processes_that_migrate_at_once_wait_for_each_other(app_db: Database, own_migrations: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        applied = list(pool.map(lambda _: migrate(app_db, "own"), range(3)))
    assert sorted(applied) == [[], [], ["0001_first"]]


def test_a_migration_that_fails_is_named_and_leaves_nothing(app_db: Database, own_migrations: Path) -> None:
    (own_migrations / "0002_second.sql").write_text("CREATE TABLE second (x int); CREATE TABLE first (x int)")
    with pytest.raises(SetupError, match="0002_second"):
        migrate(app_db, "own")
    (own_migrations / "0002_second.sql").write_text("CREATE TABLE second (x int)")
    assert migrate(app_db, "own")[-1] == "0002_second"


def test_a_database_of_a_newer_version_is_reported(app_db: Database, own_migrations: Path) -> None:
    migrate(app_db, "own")
    (own_migrations / "0001_first.sql").unlink()
    with pytest.raises(SetupError, match="newer version"):
        migrate(app_db, "own")


def test_notifications_arrive_and_silence_is_reported(app_db: Database) -> None:
    heard = app_db.listen("served_model", timeout_s=0.2)
    assert next(heard) == ""
    notify(app_db)
    assert next(heard) == "served_model"
    assert next(heard) == ""
    heard.close()  # type: ignore[attr-defined]


def test_a_listener_outlives_its_connection_and_says_look_for_yourself(app_db: Database) -> None:
    heard = app_db.listen("served_model", timeout_s=0.2)
    next(heard)
    with app_db.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert [next(heard), next(heard)] == ["", ""]
    notify(app_db)
    assert next(heard) == "served_model"
    heard.close()  # type: ignore[attr-defined]


def test_closing_ends_the_listeners(small: Database) -> None:
    listener = threading.Thread(target=lambda: list(small.listen("x", timeout_s=0.1)))
    listener.start()
    small.close()
    listener.join(2)
    assert not listener.is_alive()


def notify(database: Database) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("NOTIFY served_model")
