"""The pairs stage: from ratings in PostgreSQL to files that TRL reads, whatever happens in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cc_common import feedback
from cc_common.core.errors import InvalidInput
from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.feedback import NewRating
from cc_common.feedback.pairs import bucket
from cc_common.feedback.pairs.replay import NOT_SHOWN
from cc_common.planning import plan_of
from cc_common.simulator import PLANT
from tests.integration.conftest import StubEngine
from tests.support.rated_answers import answered
from training import pairs
from training.__main__ import main
from training.manifest import MANIFEST

ORDERS = (("kpi", "trend"), ("trend", "kpi"), ("alerts", "kpi"))


def window() -> Window:
    now = datetime.now(UTC)
    return Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1))


def rate(app: Database, question: str, shown: tuple[str, ...], rating: str = "up", **more: Any) -> str:
    answer = replace(answered(question, f"latest 1 a: {' '.join(shown)}"), id=feedback.new_id())
    feedback.record_experience(app, answer)
    new = NewRating(response_id=answer.id, rating=rating, rater=more.pop("rater", "asha"), **more)  # type: ignore[arg-type]
    feedback.record_rating(app, new, learning_rate=0.05)
    return answer.id


@pytest.fixture
def rated_db(app_db: Database) -> Database:
    """A hundred and twenty answers: alerts first is disliked."""
    for n in range(120):
        shown = ORDERS[n % 3]
        rate(app_db, f"power of pump {n % 50 + 1}", shown, "down" if shown[0] == "alerts" else "up", rater=f"r{n}")
    return app_db


def test_files_come_back_as_the_set_they_were(rated_db: Database, tmp_path: Path) -> None:
    manifest = pairs.run(rated_db, PLANT, window(), tmp_path)
    found = pairs.read(tmp_path)
    assert manifest["figures"]["counts"] == found.counts
    assert {"same_prompt", "transplant"} <= set(found.counts)
    assert all(pair.chosen_free for pair in found.pairs)
    assert pairs.export(found, tmp_path / "again")["outputs"] == manifest["outputs"]
    assert "| transplanted shapes |" in (tmp_path / pairs.REPORT).read_text()


def test_parquet_holds_the_same_rows_and_trl_takes_them(rated_db: Database, tmp_path: Path) -> None:
    import datasets

    pairs.run(rated_db, PLANT, window(), tmp_path)
    for name in (pairs.PAIRS, pairs.UNPAIRED):
        rows = [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
        assert datasets.Dataset.from_parquet(str(tmp_path / f"{name}.parquet"), cache_dir=tmp_path).to_list() == rows
    assert set(rows[0]) >= {"prompt", "completion", "label"} if rows else True


def test_held_out_questions_teach_nothing_elsewhere(rated_db: Database, tmp_path: Path) -> None:
    pairs.run(rated_db, PLANT, window(), tmp_path)
    found = pairs.read(tmp_path)
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for pair in found.pairs:
        sides[pairs.held_out(pair.prompt)] |= set(pair.sources)
    assert sides[True] and sides[False] and not sides[True] & sides[False]
    assert all(pairs.held_out(p.prompt) == (bucket(p.prompt) == 0) for p in found.pairs)


def test_second_time_is_skipped_until_something_changes(rated_db: Database, tmp_path: Path) -> None:
    hour, heard = window(), list[str]()

    def run(**more: Any) -> dict[str, Any]:
        heard.clear()
        return pairs.run(rated_db, PLANT, hour, tmp_path, say=heard.append, **more)

    first = run()
    assert run() == first and "already" in heard[0]
    run(seed=2)
    assert "already" not in heard[0]
    run(force=True, seed=2)
    assert "already" not in heard[0]
    rate(rated_db, "power of chiller 3", ORDERS[0])
    run(seed=2)
    assert "already" not in heard[0]


def test_window_is_half_open_and_may_be_empty(rated_db: Database, tmp_path: Path) -> None:
    before = Window(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2020, 1, 2, tzinfo=UTC))
    assert pairs.run(rated_db, PLANT, before, tmp_path)["figures"]["counts"] == {}
    assert pairs.read(tmp_path).pairs == ()


def test_follow_up_finds_the_plan_before_it(app_db: Database, tmp_path: Path) -> None:
    first = replace(answered("Show chiller 1 power", "latest 1 a: kpi"), id=feedback.new_id(), session_id="s")
    second = replace(
        answered("and its vibration?", "latest 1 a: kpi", before=plan_of(first.plan)),
        id=feedback.new_id(),
        session_id="s",
        asked_at=first.asked_at + timedelta(seconds=9),
    )
    for answer in (first, second):
        feedback.record_experience(app_db, answer)
    feedback.record_rating(app_db, NewRating(response_id=second.id, rating="up", rater="a"), learning_rate=0.05)
    assert pairs.run(app_db, PLANT, window(), tmp_path)["figures"]["counts"] == {"unpaired_up": 1}


def test_what_the_api_recorded_is_understood_again(
    own_client: FlaskClient, app_db: Database, stub: StubEngine, tmp_path: Path
) -> None:
    for question, line in (
        ("Show chiller 1 power", "latest 1 a: kpi trend"),
        ("trend of its power in March 2026", "trend 1 a avg: trend statistics"),
        ("forecast of chiller 2 power for tomorrow", "forecast 1 a: forecast"),
        ("who won the match", "out_of_scope topic"),
    ):
        stub.line = line
        answer = own_client.post("/api/v1/query", json={"query": question, "session_id": "s"}).json
        own_client.post("/api/v1/ratings", json={"response_id": answer["response_id"], "rating": "up"})
    figures = pairs.run(app_db, PLANT, window(), tmp_path)["figures"]
    assert (figures["counts"], figures["left_out"]) == ({"unpaired_up": 3}, {NOT_SHOWN: 1})  # the plant's past ends


@pytest.mark.parametrize("name", ["pairs.jsonl", "unpaired.jsonl", "pairs.parquet", MANIFEST])
def test_corrupt_file_is_named(rated_db: Database, tmp_path: Path, name: str) -> None:
    hour = window()
    pairs.run(rated_db, PLANT, hour, tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9])
    with pytest.raises(InvalidInput, match=name):
        pairs.read(tmp_path)
    pairs.run(rated_db, PLANT, hour, tmp_path)
    assert pairs.read(tmp_path).pairs


def test_product_is_made_of_all_ratings(rated_db: Database, tmp_path: Path) -> None:
    made = pairs.run(rated_db, PLANT, window(), tmp_path, strategy="product")
    assert made["figures"]["counts"] == {"product": 80 * 40}


def command(app: Database, plant: Database, folder: Path, data: Path) -> subprocess.Popen[bytes]:
    ends = window()
    words = ["pairs", "--start", ends.start.isoformat(), "--end", ends.end.isoformat(), "--out", str(folder)]
    dsns = {"CC_APP_DSN": app.dsn, "CC_TIMESERIES_DSN": plant.dsn, "CC_DATA_DIR": str(data)}
    return subprocess.Popen(
        [sys.executable, "-m", "training", *words], cwd=PROJECT, env=os.environ | dsns, stderr=subprocess.PIPE
    )


def killed_when(process: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    """kill -9 as soon as something has happened."""
    while not happened() and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("seen", ["pairs.jsonl.part", "pairs.parquet", "unpaired.jsonl"])
def test_killed_stage_is_made_again_the_same(rated_db: Database, plant: Database, tmp_path: Path, seen: str) -> None:
    folder = tmp_path / "pairs"
    killed_when(command(rated_db, plant, folder, tmp_path), lambda: (folder / seen).exists())
    whole = pairs.run(rated_db, PLANT, window(), tmp_path / "whole")
    again = pairs.run(rated_db, PLANT, window(), folder)
    assert again["outputs"].keys() == whole["outputs"].keys()
    assert pairs.read(folder).pairs == pairs.read(tmp_path / "whole").pairs


def test_command_reports_and_says_what_is_wrong(
    rated_db: Database, plant: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in (("APP_DSN", rated_db.dsn), ("TIMESERIES_DSN", plant.dsn), ("DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(f"CC_{name}", value)
    ends = [window().start.isoformat(), window().end.isoformat()]
    words = ["pairs", "--out", str(tmp_path / "pairs"), "--start"]
    assert main([*words, ends[0], "--end", ends[1]]) == 0
    assert "same prompt, one liked and one disliked |" in capsys.readouterr().out
    assert main([*words, ends[1], "--end", ends[0]]) == 1
    assert main([*words, "2026-03-05T00:00", "--end", ends[1]]) == 2
