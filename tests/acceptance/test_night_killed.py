"""A whole night by its command line, killed at every turn: started again it ends as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cc_common import feedback
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Databases
from cc_common.feedback import NewRating
from cc_common.model_registry import training_runs, versions
from cc_common.model_registry.versions import sha256
from tests.support.rated_answers import answered
from training.lineage import gguf_of
from training.starter import install

pytestmark = [pytest.mark.timeout(1800), pytest.mark.night]
RATINGS, RUN = 30, "acceptance"


def rate(databases: Databases) -> None:
    """Thirty answers by the latest reading: he wants the gauge first."""
    for n in range(1, RATINGS + 1):
        answer = replace(answered(f"power of pump {n}", "latest 1 a: kpi trend"), id=feedback.new_id())
        feedback.record_experience(databases.app, answer)
        given = NewRating(response_id=answer.id, rating="down", rater="asha", correction={"widgets": ["gauge", "kpi"]})
        feedback.record_rating(databases.app, given, learning_rate=0.05)


def command(settings: Settings, *words: str) -> subprocess.Popen[str]:
    """python -m training WORDS over this test's databases."""
    ours = {
        "CC_DATA_DIR": str(settings.data_dir),
        "CC_APP_DSN": settings.app_dsn or "",
        "CC_TIMESERIES_DSN": settings.timeseries_dsn or "",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "training", *words],
        env=os.environ | ours,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(settings: Settings, happened: Callable[[], bool]) -> None:
    """kill -9 as soon as something has happened."""
    process = command(settings, "nightly", "--run-id", RUN, "--minutes", "0.2")
    while process.poll() is None and not happened():
        time.sleep(0.01)
    process.kill()
    _, said = process.communicate()
    assert process.returncode == -9, said


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The line of JSON it ended with."""
    output, said = process.communicate()
    assert process.returncode == 0, said
    return dict(json.loads(output.splitlines()[-1]))


def test_killed_at_every_turn_it_ends_as_if_nothing_had_been(settings: Settings, databases: Databases) -> None:
    starter = install(settings, databases.app)
    rate(databases)
    folder, models = settings.data_dir / "nights" / RUN, settings.data_dir / "models"
    for seen in (folder / "pairs", folder / "tier2" / "steps.jsonl", folder / "gguf" / "manifest.json"):
        killed(settings, seen.exists)
    assert training_runs.get_night(databases.app, RUN).state == "running"
    night = told(command(settings, "nightly"))
    assert (night["run_id"], night["parent"]) == (RUN, starter.id)
    assert sorted(night["figures"]) == ["gate", "gguf", "pairs", "publish", "tier1", "tier2"]
    assert not list(models.glob("*.p*t*")), "nothing half-written is left"
    _published(settings, databases, night)
    assert told(command(settings, "nightly"))["reason"] == "0 new ratings since the last night, 20 needed"


def _published(settings: Settings, databases: Databases, night: dict[str, Any]) -> None:
    verdict = night["figures"]["gate"]
    version = versions.get(databases.app, night["figures"]["publish"]["id"])
    assert (night["state"], version.state) in {("promoted", "served"), ("rejected", "rejected")}
    assert (version.state == "served") == verdict["accepted"]
    served = versions.served(databases.app, 2)
    assert served and sha256(gguf_of(settings, served)) == served.sha256
    assert Path(night["folder"], "tier2", "margins.png").read_bytes().startswith(b"\x89PNG")


def test_without_ratings_a_night_is_skipped_and_says_why(settings: Settings, databases: Databases) -> None:
    versions.register(databases.app, id="starter", tier=2, path="starter.gguf", sha256="ab" * 32)
    versions.promote(databases.app, "starter")
    night = told(command(settings, "nightly"))
    assert (night["state"], night["reason"]) == ("skipped", "0 new ratings since the last night, 20 needed")
    forced = told(command(settings, "nightly", "--force"))
    assert forced["state"] == "skipped" and "no pairs and no examples" in forced["reason"]


def test_a_second_night_at_once_is_refused(settings: Settings, databases: Databases) -> None:
    with training_runs.lock_nights(databases.app):
        process = command(settings, "nightly")
        _, said = process.communicate()
    assert process.returncode == 1 and "Another night is running" in said


def test_without_a_model_there_is_nothing_to_train_on(settings: Settings, databases: Databases) -> None:
    process = command(settings, "nightly")
    _, said = process.communicate()
    assert process.returncode == 1 and "python -m training starter" in said
