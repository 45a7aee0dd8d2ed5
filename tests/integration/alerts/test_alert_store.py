"""Alerts: three facts, each written once; never lost, never doubled, whoever writes at once or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg
import pytest

from cc_common import alerts
from cc_common.alerts import Alert, NewAlert
from cc_common.core.errors import Conflict, InvalidInput, NotFound
from cc_common.core.evidence import Evidence
from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer, migrate

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
UNKNOWN = "0198c0de-0000-7000-8000-000000000001"
EVIDENCE = Evidence(
    table="chiller_001", column="vibration_mm_s", statistic="last", start=NOW, end=NOW + timedelta(minutes=1), rows=1
)


def new(n: int = 1, **changes: Any) -> NewAlert:
    given: dict[str, Any] = {
        "equipment": f"chiller_{n:03d}",
        "metric": "vibration_mm_s",
        "kind": "out_of_range",
        "severity": "warning",
        "message": "Chiller 1 vibration 4.62 mm/s, above its limit of 4.5 mm/s",
        "value": 4.619999885559082,
        "limit": 4.5,
        "unit": "mm/s",
        "evidence": EVIDENCE,
        "raised_at": NOW,
    }
    return NewAlert(**given | changes)


def rows(app: Database, statement: str) -> list[Any]:
    with app.connection() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def test_an_alert_comes_back_whole(app_db: Database) -> None:
    raised = alerts.raise_alert(app_db, new())
    assert raised == alerts.get(app_db, raised.id)
    assert (raised.evidence, raised.value, raised.raised_at, raised.state) == (
        EVIDENCE,
        4.619999885559082,
        NOW,
        "raised",
    )
    assert UUID(raised.id).version == 7


def test_raised_again_it_is_the_same_until_it_is_cleared(app_db: Database) -> None:
    first = alerts.raise_alert(app_db, new())
    assert alerts.raise_alert(app_db, new(severity="critical", value=9.0)) == first
    alerts.clear(app_db, first.id, who="asha")
    second = alerts.raise_alert(app_db, new())
    assert (second.id != first.id, second.state) == (True, "raised")


def test_each_cause_has_its_own(app_db: Database) -> None:
    other = [new(2), new(metric=None), new(kind="stuck"), new()]
    assert len({alerts.raise_alert(app_db, each).id for each in other}) == 4
    assert alerts.raise_alert(app_db, new(metric=None)).metric is None
    assert len(rows(app_db, "SELECT FROM alert")) == 4


def test_three_facts_with_who_and_when(app_db: Database) -> None:
    alert = alerts.raise_alert(app_db, new())
    seen = alerts.acknowledge(app_db, alert.id, who="asha", comment="on my way", at=NOW + timedelta(minutes=3))
    over = alerts.clear(app_db, alert.id, who="ravi", at=NOW + timedelta(minutes=9))
    assert (seen.state, over.state) == ("acknowledged", "cleared")
    assert over == replace(seen, cleared_at=NOW + timedelta(minutes=9), cleared_by="ravi")
    assert (over.acknowledged_by, over.acknowledged_comment, over.raised_by) == ("asha", "on my way", "system")


@pytest.mark.parametrize("act", [alerts.acknowledge, alerts.clear])
def test_again_is_the_same_fact_unchanged(app_db: Database, act: Any) -> None:
    alert = alerts.raise_alert(app_db, new())
    first = act(app_db, alert.id, who="asha", comment="first")
    assert act(app_db, alert.id.upper(), who="ravi", comment="second") == first


def test_what_was_cleared_unseen_cannot_be_acknowledged(app_db: Database) -> None:
    alert = alerts.raise_alert(app_db, new())
    alerts.clear(app_db, alert.id, who="asha")
    with pytest.raises(Conflict, match="cleared by asha"):
        alerts.acknowledge(app_db, alert.id, who="ravi")


@pytest.mark.parametrize("unknown", ["", "no id", UNKNOWN, "'; DROP TABLE alert; --"])
def test_unknown_alerts_are_not_found(app_db: Database, unknown: str) -> None:
    for call in (alerts.acknowledge, alerts.clear):
        with pytest.raises(NotFound):
            call(app_db, unknown, who="asha")
    with pytest.raises(NotFound):
        alerts.get(app_db, unknown)


@pytest.mark.parametrize("bad", [{"value": float("nan")}, {"limit": float("inf")}, {"severity": "red"}])
def test_what_is_no_alert_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        new(**bad)
    with pytest.raises(InvalidInput, match="time zone"):
        new(raised_at=NOW.replace(tzinfo=None))


def test_nobody_and_no_time_zone_are_refused(app_db: Database) -> None:
    alert = alerts.raise_alert(app_db, new())
    with pytest.raises(InvalidInput, match="name"):
        alerts.clear(app_db, alert.id, who=" ")
    with pytest.raises(InvalidInput, match="time zone"):
        alerts.clear(app_db, alert.id, who="asha", at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("table", ["alert", "alert_event", "alert_now"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = NULL", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_ever_changed(app_db: Database, table: str, change: str) -> None:
    alerts.clear(app_db, alerts.raise_alert(app_db, new()).id, who="asha")
    column = {"alert": "metric", "alert_event": "comment", "alert_now": "metric"}[table]
    with pytest.raises(psycopg.errors.RestrictViolation), psycopg.connect(app_db.dsn) as connection:
        connection.execute(change.format(table, column))  # type: ignore[arg-type]
    assert len(rows(app_db, f"SELECT FROM {table}")) == 1


def test_the_database_itself_refuses_a_second_open_alert(app_db: Database) -> None:
    alerts.raise_alert(app_db, new())
    copy = (
        f"INSERT INTO alert SELECT '{UNKNOWN}', equipment, metric, kind, severity, message, value, limit_value, unit, "
    )
    with pytest.raises(psycopg.errors.UniqueViolation), psycopg.connect(app_db.dsn) as connection:
        connection.execute(copy + "evidence, raised_at, raised_by FROM alert")  # type: ignore[arg-type]
    assert len(rows(app_db, "SELECT FROM alert")) == 1


def test_pages_cover_the_list_once_newest_first(app_db: Database) -> None:
    made = [alerts.raise_alert(app_db, new(n, raised_at=NOW + timedelta(minutes=n // 2))) for n in range(7)]
    seen: list[Alert] = []
    page = alerts.find(app_db, limit=3)
    while page.next is not None:
        seen += page.items
        page = alerts.find(app_db, limit=3, cursor=page.next)
    seen += page.items
    assert seen == sorted(made, key=lambda a: (a.raised_at, a.id), reverse=True)
    assert page.total == 7


def test_filters_narrow_the_list(app_db: Database) -> None:
    one, two, three = (alerts.raise_alert(app_db, new(n, raised_at=NOW + timedelta(hours=n))) for n in (1, 2, 3))
    alerts.acknowledge(app_db, two.id, who="asha")
    alerts.clear(app_db, three.id, who="asha")
    found = {s: [a.id for a in alerts.find(app_db, state=s).items] for s in ("open", *alerts.STATES)}  # type: ignore[arg-type]
    assert found == {"open": [two.id, one.id], "raised": [one.id], "acknowledged": [two.id], "cleared": [three.id]}
    window = Window(start=one.raised_at, end=three.raised_at)
    assert [a.id for a in alerts.find(app_db, window=window, equipment="chiller_002").items] == [two.id]
    assert alerts.find(app_db, severity="critical").total == 0


@pytest.mark.parametrize(
    "bad", [{"state": "odd"}, {"severity": "red"}, {"limit": 0}, {"cursor": UNKNOWN}, {"cursor": "x"}]
)
def test_wrong_filters_are_refused(app_db: Database, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        alerts.find(app_db, **bad)


def test_counts_tell_how_they_stand(app_db: Database) -> None:
    ids = [alerts.raise_alert(app_db, new(n, severity=s)).id for n, s in enumerate(alerts.SEVERITIES)]
    alerts.acknowledge(app_db, ids[0], who="asha")
    alerts.clear(app_db, ids[1], who="asha", at=NOW)
    found = alerts.counts(app_db, now=NOW + timedelta(hours=1))
    assert (found.raised, found.acknowledged, found.info, found.warning, found.critical) == (1, 1, 1, 0, 1)
    assert (found.raised_lately, found.cleared_lately) == (3, 1)
    later = alerts.counts(app_db, now=NOW + timedelta(days=2))
    assert (later.raised, later.raised_lately, later.cleared_lately) == (1, 0, 0)


def test_eight_raisers_at_once_raise_one(app_db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: alerts.raise_alert(app_db, new(n % 5)), range(80)))
    assert len({alert.id for alert in found}) == len(rows(app_db, "SELECT FROM alert")) == 5


def test_of_eight_who_act_at_once_one_is_kept(app_db: Database) -> None:
    alert = alerts.raise_alert(app_db, new())
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda n: alerts.acknowledge(app_db, alert.id, who=f"a{n}"), range(8)))
        over = list(pool.map(lambda n: alerts.clear(app_db, alert.id, who=f"c{n}"), range(8)))
    assert len(set(seen)) == len(set(over)) == 1
    assert len(rows(app_db, "SELECT FROM alert_event")) == 2


def test_raisers_against_clearers_leave_at_most_one_open(app_db: Database) -> None:
    def turn(n: int) -> None:
        alert = alerts.raise_alert(app_db, new(n % 2))
        if n % 3:
            alerts.clear(app_db, alert.id, who=f"c{n}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn, range(120)))
    is_sound(app_db)


WRITER = """
import sys
from cc_common import alerts
from cc_common.db import Database
sys.path.insert(0, {tests!r})
from test_alert_store import new
app = Database({dsn!r}, pool_size=1, timeout_s=5, name="writer")
for n in range(10**6):
    alert = alerts.raise_alert(app, new(n % 50))
    print("raised", alert.id, flush=True)
    if n % 2:
        alerts.acknowledge(app, alert.id, who="w")
        print("acknowledged", alert.id, flush=True)
    if n % 3 == 0:
        alerts.clear(app, alert.id, who="w")
        print("cleared", alert.id, flush=True)
