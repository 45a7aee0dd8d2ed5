"""The tier1 stage: a better ranker is served, a worse one is not, and no lesson is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from cc_common import feedback
from cc_common import ranking as scorer
from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT, Settings
from cc_common.core.windows import Window
from cc_common.db import Database, EmbeddedServer
from cc_common.feedback import NewRating, RatedExperience, ShownWidget, lesson_of, rated_between
from cc_common.model_registry import versions as registry
from cc_common.planning import plan_of
from cc_common.ranking import QuestionContext, Scorer
from cc_common.ranking.ranker import Placed, Ranker, load_state
from tests.conftest import _copy, copied
from tests.support.rated_answers import answered
from training import tier1
from training.off_policy import NO_THUMB
from training.tier1.batch_ranker import lessons

LINE = "latest 1 a: kpi trend table gauge"
SLOW, QUICK = 1e-6, 0.3  # online learning rates: an operator's night has more to find, or nothing
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def until_now() -> Window:
    return Window(start=LONG_AGO, end=datetime.now(UTC) + timedelta(seconds=1))


def ask(app: Database, ranker: Ranker, number: int) -> str:
    """An answer with sampled widgets, recorded; its id."""
    bare = answered(f"Show pump {number % 50 + 1} power", LINE)
    widgets = plan_of(bare.plan).widgets
    ranking = ranker.rank(QuestionContext(question=bare.question, intent="latest", kind="gauge", unit="kW"), widgets)
    answer = replace(bare, id=feedback.new_id(), context=ranking.context, tier1_version=ranking.version)
    feedback.record_experience(app, replace(answer, widgets=tuple(_shown(widgets[p.index], p) for p in ranking.placed)))
    return answer.id


def _shown(kind: str, placed: Placed) -> ShownWidget:
    about: dict[str, Any] = {"title": "", "equipment": (), "metrics": (), "type": kind}
    values = vars(placed) | about | {"widget_id": f"w{placed.position}"}
    return ShownWidget(**{name: values[name] for name in ShownWidget.__dataclass_fields__})


def thumb(app: Database, response_id: str, rng: np.random.Generator, rate: float) -> None:
    """The hidden taste: gauge leads, or the thumb points down; one in ten at random."""
    liked = (feedback.get_experience(app, response_id).widgets[0].type == "gauge") ^ (rng.random() < 0.1)
    new = NewRating(response_id=response_id, rating="up" if liked else "down", rater="asha")
    feedback.record_rating(app, new, learning_rate=rate)


def lived(app: Database, count: int, rate: float, seed: int = 1) -> Ranker:
    """A day of `count` rated answers."""
    ranker, rng = Ranker(app, temperature=1.0), np.random.default_rng(seed)
    for number in range(count):
        thumb(app, ask(app, ranker, number), rng, rate)
        ranker.follow()
    return ranker


@pytest.fixture(scope="module")
def day_template(server: EmbeddedServer, app_template: str) -> str:
    """A day of four hundred rated answers that taught the ranker nearly nothing."""
    database = copied(server, "template_day", app_template)
    lived(database, 400, SLOW)
    database.close()
    return "template_day"


@pytest.fixture
def day_db(server: EmbeddedServer, day_template: str) -> Iterator[Database]:
    """That day in an app database of this test's own."""
    yield from _copy(server, day_template)


@pytest.fixture
def night(settings: Settings) -> Settings:
    """Settings with the temperature at which the tests' answers were sampled."""
    return settings.model_copy(update={"tier1_temperature": 1.0})


def test_better_ranker_is_served_and_followed(day_db: Database, night: Settings, tmp_path: Path) -> None:
    ranker = Ranker(day_db, temperature=1.0)
    before = ranker.version
    figures = tier1.run(night, day_db, until_now(), tmp_path / "tier1")["figures"]
    served = registry.served(day_db, 1)
    assert served is not None and (figures["better"], figures["model"]) == ("batch", served.id)
    assert served.gate and served.gate["batch"]["dr"]["low"] > served.gate["online"]["dr"]["value"]
    assert ranker.follow() == figures["tier1_version"] == before + 1
    scene = QuestionContext(question="Show ahu 2 power", intent="latest", kind="gauge", unit="kW")
    top = Ranker(day_db, temperature=0).rank(scene, ["kpi", "trend", "table", "gauge"]).placed[0]
    assert top.index == 3


def test_ranker_that_is_not_clearly_better_is_rejected(app_db: Database, night: Settings, tmp_path: Path) -> None:
    lived(app_db, 150, QUICK)
    before = scorer.to_bytes(load_state(app_db))
    figures = tier1.run(night, app_db, until_now(), tmp_path / "tier1")["figures"]
    assert (figures["better"], figures["state"]) == ("online", "rejected")
    assert scorer.to_bytes(load_state(app_db)) == before and registry.served(app_db, 1) is None
    assert "not clearly better" in registry.get(app_db, figures["model"]).gate["reason"]  # type: ignore[index]


def test_without_ratings_there_is_nothing_to_do(app_db: Database, night: Settings, tmp_path: Path) -> None:
    figures = tier1.run(night, app_db, until_now(), tmp_path / "tier1")["figures"]
    assert (figures["better"], figures["model"], figures["answers"]) == ("online", None, 0)
    assert registry.history(app_db) == ()


