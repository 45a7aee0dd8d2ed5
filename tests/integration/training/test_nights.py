"""Nights: one at a time, resumed where it was, and windows that leave no rating out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from cc_common.core.errors import CommandCenterError, Conflict, InvalidInput, NotFound
from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.model_registry import training_runs, versions
from tests.integration.training.test_night_pairs import rate

NOW = datetime.now(UTC)
MIDNIGHT = Window(start=datetime(2026, 3, 4, 18, tzinfo=UTC), end=datetime(2026, 3, 5, 2, tzinfo=UTC))
HOLDER = """
import sys, time
from cc_common.model_registry import training_runs
from cc_common.db import Database
with training_runs.lock_nights(Database(sys.argv[1], pool_size=1, timeout_s=5, name="app")):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def app(app_db: Database) -> Database:
    """An app database with a served model."""
    versions.register(app_db, id="starter", tier=2, path="starter.gguf", sha256="ab" * 32)
    versions.promote(app_db, "starter")
    return app_db


def ended(app: Database, run_id: str, window: Window, state: training_runs.State) -> None:
    training_runs.begin_night(app, run_id, window, parent="starter")
    training_runs.finish_night(app, run_id, state, "")


def test_a_night_keeps_its_stages_figures(app: Database) -> None:
    night = training_runs.begin_night(app, "one", MIDNIGHT, parent="starter")
    assert (night.state, night.window, night.parent) == ("running", MIDNIGHT, "starter")
    for stage in ("pairs", "tier2"):
        training_runs.begin_stage(app, "one", stage)
        training_runs.end_stage(app, "one", stage, {"count": len(stage)})
    done = training_runs.finish_night(app, "one", "promoted", "better")
    assert (done.stage, done.figures) == ("tier2", {"pairs": {"count": 5}, "tier2": {"count": 5}})
    assert done.finished_at and training_runs.newest_nights(app) == (done,)


def test_an_interrupted_night_goes_on_with_its_window(app: Database) -> None:
    training_runs.begin_night(app, "one", MIDNIGHT, parent="starter")
    assert training_runs.interrupted_night(app) == "one"
    later = Window(start=MIDNIGHT.start, end=MIDNIGHT.end + timedelta(days=1))
    assert training_runs.begin_night(app, "one", later, parent="starter").window == MIDNIGHT


def test_a_night_that_ended_is_not_begun_again(app: Database) -> None:
    ended(app, "one", MIDNIGHT, "rejected")
    with pytest.raises(Conflict, match="has ended"):
        training_runs.begin_night(app, "one", MIDNIGHT, parent="starter")
    with pytest.raises(NotFound):
        training_runs.get_night(app, "two")


def test_a_new_night_buries_a_dead_one(app: Database) -> None:
    training_runs.begin_night(app, "dead", MIDNIGHT, parent="starter")
    training_runs.begin_night(app, "alive", MIDNIGHT, parent="starter")
    assert (training_runs.get_night(app, "dead").state, training_runs.get_night(app, "dead").reason) == (
        "failed",
        "interrupted",
    )
    assert training_runs.interrupted_night(app) == "alive"


def test_two_nights_at_once_are_refused_and_a_killed_one_is_not(app: Database) -> None:
    training_runs.begin_night(app, "one", MIDNIGHT, parent="starter")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, app.dsn], cwd=PROJECT, env=os.environ, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        with pytest.raises(Conflict, match=r"Another night is running \(one\)"), training_runs.lock_nights(app):
            pass
        holder.kill()
    for _ in range(50):  # the server notices the end of a connection in its own time
        try:
            with training_runs.lock_nights(app):
                return
        except Conflict:
            time.sleep(0.1)
    pytest.fail("the dead process still holds the night")


def test_the_lock_is_given_back(app: Database) -> None:
    for _ in range(3):
        with training_runs.lock_nights(app):
            pass


def test_windows_follow_each_other_from_the_first_rating(app: Database) -> None:
    rate(app, "power of pump 1", ("kpi", "trend"))
    first = training_runs.next_window(app, NOW + timedelta(hours=1))
    assert training_runs.new_ratings(app, first) == 1
    ended(app, "one", first, "promoted")
    second = training_runs.next_window(app, NOW + timedelta(hours=2))
    assert (second.start, training_runs.new_ratings(app, second)) == (first.end, 0)


def test_a_rejected_nights_ratings_come_again_but_are_not_new(app: Database) -> None:
    rate(app, "power of pump 1", ("kpi", "trend"))
    first = training_runs.next_window(app, NOW + timedelta(hours=1))
    ended(app, "one", first, "rejected")
    second = training_runs.next_window(app, NOW + timedelta(hours=2))
    assert (second.start, training_runs.new_ratings(app, second)) == (first.start, 0)


def test_without_ratings_there_is_a_window_all_the_same(app: Database) -> None:
    window = training_runs.next_window(app, NOW)
    assert (window.end, training_runs.new_ratings(app, window)) == (NOW, 0)


@pytest.mark.parametrize("name", ["", "A", "../up", "a b", "x" * 61, ".x"])
def test_an_id_can_name_a_folder(app: Database, name: str) -> None:
    with pytest.raises(InvalidInput, match="night's id"):
        training_runs.begin_night(app, name, MIDNIGHT, parent="starter")


def test_the_database_itself_refuses_two_running(app: Database) -> None:
    training_runs.begin_night(app, "one", MIDNIGHT, parent="starter")
    row = "('two', now(), now() + interval '1 hour', 'starter', 'running')"
    with pytest.raises(CommandCenterError), app.transaction() as connection:
        connection.execute(f"INSERT INTO night (run_id, window_start, window_end, parent, state) VALUES {row}")
