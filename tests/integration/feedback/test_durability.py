"""What is acknowledged is on the disk, also on a server, a database or a role whose commits do not wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from psycopg import sql

from cc_common import alerts, feedback
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.feedback.ratings import promote_ranker
from cc_common.model_registry import training_runs, versions
from cc_common.ranking import Scorer
from cc_common.simulator import PLANT
from cc_common.timeseries.writer import write_minute
from tests.conftest import UNTIL
from tests.integration.alerts.test_alert_store import NOW, new
from tests.integration.feedback.test_experiences import rate, recorded
from tests.integration.model_registry.test_versions import register

_REFUSE = """
CREATE FUNCTION refuse_lazy_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'a write to % does not wait for the disk', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$"""
_TRIGGER = """
CREATE TRIGGER refuse_lazy_commit AFTER INSERT OR UPDATE OR DELETE ON {}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_lazy_commit()"""


@contextmanager
def refusing_lazy_commits(database: Database) -> Iterator[Database]:
    """The database, in which no commit waits by default and each write of a transaction that does not is an error."""
    with database.connection() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(_name(database)))
        tables = [
            row.tablename for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        ]
        connection.execute(_REFUSE)
        for table in tables:
            connection.execute(sql.SQL(_TRIGGER).format(sql.Identifier(table)))
    with closing(Database(database.dsn, pool_size=2, timeout_s=5.0, name="lazy")) as lazy:
        yield lazy


def _name(database: Database) -> sql.Identifier:
    with database.connection() as connection:
        return sql.Identifier(connection.info.dbname)


@pytest.fixture
def lazy_app(app_db: Database) -> Iterator[Database]:
    """An app database whose commits do not wait by default."""
    with refusing_lazy_commits(app_db) as lazy:
        yield lazy


def test_by_default_no_commit_waits_here(lazy_app: Database) -> None:
    with lazy_app.connection() as connection, pytest.raises(Exception, match="does not wait for the disk"):
        connection.execute("DELETE FROM tier1_state")


def test_answers_and_ratings_wait_for_the_disk(lazy_app: Database) -> None:
    rated = recorded(lazy_app)
    assert rate(lazy_app, rated.id).rating_id
    assert feedback.get_experience(lazy_app, rated.id).id == rated.id


def test_alerts_and_what_is_done_about_them_wait_for_the_disk(lazy_app: Database) -> None:
    raised = alerts.raise_alert(lazy_app, new())
    assert alerts.acknowledge(lazy_app, raised.id, who="asha", at=NOW).state == "acknowledged"
    assert alerts.clear(lazy_app, raised.id, who="asha", at=NOW).state == "cleared"


def test_versions_wait_for_the_disk(lazy_app: Database) -> None:
    for name in ("v1", "v2"):
        register(lazy_app, name)
        assert versions.promote(lazy_app, name).state == "served"
    assert versions.roll_back(lazy_app, 2).id == "v1"
    register(lazy_app, "v3")
    assert versions.reject(lazy_app, "v3", {"accepted": False}).state == "rejected"
    assert promote_ranker(lazy_app, Scorer(), after=0, learning_rate=0.1) == (1, 0)


def test_a_nights_stages_wait_for_the_disk(lazy_app: Database) -> None:
    register(lazy_app, "base")
    run = training_runs.new_run_id(NOW)
    training_runs.begin_night(lazy_app, run, Window(start=UNTIL, end=NOW.replace(year=2027)), parent="base")
    training_runs.begin_stage(lazy_app, run, "pairs")
    training_runs.end_stage(lazy_app, run, "pairs", {"pairs": 3})
    assert training_runs.finish_night(lazy_app, run, "skipped", "nothing to learn").state == "skipped"


def test_readings_wait_for_the_disk(catalog_db: Database) -> None:
    with refusing_lazy_commits(catalog_db) as readings, readings.transaction() as connection:
        write_minute(connection, PLANT, UNTIL, {"fire_pump_001": [1.0] * 8})
        assert connection.execute("SELECT ts FROM fire_pump_001").fetchall() == [(UNTIL,)]


@pytest.mark.parametrize("stricter", ["local", "remote_apply"])
def test_what_an_administrator_chose_above_or_beside_it_stays(app_db: Database, stricter: str) -> None:
    dsn = f"{app_db.dsn} options='-c synchronous_commit={stricter}'"
    with closing(Database(dsn, pool_size=1, timeout_s=5.0, name="t")) as chosen, chosen.transaction() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == (stricter,)