def test_orders_without_propensity_are_left_out(app_db: Database, night: Settings, tmp_path: Path) -> None:
    ranker, rng = Ranker(app_db, temperature=0), np.random.default_rng(1)
    for number in range(5):
        thumb(app_db, ask(app_db, ranker, number), rng, SLOW)
    widget = NewRating(response_id=ask(app_db, ranker, 9), rating="up", rater="asha", widget_id="w1")
    feedback.record_rating(app_db, widget, learning_rate=SLOW)
    figures = tier1.run(night, app_db, until_now(), tmp_path / "tier1")["figures"]
    assert figures["left_out"] == {"a fixed order has no propensity": 5, NO_THUMB: 1}
    assert "needed to compare" in figures["reason"]


def test_second_time_is_skipped_and_force_is_not(app_db: Database, night: Settings, tmp_path: Path) -> None:
    lived(app_db, 60, QUICK)
    hour, heard = until_now(), list[str]()
    first = tier1.run(night, app_db, hour, tmp_path, say=heard.append)
    assert tier1.run(night, app_db, hour, tmp_path, say=heard.append) == first and "already" in heard[-1]
    forced = tier1.run(night, app_db, hour, tmp_path, force=True)
    assert forced["outputs"]["ranker.cct1"] == first["outputs"]["ranker.cct1"]  # the same bytes


def test_lessons_since_the_window_are_learned_on_top(day_db: Database, night: Settings, tmp_path: Path) -> None:
    window = until_now()
    rated, boundary = rated_between(day_db, window.start, window.end), newest(day_db)
    time.sleep(1.1)
    lived(day_db, 7, SLOW, seed=2)
    figures = tier1.run(night, day_db, window, tmp_path)["figures"]
    assert figures["replayed"] == 7
    batch = scorer.from_bytes((tmp_path / "ranker.cct1").read_bytes())
    assert len(lessons(rated)) == 400
    assert_taught(day_db, batch, boundary, night.tier1_learning_rate)


def newest(app: Database) -> int:
    found = rated_between(app, LONG_AGO, datetime.now(UTC) + timedelta(days=1))
    return max(rating.id for one in found for rating in one.ratings)


def assert_taught(app: Database, batch: Scorer, after: int, rate: float) -> None:
    """The state is the batch ranker and every lesson with a higher rating id, in order."""
    later = [
        (rating.id, lesson_of(one.experience, rating))
        for one in _all(app)
        for rating in one.ratings
        if rating.id > after
    ]
    for _, lesson in sorted(later, key=lambda item: item[0]):
        assert lesson is not None
        batch.teach(lesson, rate)
    assert np.array_equal(load_state(app).table, batch.table)


def _all(app: Database) -> list[RatedExperience]:
    return rated_between(app, LONG_AGO, datetime.now(UTC) + timedelta(days=1))


def test_no_lesson_is_lost_while_ratings_keep_coming(app_db: Database, night: Settings) -> None:
    rate = night.tier1_learning_rate
    lived(app_db, 20, rate)
    batch, after, ended = Scorer(), newest(app_db), Event()

    def keep_rating() -> None:
        ranker, rng, number = Ranker(app_db, temperature=1.0), np.random.default_rng(3), 0
        while not ended.is_set() or number < 40:
            thumb(app_db, ask(app_db, ranker, number), rng, rate)
            number += 1

    rater = Thread(target=keep_rating)
    rater.start()
    versions = []
    for _ in range(8):
        time.sleep(0.05)
        versions.append(feedback.promote_ranker(app_db, batch, after=after, learning_rate=rate)[0])
    ended.set()
    rater.join()
    assert versions == sorted(set(versions))
    assert_taught(app_db, batch, after, rate)


def test_foreign_file_is_never_taken_up(app_db: Database, night: Settings, tmp_path: Path) -> None:
    content = scorer.to_bytes(Scorer())
    (tmp_path / "r.cct1").write_bytes(content)
    version = registry.register(app_db, id="r", tier=1, path="r.cct1", sha256="0" * 64, trained_on={"last_rating": 0})
    with pytest.raises(SetupError, match="sha256 differs"):
        feedback.replay_ratings(app_db, tmp_path, version, learning_rate=0.1)
    with pytest.raises(SetupError, match="cannot be read"):
        feedback.replay_ratings(app_db, tmp_path / "nowhere", version, learning_rate=0.1)


def command(settings: Settings, window: Window, folder: Path) -> subprocess.Popen[bytes]:
    ends = ["--start", window.start.isoformat(), "--end", window.end.isoformat(), "--out", str(folder)]
    values = {"APP_DSN": settings.app_dsn, "TIMESERIES_DSN": settings.timeseries_dsn, "DATA_DIR": settings.data_dir}
    environment = {f"CC_{name}": str(value) for name, value in values.items()} | {"CC_TIER1_TEMPERATURE": "1.0"}
    words = [sys.executable, "-m", "training", "tier1", *ends]
    return subprocess.Popen(words, cwd=PROJECT, env=os.environ | environment, stderr=subprocess.PIPE)


def test_killed_stage_ends_the_same(day_db: Database, night: Settings, tmp_path: Path) -> None:
    window, folder = until_now(), tmp_path / "tier1"
    ours = night.model_copy(update={"app_dsn": day_db.dsn})
    time.sleep(1.1)
    models, online = night.data_dir / "models", load_state(day_db).version
    moments: list[Callable[[], bool]] = [
        lambda: (folder / "ranker.cct1").exists(),
        lambda: any(models.glob("ranker-*")),
        lambda: load_state(day_db).version > online,
    ]
    for happened in moments:
        process = command(ours, window, folder)
        while not happened() and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
    figures = tier1.run(night, day_db, window, folder)["figures"]
    assert (figures["better"], figures["state"]) == ("batch", "served")
    assert [version.state for version in registry.history(day_db)] == ["served"]
    batch = scorer.from_bytes((folder / "ranker.cct1").read_bytes())
    assert np.array_equal(load_state(day_db).table, batch.table)
