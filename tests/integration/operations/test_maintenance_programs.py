"""What Airflow calls besides the stages: nights that end early, files that go, the line of data quality."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cc_common.__main__ import main as command_center
from cc_common.core.settings import Settings
from cc_common.core.windows import Window
from cc_common.db import Databases
from cc_common.feedback.pairs import PairSet
from cc_common.model_registry import training_runs, versions
from cc_common.model_registry.training_runs import Night
from training import pairs
from training.__main__ import main
from training.night import folder_of, skip_unless_learnable

NOW = datetime.now(UTC)


@pytest.fixture
def night(databases: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Night:
    """One that was begun; the command line finds this test's system."""
    for name in ("data_dir", "app_dsn", "timeseries_dsn"):
        monkeypatch.setenv(f"CC_{name.upper()}", str(getattr(settings, name)))
    versions.register(databases.app, id="served", tier=2, path="served.gguf", sha256="0" * 64)
    return training_runs.begin_night(
        databases.app, "a", Window(start=NOW - timedelta(days=1), end=NOW), parent="served"
    )


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def test_a_night_without_a_lesson_is_skipped(databases: Databases, settings: Settings, night: Night) -> None:
    pairs.export(PairSet(), folder_of(settings, night.run_id) / "pairs")
    found = skip_unless_learnable(settings, databases, night.run_id)
    assert found.state == "skipped" and "no pairs" in (found.reason or "")
    assert skip_unless_learnable(settings, databases, night.run_id) == found


@pytest.mark.parametrize(("more", "state"), [((), "failed"), (("--skipped",), "skipped")])
def test_a_night_is_ended_once(night: Night, capsys: pytest.CaptureFixture[str], more: tuple[str], state: str) -> None:
    assert main(["abandon", "--run-id", "a", *more, "--reason", "why"]) == 0
    first = said(capsys)
    assert (first["state"], first["reason"]) == (state, "why")
    assert main(["abandon", "--run-id", "a", "--reason", "again"]) == 0
    assert said(capsys) == first


def test_folders_of_nights_long_over_go(
    databases: Databases, settings: Settings, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    training_runs.finish_night(databases.app, "a", "rejected", "worse")
    training_runs.begin_night(databases.app, "b", night.window, parent="served")
    for name in ("a", "b", "nobodys"):
        folder_of(settings, name).mkdir(parents=True)
    assert main(["prune", "--days", "1"]) == 0
    assert said(capsys) == {"models": [], "nights": []}
    assert main(["prune", "--days", "0"]) == 0
    assert said(capsys) == {"models": [], "nights": ["a"]}
    assert sorted(f.name for f in (settings.data_dir / "nights").iterdir()) == ["b", "nobodys"]


def test_quality_is_one_line(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_center(["quality", "--hours", "2"]) == 0
    found = said(capsys)
    assert found["machines"] == 363 and found["completeness"] == 0.0  # the test's history has ended