"""


def test_a_writer_killed_in_the_middle_loses_and_doubles_nothing(app_db: Database) -> None:
    script = WRITER.format(tests=str(Path(__file__).parent), dsn=app_db.dsn)
    told: list[str] = []
    for lines in (40, 75):
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
            assert process.stdout
            told += [process.stdout.readline() for _ in range(lines)]
            os.kill(process.pid, signal.SIGKILL)
            told += process.stdout.readlines()
    kept(app_db, told)
    is_sound(app_db)
    assert alerts.raise_alert(app_db, new(99)).state == "raised"


def test_what_was_acknowledged_survives_a_killed_server(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        with opened(server) as app:
            migrate(app, "app")
            ids = [alerts.raise_alert(app, new(n)).id for n in range(10)]
            told = [f"raised {i}" for i in ids] + [f"cleared {alerts.clear(app, i, who='a').id}" for i in ids[:5]]
            kill(server)
        server.ensure_running()
        with opened(server) as app:
            kept(app, told)
            is_sound(app)


def kept(app: Database, told: list[str]) -> None:
    """Every fact that a writer was told of is there."""
    whole = [line.split() for line in told if len(line.split()) == 2 and len(line.split()[1]) == 36]
    assert len(whole) > 10
    for fact, alert_id in whole:
        assert getattr(alerts.get(app, alert_id), f"{fact}_at") is not None


def is_sound(app: Database) -> None:
    """At most one open alert a cause, and where each stands follows from the facts."""
    found = rows(app, "SELECT k.*, n.state FROM alert_known k LEFT JOIN alert_now n ON n.alert_id = k.id")
    standing = [(a.equipment, a.metric, a.kind) for a in found if a.cleared_at is None]
    assert len(standing) == len(set(standing))
    for a in found:
        expected = "cleared" if a.cleared_at else "acknowledged" if a.acknowledged_at else "raised"
        assert a.state == expected


@contextmanager
def opened(server: EmbeddedServer) -> Iterator[Database]:
    app = Database(server.dsn("cc_app"), pool_size=2, timeout_s=5, name="killed")
    yield app
    app.close()


def kill(server: EmbeddedServer) -> None:
    postmaster = psutil.Process(server.pid)
    postmaster.kill()
    postmaster.wait(10)
